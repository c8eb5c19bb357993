"""The states of a campaign: draft, in review, live, paused. Only a live campaign acts; the others are checked, listed and kept."""

import time
from typing import Literal

from services.control.audit import history
from services.control.campaign_rollouts import is_same
from services.control.listing import Published, by_name
from services.control.records import ControlRecord, Status, republished
from services.control.send import send
from services.control.signature import UNSIGNED, Act, Signature, whoever
from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.values.errors import NotAllowed

STEPS: dict[Act, tuple[tuple[Status, ...], Status]] = {
    "reviewed": (("draft",), "in_review"),
    "approved": (("in_review",), "live"),
    "paused": (("live", "paused"), "paused"),
    "resumed": (("paused", "live"), "live"),
}
"""Action -> the states from which it is possible, and the state that it leads to."""
NEXT = {
    "draft": "ask for a review: `kairos campaigns review {name}`",
    "in_review": "let somebody else approve it: `kairos campaigns approve {name}`",
    "live": "it is already live",
    "paused": "`kairos campaigns resume {name}` makes it live again",
}
"""State -> what can be done next."""


class StateError(NotAllowed):
    """A campaign is not in a state from which this can be done; the message says what can."""


def kept(file: CampaignFile, before: Published | None, wanted: Status | None) -> Status:
    """The state in which a file is published: the wanted one, or else its current one.

    A paused campaign stays paused, since a new text does not settle why it was paused. Changing a campaign in review makes it a draft
    again, since nobody has read the change.
    """
    if file.kind != "campaign":
        return "live"
    if wanted is not None:
        return wanted
    status: Status = before.status if before is not None else "live"  # type: ignore[assignment] # standing() holds only what the book accepts
    return "draft" if status == "in_review" and before is not None and not is_same(before.document, file.document) else status


def demoted(file: CampaignFile, before: Published | None, wanted: Literal["draft", "live"] | None) -> Finding | None:
    """Refuse a draft with the name of a running campaign: it would stop that campaign."""
    if file.kind == "campaign" and wanted == "draft" and before is not None and before.status in {"live", "paused"}:
        hint = f"remove it first (`kairos campaigns remove {file.name}`), or give the draft another name"
        return file.source.finding(("campaign",), f"'{file.name}' is {before.status}: a draft of the same name would take its place", suggestion=hint)
    return None


def set_status(brokers: str, topic: str, name: str, status: Literal["live", "paused"], *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Pause or resume a published campaign. Raises LookupError for an unknown name, StateError for one that was never live."""
    return _step(brokers, topic, by_name(brokers, topic, name), "paused" if status == "paused" else "resumed", signed)


def review(brokers: str, topic: str, name: str, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Ask for a review of a draft. Raises LookupError, StateError."""
    return _step(brokers, topic, by_name(brokers, topic, name), "reviewed", signed)


def approve(brokers: str, topic: str, name: str, *, oneself: bool = False, signed: Signature = UNSIGNED) -> ControlRecord:
    """Make a reviewed campaign live. The person who asked for the review cannot approve it, unless `oneself`. Raises LookupError, StateError."""
    campaign = by_name(brokers, topic, name)
    if campaign.status == "in_review" and not oneself:
        asked = [record.who for record in history(brokers, topic, key=campaign.key) if record.act == "reviewed"]
        who = signed.who or whoever()
        if asked[-1:] == [who]:
            message = f"{who} asked for the review of '{name}' and cannot approve it: somebody else must (--by NAME), or use --self"
            raise StateError(message)
    return _step(brokers, topic, campaign, "approved", signed)


def _step(brokers: str, topic: str, campaign: Published, act: Act, signed: Signature) -> ControlRecord:
    """Publish the same document in another state."""
    possible, status = STEPS[act]
    if campaign.status not in possible:
        message = f"'{campaign.name}' is {campaign.status}, so it cannot be {act}: {NEXT[campaign.status].format(name=campaign.name)}"
        raise StateError(message)
    record = republished(campaign.value, status=status, act=act, at=int(time.time() * 1000))
    send(brokers, topic, [record], signed=signed)
    return record
