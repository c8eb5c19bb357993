"""What Kairos remembers of one customer: one tagged msgpack blob in Flink's keyed state, about 2 KB for a typical one.

A profile is decoded from its bytes for one event, changed in place by the modules of core, and encoded again; nobody else holds it,
so a failure half way drops the whole change. No part of it refers back to another, so none is a matter for the garbage collector
(`gc=False`): the more of them there are, the more often it runs. Fields are stored by position: add new ones at the end, with a default, and old
savepoints still read; a change that cannot be made so gets a new tag, and an upgrade in `upgrade.py`.
"""

from typing import Any, NamedTuple

import msgspec

from udfs.core.profile import packed
from udfs.core.profile.cart_state import Cart, Closing, Waiting
from udfs.core.profile.due import Due
from udfs.core.profile.identity import Identity
from udfs.core.profile.measured import Measured
from udfs.core.profile.scored import Scored

RING = 128
"""Event ids remembered for deduplication, of events that neither add nor stop anything."""


class Session(msgspec.Struct, array_like=True, gc=False):
    """The latest run of events without a gap of more than 30 minutes; it stands until the next one begins."""

    started: int = 0
    last: int = 0
    events: int = 0
    product_views: int = 0
    number: int = 1
    """How many there have been with this one."""
    longest: int = 0
    """The longest of those before this one, milliseconds."""


class Assigned(NamedTuple):
    """What chance has drawn for this user."""

    name: str
    probability: float
    """With which it was drawn."""
    shares: str = ""
    """By which shares it was (`udfs.core.campaigns.shares`); empty: of before that was remembered."""


class Entered(msgspec.Struct, array_like=True, gc=False):
    """When a campaign last acted on this user, and the fingerprints of the entry keys it has used up (newest last)."""

    last: int = 0
    keys: bytes = b""
    judged: int = 0
    """When a silence of it was over last, or its date came: an event that comes late to the same millisecond begins no other that ends then, and
    who moves to another zone has the date once."""
    assigned: dict[str, Assigned] = {}
    """What was drawn first: variant, group, way of a split. See `udfs.core.decision.assigned`."""


class Message(msgspec.Struct, array_like=True, gc=False):
    """A message that went out or was held out; kept for 32 days, so that a widened rule can see it. Tags are those of the moment it was sent."""

    at: int
    channel: str
    campaign: str
    tags: list[str] = []
    variant: str = ""
    mark: bytes = b""
    """Fingerprint of its decision's id, by which receipts find it."""
    run: bytes = b""
    """Fingerprint of the run of a journey that it belongs to."""
    in_holdout: bool = False
    """Nothing went out: the customer was in the global holdout or the campaign's control group."""
    transactional: bool = False
    failed: bool = False
    """It could not be delivered, or was recalled, so it takes no place under a cap."""
    outcomes: dict[str, int] = {}
    """delivered, opened, clicked, dismissed, … -> first time."""


class Underway(msgspec.Struct, array_like=True, gc=False):
    """A message that was decided and may still be stopped: neither has a receipt come for it, nor has it expired."""

    decision_id: bytes
    """The sixteen bytes of its UUID."""
    attempt: int
    campaign: str
    channel: str
    purpose: str
    expires: int
    """Record time, epoch milliseconds."""
    start: int
    """When what began it happened, by event time: an exit is compared with it."""
    told_by: str = ""
    cart_id: str = ""
    properties: dict[str, Any] | None = None
    """Of its trigger: what exits are compared with."""


class Consent(msgspec.Struct, array_like=True, gc=False):
    """What somebody said about one purpose, by one channel or by all."""

    granted: bool
    at: int
    source: str = ""
    expires: int | None = None


class Reaction(msgspec.Struct, array_like=True, gc=False):
    """What somebody did with a message, kept for suppression after the message itself is forgotten."""

    at: int
    kind: str
    channel: str
    campaign: str
    tags: list[str] = []


class Profile(msgspec.Struct, array_like=True, gc=False, tag=2):
    """One customer. All times are epoch milliseconds of event time, unless they say otherwise."""

    born: int
    now: int
    """The largest event time seen: what is older is late."""
    zone: str | None = None
    traits: dict[str, Any] = {}
    session: Session | None = None
    carts: dict[str, Cart] = {}
    current: str | None = None
    """Id of the cart last touched."""
    carts_born: int = 0
    cart_closed: int = 0
    """The latest order or clearing that was not about one named cart alone, and the latest end of a cart without a name."""
    browsed: int = 0
    """Latest product view or search."""
    seen: dict[str, int] = {}
    """Event name -> latest time."""
    features: dict[str, Any] = {}
    """Feature key -> its aggregate's own state."""
    ids: bytes = b""
    """Ring of event-id fingerprints, eight bytes each, oldest first; without those that are kept for 72 hours, apart from the profile."""
    packed_viewed: bytes | list[tuple[str, int]] | None = None
    """Products looked at of late, packed. See `udfs.core.profile.viewed`; None: there are none."""
    due: list[Due] = []
    entered: dict[str, Entered] = {}
    packed_messages: bytes | list[Message] = packed.EMPTY
    """What went out, as the bytes of an array of msgpack: most events neither read nor change it. See `messages`. (A list in older states.)"""
    active: int = 0
    """Latest event that was the person's own doing."""
    scores: dict[str, Scored] = {}
    """Model -> its last answer."""
    consents: dict[str, Consent] = {}
    """purpose, or purpose/channel -> the latest word on it."""
    unreachable: dict[str, int] = {}
    """Channel -> since when nothing arrives there."""
    reactions: list[Reaction] = []
    segments: dict[str, int] = {}
    """Segment -> since when the customer belongs to it."""
    clock: int = 0
    """The greatest record time of this customer: everything that was due before it has been settled."""
    packed_underway: bytes = packed.EMPTY
    """Messages that may still be recalled, packed. See `underway`."""
    locale: str | None = None
    """Language and country of the device last seen."""
    ended_carts: list[tuple[int, bytes, str]] = []
    """Named carts that have ended: when, the fingerprint of the name, and the id where it is another."""
    packed_orders: bytes = b""
    """The ledger of orders, packed: only orders, cancellations and refunds read it. See `udfs.core.profile.orders`."""
    removals: list[Waiting] = []
    """Removals that found nothing to take out, or not enough, the newest last."""
    group: dict[str, Any] = {}
    """What the latest `group` call said of the customer's organisation, and its id as `id`."""
    anonymous: bool = False
    """The key is an anonymous id: such a profile is kept for a shorter time. (False in older states.)"""
    bounced: dict[str, bytes] = {}
    """Of somebody who was forgotten and came back: channel -> fingerprint of the address by which nothing arrived."""
    addressed: dict[str, int] = {}
    """Trait that holds an address -> when the latest word on it was said, also that there is none."""
    closings: list[Closing] = []
    """Orders and cleared carts of late, the newest last. See `udfs.core.profile.cart_closings`."""
    emptied: list[Cart] = []
    """Carts that were emptied by hand, the latest last: more may be told of them."""
    packed_exited: bytes = packed.EMPTY
    """Recent exits that campaigns compare, packed. See `udfs.core.profile.exited`."""
    listed: int = 0
    """What was last written to the directory of people, see `udfs.core.decision.people`; 0: nothing was."""
    identity: Identity | None = None
    """The other ids of this person; None: there are none."""
    measured: Measured | None = None
    """Outcomes that are waited for, packed. See `udfs.core.profile.windows`; None: there are none."""
    declined: dict[str, int] = {}
    """What the customer is not interested in, see `udfs.core.profile.interests`."""
    bought: list[tuple[str, int]] = []
    """Products that were ordered (`cart_products.product_of`) and when, newest last."""
    wanted: list[tuple[bytes, bytes, int]] = []
    """Fingerprints of what was looked for, and when, newest last. See `udfs.core.profile.wanted`."""

    @property
    def messages(self) -> list[Message]:
        """What went out, oldest first: unpacked at each call, so a change to one is kept only by assigning the list."""
        held = self.packed_messages
        return held if isinstance(held, list) else _unpack(held)

    @messages.setter
    def messages(self, messages: list[Message]) -> None:
        self.packed_messages = packed.packed(messages)

    def keep(self, message: Message, *, since: int, most: int) -> None:
        """Remember one more message; those older than `since` are forgotten now and then, and beyond `most` the oldest."""
        held = self.packed_messages
        if isinstance(held, list):
            held = packed.packed(held)
        if (packed.size(held) + 1) % 32 == 0:
            self.messages = [*(each for each in self.messages if each.at > since), message][-most:]
        else:
            self.packed_messages = packed.with_one_more(held, message)

    @property
    def underway(self) -> list[Underway]:
        """What can still be recalled, and some of what cannot any more, oldest first: unpacked at each call, like `messages`."""
        return _unpack_underway(self.packed_underway)

    @underway.setter
    def underway(self, underway: list[Underway]) -> None:
        self.packed_underway = packed.packed(underway)


_unpack = msgspec.msgpack.Decoder(list[Message]).decode
_unpack_underway = msgspec.msgpack.Decoder(list[Underway]).decode
