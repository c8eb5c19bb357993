"""Whose rows are whose once a history is over: what an id had done is hers whom it has turned out to be, by the rules of docs/identity.md.

What is known at an instant is not changed by that: features are those of the id as the job knew it then. Only what follows, whether the goal came,
is asked of the person, and rows of one person are counted as one person's.
"""

from collections.abc import Iterator

from udfs.core.decision import erase
from udfs.core.engine import ABOUT_DATA
from udfs.core.identity.links import Links, Result, told_by
from udfs.core.records import Event


class Persons:
    """Who became whom, and when. Without any, each id is a customer of its own."""

    def __init__(self) -> None:
        self._became: dict[str, tuple[str, int]] = {}

    def __bool__(self) -> bool:
        """Whether any id has become somebody else."""
        return bool(self._became)

    def join(self, old: str, new: str, at: int) -> None:
        """What is known of `old` becomes what is known of `new`, from the record time `at` on. The first that an id has become counts."""
        if old != new and old not in self._chain(new):
            self._became.setdefault(old, (new, at))

    def of(self, user_id: str, *, until: int | None = None) -> str:
        """Who this id is in the end, or at `until`."""
        if user_id not in self._became:  # the usual case
            return user_id
        return [each for each, at in self._hops(user_id) if until is None or at <= until][-1]

    def since(self, user_id: str, holder: str) -> int | None:
        """From when on what `user_id` has done is known of `holder`; None: never. 0: always, since they are the same id."""
        return next((at for each, at in self._hops(user_id) if each == holder), None)

    def _chain(self, user_id: str) -> set[str]:
        return {each for each, _ in self._hops(user_id)}

    def _hops(self, user_id: str) -> Iterator[tuple[str, int]]:
        at = 0
        yield user_id, at
        while (became := self._became.get(user_id)) is not None:
            user_id, at = became[0], max(at, became[1])
            yield user_id, at


class Linked:
    """Follows a history of which nothing but whose each event is has to be known."""

    def __init__(self) -> None:
        self.persons = Persons()
        self._links, self._known = Links(), set[str]()

    def of(self, event: Event) -> str:
        """Whose this event is, by what the history has said until now."""
        if event.name == erase.NAME:
            self._links.forget(event.user_id)
        elif event.name not in ABOUT_DATA:
            for link in told_by(event):
                new = self._links.person(link.new)
                if self._links.take(link, self._known.__contains__) is Result.JOINED:
                    self.persons.join(link.old, new, event.received or event.at)
            if event.anonymous_id != event.user_id:
                self._known.add(event.user_id)
        return self._links.person(event.user_id)
