"""Ask the running job what is known of somebody."""

from services.people.places import Places
from services.people.send import Json, made, send_and_wait
from udfs.core.decision.requests import PROFILE, STATUS_ONLY

PATIENCE_S = 30.0


def ask(places: Places, user_id: str, *, status_only: bool = False, seconds: float = PATIENCE_S) -> Json:
    """The answer (schemas/response.avsc). Raises NoAnswer, InvalidInput, KafkaUnavailable."""
    event = made(PROFILE, user_id)
    event["properties"] = {"request_id": event["messageId"], **({"detail": STATUS_ONLY} if status_only else {})}
    return send_and_wait(places, places.responses, event, lambda found: found.get("request_id") == event["messageId"], seconds=seconds)
