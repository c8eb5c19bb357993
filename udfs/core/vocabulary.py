"""The names that conditions, values and offers may use, and the Python that reads each from a moment.

`event.*` (properties of the trigger), `user.*` (traits, and id, hour, weekday), `cart.*`, `session.*`, `score`, `seen("event", "7d")`,
and every declared feature by its own name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core import carts, logic
from udfs.core.durations import parse_duration
from udfs.core.moment import Moment, last_seen_within, local_time, session_of

_NAMES: Mapping[str, str] = {
    "cart.id": "(m.cart.id if m.cart else None)",
    "cart.value": "cart_value(m.cart)",
    "cart.items": "cart_units(m.cart)",
    "cart.lines": "(len(m.cart.items) if m.cart else 0)",
    "cart.currency": "(m.cart.currency if m.cart else None)",
    "cart.empty": "(m.cart is None)",
    "session.events": "session_of(m).events",
    "session.product_views": "session_of(m).product_views",
    "session.started": "session_of(m).started",
    "session.id": "str(session_of(m).started)",
    "user.id": "m.user_id",
    "user.hour": "local_hour(m)",
    "user.weekday": "local_weekday(m)",
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _local_hour(moment: Moment) -> int:
    return local_time(moment.profile, moment.now).hour


def _local_weekday(moment: Moment) -> str:
    return WEEKDAYS[local_time(moment.profile, moment.now).weekday()]


_HELPERS: Mapping[str, Any] = {
    "cart_value": carts.value,
    "cart_units": carts.units,
    "session_of": session_of,
    "local_hour": _local_hour,
    "local_weekday": _local_weekday,
    "last_seen_within": last_seen_within,
    "part": logic.part,
    "str": str,
    "len": len,
}


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may read where it stands. `features` maps a feature's name to the function that computes it."""

    features: Mapping[str, Callable[[Moment], Any]] = field(default_factory=dict)
    event: bool = True
    """Whether there is a triggering event (a silence has none)."""
    profile: bool = True
    """Whether there is a customer (a feature's filter sees the event alone)."""
    score: bool = True

    @property
    def helpers(self) -> dict[str, Any]:
        """The functions that the written code calls."""
        return {**_HELPERS, **{f"feature_{name}": compute for name, compute in self.features.items()}}

    @property
    def functions(self) -> dict[str, Callable[[list[Any]], tuple[str, str]]]:
        """Functions of literal arguments: name -> (arguments -> code and the name that it reads)."""
        return {"seen": _seen} if self.profile else {}

    def read(self, dotted: str) -> str | None:
        """The code that reads a name, None when it is not one."""
        root, _, rest = dotted.partition(".")
        if root == "event" and rest and self.event:
            return _parts("m.properties", rest)
        if not self.profile:
            return None
        if dotted in self.features:
            return f"feature_{dotted}(m)"
        if dotted == "score" and self.score:
            return "m.score"
        if dotted in _NAMES:
            return _NAMES[dotted]
        if root == "user" and rest:
            return _parts("m.profile.traits", rest)
        return None

    def refusal(self, dotted: str) -> str:
        """Why a name is not one here."""
        root = dotted.partition(".")[0]
        if root == "event" and not self.event:
            return f"{dotted}: an idle trigger has no event; use cart.*, session.*, user.* or a feature"
        if root == "event":
            return "name the property, such as event.price"
        return f"unknown name {dotted!r}"

    def known(self) -> Iterable[str]:
        """Every fixed name, for suggestions."""
        return [*_NAMES, "score", *self.features] if self.profile else ["event.price"]


def _parts(root: str, rest: str) -> str:
    code = root
    for name in rest.split("."):
        code = f"part({code}, {name!r})"
    return code


def _seen(arguments: list[Any]) -> tuple[str, str]:
    usage = 'write seen("order_completed", "7d"): an event name and how far back, as texts'
    if not 1 <= len(arguments) <= 2 or not all(isinstance(argument, str) for argument in arguments):
        raise ValueError(usage)
    window = parse_duration(arguments[1]) if len(arguments) == 2 else None
    return f"last_seen_within(m, {arguments[0]!r}, {window})", f"seen:{arguments[0]}"
