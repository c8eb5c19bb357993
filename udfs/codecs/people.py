"""Whose an event is: ids as text, and what trackers send for nobody."""

from udfs.codecs.catalogue import catalogue
from udfs.codecs.kinds import MAX_ID, digits
from udfs.codecs.reasons import Aside, Refused, RejectionReason


def is_nobody(text: str) -> bool:
    """Whether an id is a placeholder (`null`, `undefined`, `guest`), which would make one customer of all who are not known."""
    return text.strip().lower() in catalogue().nobody


def id_of(value: str | int | None, field: str, asides: list[Aside]) -> str | None:
    """An id as text, None when it is nobody's. Trackers send numbers, too; empty counts as absent."""
    text = value if type(value) is str else _written(value)
    if text is not None and len(text) <= MAX_ID and text.strip().lower() not in catalogue().nobody:
        return text if text and not text.isspace() else None
    if value is None:
        return None
    if text is None or len(text) > MAX_ID:
        length = "more than 150" if text is None else len(text)
        asides.append(Aside(RejectionReason.TOO_LONG, field, f"{field} is {length} characters long: {MAX_ID} at most"))
        return None
    message = f"{field} is {text!r}, which is nobody: leave it out while the person is not known"
    asides.append(Aside(RejectionReason.PLACEHOLDER_ID, field, message))
    return None


def _written(value: str | int | None) -> str | None:
    return digits(value) if isinstance(value, int) else value


def nobody(asides: list[Aside]) -> Refused:
    """Why an event without a person is refused: what was wrong with its ids, or that it has none."""
    for aside in asides:
        if aside.field in {"user_id", "anonymous_id"}:
            return Refused(aside.reason, aside.field, aside.message)
    message = "nobody: send a user id, or an anonymous id while the person is not known"
    return Refused(RejectionReason.MISSING_FIELD, "user_id", message)


def wrong_key(key: bytes | None, person: str, field: str) -> Refused:
    """Why a record with such a key is refused."""
    if not key:
        message = f"the record has no key: send it with the key {person[:80]!r}, so that all events of one person stay in order"
        return Refused(RejectionReason.MISSING_KEY, "key", message)
    if key[0] == 0:
        message = (
            f"the key is Avro or JSON with a schema id: send it as plain text, {person[:80]!r} "
            "(key.serializer=org.apache.kafka.common.serialization.StringSerializer)"
        )
        return Refused(RejectionReason.KEY_MISMATCH, "key", message)
    shown = key[:80].decode("utf-8", "replace")
    if is_nobody(shown):
        message = f"the key is {shown!r}, which is nobody, and the payload's {field} {person[:80]!r}: send the record with that id as its key"
    else:
        message = f"the key is {shown!r}, the payload's {field} {person[:80]!r}: send the record with that id as its key"
    return Refused(RejectionReason.KEY_MISMATCH, "key", message)
