"""Everything that is known of somebody, for the person: an answer of the job as a document that can be read, with the meaning of each field."""

import json
from typing import Any

from services.people.send import Json
from udfs.core.export.everything import with_meanings
from udfs.core.export.part import instant
from udfs.core.values.errors import Unfinished

MEANS = {
    "known": "There is a profile: all of it is below.",
    "denials": "The person was forgotten. What they had denied is kept, so that it still holds: all of it is below.",
    "erased": "The person was erased. Nothing is known; what still arrives until then is dropped.",
    "unknown": "Nothing is known of this id.",
}


class Incomplete(Unfinished):
    """A profile that is too large for a record."""


def document(answer: Json) -> Json:
    """The export. Times are UTC. Raises Incomplete."""
    found: Json = {
        "user_id": answer["user_id"],
        "status": answer["status"],
        "means": MEANS.get(answer["status"], ""),
        "as_of": instant(answer["at"]),
        "kept_until": instant(answer["ends"]),
    }
    if answer["profile"] is not None:
        found["profile"] = with_meanings(_profile(answer["profile"]))
    return found


def _profile(told: str) -> dict[str, Any]:
    try:
        profile: dict[str, Any] = json.loads(told)
    except ValueError as problem:
        message = f"the profile is too large for one record, and was cut after {len(told):,} characters"
        raise Incomplete(message, "this is a bug in Kairos: please report it") from problem
    return profile
