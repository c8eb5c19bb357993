"""Erase somebody everywhere: in the running job, under each id that is known to be theirs, and in the lake."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.lake import erase as lake_erasure
from services.lake.store import Lake
from services.people.places import Places
from services.people.send import Json, made, send_and_wait
from udfs.core.decision.erase import NAME
from udfs.lake.pseudonyms import read_keys

PATIENCE_S = 60.0
"""The notice is read committed: with exactly-once it waits for a checkpoint."""
MAX_IDS = 200
"""More ids than any person has: beyond it something is wrong with what is linked."""


@dataclass(kw_only=True)
class Done:
    """What an erasure came to."""

    notices: list[Json] = field(default_factory=list)
    """One for each id (schemas/erasure.avsc), the one that was named first."""
    left: list[str] = field(default_factory=list)
    """Linked ids that were not erased, for want of an end to them."""
    lake: lake_erasure.Erased | None = None


def erase(places: Places, user_id: str, *, seconds: float = PATIENCE_S, say: Callable[[Json], None] = lambda _: None) -> Done:
    """Erase an id in the job, and all that are linked to it. Raises NoAnswer: then what `say` heard of is done, and may be done again."""
    done, waiting, seen = Done(), [user_id], {user_id}
    while waiting:
        if len(done.notices) == MAX_IDS:
            done.left = waiting
            break
        notice = _erase_one(places, waiting.pop(0), seconds)
        done.notices.append(notice)
        say(notice)
        fresh = [each for each in notice["linked"] if each not in seen]
        waiting += fresh
        seen.update(fresh)
    return done


def erase_from_lake(done: Done, lake: Lake, keys: Path) -> None:
    """The same people in the lake. What is recorded of them until the job takes them for new goes as well. Raises LakeError, BadKeys, NotFound."""
    wanted = {notice["user_id"]: notice["until"] for notice in done.notices}
    done.lake = lake_erasure.erase_each(lake, wanted, read_keys(keys))


def _erase_one(places: Places, user_id: str, seconds: float) -> Json:
    event = made(NAME, user_id, as_user=True)  # it is nobody else's any more
    return send_and_wait(places, places.erasures, event, lambda found: found.get("erasure_id") == event["messageId"], seconds=seconds)
