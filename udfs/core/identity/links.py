"""Which ids are one person: what an event says about it, and what follows for the ids known so far.

An event with a user id and an anonymous id links the two, and so does an alias with its previous id (both as Segment means them). What a link
means for ids that are known already is decided here; docs/identity.md has the rules in words.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from udfs.core.profile.state import Profile
from udfs.core.records import Event


class Link(NamedTuple):
    """What an event says: `old` is the same person as `new`."""

    old: str
    new: str
    is_change: bool = False
    """By an alias: even a person who is known may get another id so."""


class Result(StrEnum):
    """The result of a link."""

    KNOWN = "known"
    """Nothing new: both are one person already."""
    JOINED = "joined"
    """What is known of the old id becomes the new one's."""
    MOVED = "moved"
    """The old id belonged to somebody else: what comes later follows the new one, and history stays."""
    REFUSED = "refused"
    """Both are persons who are known by a user id, and no alias says that one has become the other."""


def told_by(event: Event) -> list[Link]:
    """The links that an event tells, usually none."""
    previous = event.properties.get("previous_id") if event.type == "alias" else None
    told = [Link(previous, event.user_id, is_change=True)] if isinstance(previous, str) else []
    if event.anonymous_id is not None and event.anonymous_id != previous:
        told.append(Link(event.anonymous_id, event.user_id))
    return [link for link in told if link.old != link.new]


def result_at(profile: Profile | None, link: Link, *, joins_known: bool = False) -> Result:
    """What a link comes to at the key of its old id, by the profile there: the job knows nothing else of it. `joins_known`: two persons who are both
    known by a user id become one even without an alias."""
    if profile is None or not profile.born:
        return Result.JOINED
    if profile.identity is not None and link.new in profile.identity.linked:
        return Result.KNOWN
    return Result.JOINED if link.is_change or joins_known or profile.anonymous else Result.REFUSED


class Links:
    """Who is who, in one process. An id points to the one that it turned out to be; chains are followed to their end, and none leads back."""

    def __init__(self) -> None:
        self._persons: dict[str, str] = {}
        self._ever: dict[str, set[str]] = {}
        """Id -> the ids that it was ever linked with."""

    def person(self, user_id: str) -> str:
        """The id under which this one's records are kept."""
        persons = self._persons
        while (found := persons.get(user_id)) is not None:
            user_id = found
        return user_id

    def __len__(self) -> int:
        """How many ids have turned out to be somebody else."""
        return len(self._persons)

    def all_of(self, user_id: str) -> set[str]:
        """The ids whose records are kept under the same one as this one's, with itself."""
        person = self.person(user_id)
        return {person, user_id, *(each for each in self._persons if self.person(each) == person)}

    def around(self, user_id: str) -> set[str]:
        """The ids whose records are needed to tell the story of this one: all that were ever linked, directly or by others."""
        found, left = {user_id}, [user_id]
        while left:
            new = self._ever.get(left.pop(), set()) - found
            found |= new
            left += new
        return found

    def forget(self, user_id: str) -> None:
        """Nobody is known any longer to be the person of this id. That they were is kept as long as this process runs: the record that erased one id
        tells why the others say nothing any more."""
        gone = self.all_of(user_id)
        self._persons = {old: new for old, new in self._persons.items() if old not in gone and new not in gone}

    def take(self, link: Link, is_known: Callable[[str], bool]) -> Result:
        """Take in a link. `is_known`: whether somebody has used this id as a user id. JOINED: the caller merges `old` into `person(new)`."""
        new = self.person(link.new)
        if self.person(link.old) == new:
            return Result.KNOWN
        was_linked = link.old in self._persons
        if not (was_linked or link.is_change) and is_known(link.old):
            return Result.REFUSED
        self._persons[link.old] = new
        for one, other in ((link.old, new), (new, link.old)):
            self._ever.setdefault(one, set()).add(other)
        return Result.MOVED if was_linked else Result.JOINED
