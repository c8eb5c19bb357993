"""What a trace finds in one place: how much, and until when."""

from dataclasses import dataclass

from services.people.send import Json


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place where something of somebody is, or was looked for."""

    where: str
    what: str
    """What is there, in words."""
    until: str = ""
    """When it goes, and by what; empty where nothing is there."""
    there: bool = True
    """Whether something is."""

    def as_json(self) -> Json:
        """For programs."""
        return {"where": self.where, "there": self.there, "what": self.what, "until": self.until}


def printable(user_id: str) -> str:
    """An id as it may be shown: what would move the cursor of a terminal is written out."""
    return user_id if user_id.isprintable() else repr(user_id)[1:-1]


def nothing(where: str, what: str = "nothing") -> Found:
    """Nothing was found there."""
    return Found(where=where, what=what, there=False)
