"""What comes in and what goes out: the records of the wire as core sees them, already checked, in snake_case.

Times are epoch milliseconds. Field names and meanings follow `schemas/*.avsc`; a test holds the two to each other.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from udfs.core.because_said import BecauseSaid
from udfs.core.catalogue_used import CatalogueUsed
from udfs.core.chosen import Chosen
from udfs.core.intents_used import IntentUsed
from udfs.core.recommended import Recommended

Fact = Mapping[str, str | int | bool | None]
Facts = Sequence[Fact]
"""What a reason rests on, for programs: one mapping for each thing that spoke (several caps may be full). docs/policy.md lists the keys.
Times are epoch milliseconds, spans milliseconds."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing a customer did (Segment spec), keyed by the person it belongs to."""

    message_id: str
    type: str
    """track, identify, page, screen, alias or group."""
    name: str
    """Normalised: `Product Added` is product_added, a page call is page."""
    user_id: str
    """The key: the payload's user id, else its anonymous id."""
    at: int
    """When it happened, by the event's own clock; at most five minutes ahead of the record's."""
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]
    anonymous_id: str | None = None
    source: str = ""
    """Where its message id is unique, such as a write key."""
    clamped: bool = False
    """Its own clock was more than five minutes ahead of the record."""
    known: bool = True
    """Its name stands in the catalogue of events."""
    passive: bool = False
    """Not something the person did just then (a receipt, a refund): it neither prolongs a session nor ends a silence."""
    received: int = 0
    """Timestamp of the Kafka record: how old the event was when it came. 0: not known."""
    derived_id: bool = False
    """It came without a message id: this one was made from its content."""
    counted_back: bool = False
    """Its time follows from that of its record (by `sentAt`, or where it has none of its own): sent again, it has another one."""
    sent_as: str = ""
    """The id that it came with, where that had turned out to be somebody else's. What an event brings about is known by the id that it came with, so
    it makes no difference which of two topic partitions is read first. Empty: `user_id`."""
    bare: bool = False
    """It says neither which message it is nor when it happened or was sent: sent again and said again are the same bytes."""


class Outcome(StrEnum):
    """How a candidate ended."""

    ACTED = "acted"
    WITHHELD = "withheld"
    HELD_OUT = "held_out"
    CONTROL = "control"
    DEFERRED = "deferred"


class Reason(StrEnum):
    """Why: one closed list (semantics 2.24), grown only together with the code that gives the reason."""

    ELIGIBLE = "ELIGIBLE"
    """Nothing forbade it: it acted."""
    ELIGIBILITY = "ELIGIBILITY"
    """Its condition held when it was deferred, and no longer holds."""
    ENTRY_BLOCKED = "ENTRY_BLOCKED"
    """While it was deferred, the campaign acted on this customer otherwise."""
    EXITED = "EXITED"
    """While it was deferred, an exit event (a purchase, say) came."""
    NO_CONSENT = "NO_CONSENT"
    """No consent to the campaign's purpose."""
    UNSUBSCRIBED = "UNSUBSCRIBED"
    """The customer wants nothing by this channel."""
    UNREACHABLE = "UNREACHABLE"
    """Nothing arrives by this channel."""
    SUPPRESSED = "SUPPRESSED"
    """The customer waved too many of these away: they rest."""
    CAP_REACHED = "CAP_REACHED"
    """A frequency cap is used up; `detail` names the rule."""
    QUIET_HOURS = "QUIET_HOURS"
    """It is night where the customer lives."""
    THROTTLED = "THROTTLED"
    """The channel has no place left at this moment."""
    GLOBAL_HOLDOUT = "GLOBAL_HOLDOUT"
    """In the global holdout: every step but the send."""
    EXPERIMENT_CONTROL = "EXPERIMENT_CONTROL"
    """In this campaign's control group: every step but the send."""
    STALE_TRIGGER = "STALE_TRIGGER"
    """What triggered it was already too old when it arrived."""
    EXPIRED = "EXPIRED"
    """It waited longer than the send lives."""
    CHANNEL_NOT_DEPLOYED = "CHANNEL_NOT_DEPLOYED"
    """The job was not submitted for this channel."""
    SWITCHED_OFF = "SWITCHED_OFF"
    """Somebody switched off the campaign, the channel or everything; `detail` says which."""
    RENDER_FAILED = "RENDER_FAILED"
    """Its offer or content could not be made; `detail` says what."""
    ENGINE_FAILED = "ENGINE_FAILED"
    """A mistake in the engine itself stopped this one candidate; `detail` names it. Nothing else of the user is lost."""
    ERASED = "ERASED"
    """The customer was erased."""
    NOT_INTERESTED = "NOT_INTERESTED"
    """The customer has said not to be interested in this campaign, its topic, or what it is about."""
    NOTHING_CHOSEN = "NOTHING_CHOSEN"
    """Sending nothing was chosen: no message is worth its cost here, or it was drawn so that something is learned from it."""
    SEND_TIME = "SEND_TIME"
    """A better hour for this customer is ahead (`send: {at: best}`)."""
    ANOMALY_HELD = "ANOMALY_HELD"
    """Out of line: far more messages, or a far larger offer, than usual, or scores that have shifted. A person releases or drops it."""


class Against(msgspec.Struct, array_like=False, kw_only=True, frozen=True, gc=False):
    """What closes one channel of a candidate."""

    channel: str
    reason: Reason
    detail: str
    facts: Facts = ()
    """What the reason rests on, for programs."""


class Answered(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What one version of a model answered, or why it did not."""

    model: str
    """The model and its version, name:version."""
    score: float | None
    reason: str
    """One of `udfs.core.decision.scores.ModelReason`."""
    took_us: int | None = None
    """Microseconds of the wall clock. None: it was not asked, or the answer was kept from before."""


class Score(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One score of a decision: what was used, who said it, and who else was asked."""

    score: float
    """The model's answer, or the campaign's cold start."""
    model: str
    """Who spoke: the model and its version, or the model and cold_start."""
    reason: str
    """Why: of the version that spoke, or of the one that should have if it is the cold start."""
    role: str = "champion"
    """For whom the customer was drawn: champion or challenger."""
    took_us: int | None = None
    instead_of: Answered | None = None
    """The version that should have spoken and could not, where another did."""
    shadow: Answered | None = None
    """The version that was asked without being used."""


class Decision(msgspec.Struct, kw_only=True, gc=False):
    """One final answer about one candidate, with everything it depended on."""

    decision_id: str
    attempt: int
    user_id: str
    campaign: str
    campaign_version: str
    outcome: Outcome
    reason: Reason
    detail: str | None
    channel: str | None
    variant: str | None
    probability: float | None
    scores: dict[str, Score] = {}
    """The campaign's scores, by the names that it gives them."""
    features: dict[str, Any]
    feature_version: str
    trigger_event_id: str | None
    at: int
    decided_at: int = 0
    policy_version: str | None = None
    deferred_until: int | None = None
    """When a deferred candidate will be decided again, epoch milliseconds of event time."""
    against: list[Against] = []
    """What closed each channel that was tried, in the order of preference."""
    facts: Facts = ()
    """What `reason` rests on, for programs."""
    choice: Chosen | None = None
    """How a bandit, or uplift, has drawn the variant; None: neither has."""
    draws: Mapping[str, float] = {}
    """What was drawn: holdout, control, variant, bandit, uplift (docs/consuming.md). Only where the record holds pseudonyms, from which nobody
    can draw."""
    key_epoch: int | None = None
    """Of the key with which its pseudonyms were made; None: it holds the ids themselves."""
    catalogue: CatalogueUsed | None = None
    """What was read from the catalogue of products; None: nothing was."""
    recommended: list[Recommended] = []
    """The lists of products that its condition, its offer or its message asked for."""
    intents: list[IntentUsed] = []
    """What customers were found to mean by what they wrote."""
    shares_version: str | None = None
    """By which shares the customer's group, variant and ways were drawn, in a few letters (`udfs.core.campaigns.shares`)."""
    because: BecauseSaid | None = None
    """What its message gave as the reason; None: it gives none."""


class Segment(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Somebody came into a declared segment, or left it."""

    user_id: str
    segment: str
    segment_version: str
    change: str
    """entered or left."""
    trigger_event_id: str | None
    at: int
    decided_at: int = 0
    model: str | None = None
    """The version of the model that said so, name:version; None: a condition, or the end of the segment."""
    because: Mapping[str, float] = {}
    """Feature -> how much it speaks for where the customer is now rather than where they were; of a segment by model."""


class Action(msgspec.Struct, kw_only=True, tag_field="kind", tag="action", gc=False):
    """What a delivery system is asked to do. Its JSON begins with `"kind": "action"`, since recalls go to the same topic."""

    decision_id: str
    attempt: int
    user_id: str
    campaign: str
    campaign_version: str
    variant: str
    channel: str
    content: dict[str, Any]
    offer: dict[str, Any] | None
    at: int
    decided_at: int
    expires_at: int
    to: str | None = None
    """The address that is known for this channel. None: none is, or the policy leaves addresses out."""

    def __repr__(self) -> str:
        """Without the address, for whatever is shown of an action may end in a log."""
        shown = {name: getattr(self, name) for name in self.__struct_fields__} | {"to": None if self.to is None else "…"}
        return f"Action({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class Recall(msgspec.Struct, kw_only=True, tag_field="kind", tag="recall", gc=False):
    """A message that was decided must not be delivered any more: it goes to the topic and the key of its action. `"kind": "recall"`."""

    decision_id: str
    """Of the action that it stops."""
    attempt: int
    user_id: str
    campaign: str
    channel: str
    reason: Reason
    """EXITED (an order, say), UNSUBSCRIBED, NO_CONSENT, UNREACHABLE, or ERASED."""
    detail: str | None
    """What ended it, in words."""
    trigger_event_id: str | None
    """The event that did."""
    at: int
    """When that event was read (record time), epoch milliseconds."""
    decided_at: int = 0
    facts: Facts = ()


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be taken, or a part of one that was set aside, with its bytes and the way to fix it."""

    reason: str
    field: str | None
    """Dotted path of what is wrong, None when it is the record as a whole."""
    message: str
    key: str | None
    original: bytes
    at: int
    """Timestamp of the Kafka record."""
    accepted: bool = False
    """Only `field` was set aside: the event itself was processed."""
    event: str | None = None
    """Name of the event, where it is known."""
    source: str | None = None
    """Write key of its sender, where it is known."""
    skipped: int = 0
    """So many more like it were not written since the one before."""
