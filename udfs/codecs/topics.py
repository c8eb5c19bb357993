"""The names of the topics that the job writes to, as a deployment has them."""

from collections.abc import Iterable

from udfs.codecs import routes
from udfs.codecs.routes import Route


class Topics:
    """Route -> topic, by the name of the route: `Topics(decisions="shop.decisions")`. What is not named has its usual name.

    `channels` are those whose topics the job writes to; None: any.
    """

    def __init__(self, *, channels: Iterable[str] | None = None, **names: str) -> None:
        usual = {route.name: route.topic for route in routes.with_topics()}
        if unknown := names.keys() - usual.keys():
            message = f"there is no route {', '.join(sorted(unknown))}: there are {', '.join(usual)}"
            raise TypeError(message)
        self.names = {**usual, **names}
        self.channels = None if channels is None else tuple(channels)

    def __getitem__(self, name: str) -> str:
        """The topic of a route; of actions what the names begin with."""
        return self.names[name]

    def actions(self, channel: str) -> str:
        """The topic that the delivery system of one channel reads."""
        return self.names["actions"] + channel

    def of(self, route: Route) -> tuple[str, ...]:
        """Every topic of a route: one, or one a channel that is deployed."""
        name = self.names[route.shares or route.name]
        return tuple(name + channel for channel in self.channels or ()) if route.by_channel else (name,)

    @property
    def all(self) -> tuple[str, ...]:
        """Every topic that the job writes to, in the order of the routes."""
        return tuple(topic for route in routes.with_topics() for topic in self.of(route))

    @property
    def at_once(self) -> tuple[str, ...]:
        """Those of them that are written outside of transactions."""
        return tuple(topic for route in routes.with_topics() if route.at_once for topic in self.of(route))
