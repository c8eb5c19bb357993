"""The oracle: reads records, settles what is due, remembers, ends, begins. Read `record` and `take` first."""

import datetime as dt
from collections.abc import Sequence

from tests.world_oracle import amounts, campaigns, instants, names, policy, reading, shop
from tests.world_oracle.campaigns import Campaign, Document
from tests.world_oracle.carts import Cart
from tests.world_oracle.consents import CHANNELS
from tests.world_oracle.dates import occurrence
from tests.world_oracle.deciding import Deciding, own_id
from tests.world_oracle.instants import DAY, MINUTE
from tests.world_oracle.people import Candidate, Pending, Person, is_after
from tests.world_oracle.player import Decision, Recall, Verdict
from tests.world_oracle.reading import Happened
from tests.world_oracle.told import TOLERANCE

FEATURES: tuple[Document, ...] = (  # those of the shipped file that the cases need
    {"name": "orders_90d", "event": "order_completed", "aggregate": "count", "window": "90d"},
    {"name": "spend_30d", "event": "order_completed", "aggregate": "sum", "of": "properties.total", "window": "30d"},
)


class Oracle:
    """A player that is simple enough to be right, or so it hopes."""

    def __init__(
        self,
        documents: Sequence[Document],
        rules: Document | None = None,
        *,
        currency: Document | None = None,
        features: Sequence[Document] = FEATURES,
        grace: int = MINUTE,
    ) -> None:
        self.campaigns = [campaigns.read(document) for document in documents]
        self.policy = policy.read(rules, currency)
        self.features = {str(feature["name"]): feature for feature in features}
        self.grace = grace
        self.people: dict[str, Person] = {}
        self.told: list[list[Verdict]] = []
        self.deciding = Deciding(self.policy, self.features, grace)

    # The interface

    def record(self, key: bytes, value: bytes, at: int) -> None:
        told: list[Verdict] = []
        for event in reading.read(key, value, at):
            if isinstance(event, reading.Refused):
                told.append(Verdict(at=at, accepted=False, why=event.why))
                continue
            person = self.people.setdefault(event.person, Person(event.person))
            person.clock = max(person.clock, at)
            self.settle(person, person.clock)  # at equality the record wins
            repeated = person.is_repeated(event)
            told.append(
                Verdict(
                    at=at,
                    accepted=True,
                    set_aside=event.set_aside,
                    duplicate=repeated,
                    person=event.person,
                    name=event.name,
                    time=event.time,
                )
            )
            if not repeated:
                self.take(person, event)
        self.told.append(told)

    def time(self, at: int) -> None:
        for person in self.people.values():
            self.settle(person, at)

    def finish(self) -> None:
        for person in self.people.values():
            self.settle(person, person.clock + 400 * DAY)

    def verdicts(self) -> list[list[Verdict]]:
        return self.told

    def decisions(self) -> list[Decision]:
        return self.deciding.decisions

    def recalls(self) -> list[Recall]:
        return self.deciding.recalls

    # How it is done

    def settle(self, person: Person, before: int) -> None:
        """Everything that is due before that time, in order."""
        while due := [pending for pending in person.pending if pending.due < before]:
            first = min(due, key=lambda one: (one.due, -one.candidate.campaign.priority, one.candidate.campaign.name, one.number))
            person.pending.remove(first)
            if first.kind in {"silence", "since"}:
                person.judged[first.candidate.campaign.name, first.candidate.about] = first.candidate.start
            self.deciding.fall_due(person, first)

    def take(self, person: Person, event: Happened) -> None:
        """An event that is new: remember it, end what it ends, begin what it begins."""
        late = person.newest is not None and event.time < person.newest - TOLERANCE  # less may be the difference of two clocks
        if event.name == "order_completed":
            event.properties.setdefault("order_id", event.message_id)  # its identity is then its message id
        person.remember(event)
        time, retold, closed, touched = shop.hear(person, event, self.policy)
        person.newest = time if person.newest is None else max(person.newest, time)
        self.consents(person, event)
        self.end(person, event, time, closed)
        self.fall_still(person)
        person.facts.append((event, time))
        if person.clock - event.time > self.grace:
            self.extend(person)
        self.begin(person, event, time, touched, late=late or retold, retold=retold)

    def consents(self, person: Person, event: Happened) -> None:
        """What the person or the channel says about messages."""
        spoken = event.properties.get("decision_id")
        message = next((acted for acted in person.acted if own_id(acted.decision) == spoken), None)
        channel = message.decision.channel if message else None
        if event.name in names.CONSENT or event.name == "message_complained":
            properties = event.properties
            if event.name == "message_complained" and channel:
                properties = {**properties, "channel": channel}
            person.consents.hear(event.name, properties, event.set_aside, channel, event.time, person.number)
            self.deciding.recall_denied(person)
        if event.name == "message_bounced" and str(event.properties.get("bounce_type", "")).casefold() != "soft":
            told = str(event.properties.get("channel", "")).strip().casefold()
            for one in [channel] if channel else [told] if told in CHANNELS else sorted(CHANNELS):
                person.bounced[one] = max(event.time, person.bounced.get(one, event.time))
        if event.name == "message_delivered" and channel:
            person.delivered[channel] = max(event.time, person.delivered.get(channel, event.time))
        if event.name in names.RECEIPTS and message:
            message.over = True

    # Ends

    def end(self, person: Person, event: Happened, time: int, closed: list[Cart]) -> None:
        """Whatever this event ends, at once; what has gone out already is recalled."""
        for pending in list(person.pending):
            waits_since = pending.run.base if pending.run else 0
            leaves = event.name in pending.leave_on and self.counts(pending.candidate, event, time, waits_since)
            if leaves or (pending.kind != "date" and self.ends(pending.candidate, event, time, closed)):
                self.stop(person, pending)
            elif pending.run and event.name in pending.wait_for and time >= waits_since:
                person.pending.remove(pending)
                pending.run.rest = [*pending.then, *pending.run.rest]
                self.deciding.walk(person, pending.run, person.clock)
        for acted in person.acted:
            told_in_time = not acted.over and person.clock < acted.expires
            bought = acted.candidate.cart in closed and time > acted.candidate.start - TOLERANCE
            if told_in_time and (bought or self.ends(acted.candidate, event, time, closed)):
                self.deciding.recall(person, acted, "EXITED")

    def fall_still(self, person: Person) -> None:
        """There is no silence of a cart in which nothing is: if something comes to be in it again, another begins."""
        empty = {f"cart {cart.number}" for cart in person.carts.all if cart.empty}
        person.silences = {subject: time for subject, time in person.silences.items() if subject[1] not in empty}
        person.pending = [one for one in person.pending if one.kind != "silence" or one.candidate.about not in empty]

    def stop(self, person: Person, pending: Pending) -> None:
        person.pending.remove(pending)
        if pending.kind == "deferred":
            self.deciding.answer(person, pending.candidate, person.clock, "withheld", "EXITED")

    def ends(self, candidate: Candidate, event: Happened, time: int, closed: list[Cart]) -> bool:
        """An order and a cleared cart speak for their own cart where the silence is one of a cart; all else for the campaign."""
        if candidate.cart is not None and event.name in {"order_completed", "cart_cleared"}:
            return candidate.cart in closed and (candidate.cart.gone or time >= candidate.start)
        if candidate.begun is event:
            return False
        return any(
            exit_.event == event.name and self.is_same(exit_, candidate.begun, event) and self.counts(candidate, event, time, candidate.start)
            for exit_ in candidate.campaign.unless
        )

    def ends_later(self, campaign: Campaign, begun: Happened, start: int, exit_: Happened, time: int) -> bool:
        """Whether an exit that arrived before what it ends happened after it. Orders and cleared carts speak to carts themselves."""
        of_carts = campaign.of == "cart" and campaign.kind == "idle" and exit_.name in {"order_completed", "cart_cleared"}
        declared = [one for one in campaign.unless if one.event == exit_.name and self.is_same(one, begun, exit_)]
        near = start - time < TOLERANCE and names.shop_states(exit_.name) and exit_.name not in campaign.events
        of_this = [one for one in declared if one.same and exit_.properties.get(one.same) is not None and begun.properties.get(one.same) is not None]
        return bool(declared if is_after(time, exit_, start, begun, campaign) else near and of_this) and not of_carts

    def is_same(self, exit_: campaigns.Exit, begun: Happened | None, event: Happened) -> bool:
        """An exit that does not say whose it is ends all."""
        if exit_.same is None:
            return True
        theirs, ours = event.properties.get(exit_.same), begun.properties.get(exit_.same) if begun else None
        return theirs is None or ours is None or amounts.folded(str(theirs)) == amounts.folded(str(ours))

    def counts(self, candidate: Candidate, event: Happened, time: int, start: int) -> bool:
        """Not before what it ends; less than five minutes before it is near enough, if the shop says so or it comes from another source."""
        if time >= start:
            return True
        another = candidate.begun is None or event.source != candidate.begun.source
        return start - time < TOLERANCE and (names.shop_states(event.name) or another)

    def extend(self, person: Person) -> None:
        """Late records come in company: the silences of this person wait a little for the rest of the story."""
        for pending in person.pending:
            if pending.kind in {"silence", "since"}:
                pending.due = max(pending.due, person.clock + min(self.grace, pending.candidate.campaign.wait))

    # Beginnings

    def begin(self, person: Person, event: Happened, time: int, touched: Cart | None, *, late: bool, retold: bool) -> None:
        for campaign in self.campaigns:
            if campaign.kind == "idle":
                browses = campaign.of == "browsing" and event.name in names.BROWSING
                does_anything = campaign.of == "any" and event.name not in names.PASSIVE and not retold
                if campaign.of == "cart" and touched is not None and not touched.empty:
                    about = f"cart {touched.number}"
                    last = max(time, touched.touched)  # one that was empty in between may have been touched later than this
                    if last == time or person.silences.get((campaign.name, about)) != last:
                        self.arm(person, campaign, event, last, "silence", about, touched)
                elif browses or does_anything:
                    self.arm(person, campaign, event, time, "silence", "silence", None)
            elif campaign.kind == "since" and event.name in campaign.events and not retold:
                self.arm(person, campaign, event, time, "since", "since", None)
            elif campaign.kind == "date":
                self.arm_date(person, campaign)
        for campaign in sorted(self.campaigns, key=lambda one: (-one.priority, one.name)):
            stated = names.is_order(event.name) or event.name in names.PASSIVE
            if campaign.kind == "event" and event.name in campaign.events and not retold and (stated or not late):
                candidate = Candidate(
                    campaign=campaign,
                    about=f"event {event.message_id}",
                    start=time,
                    began_at=person.clock,
                    lag=person.clock - event.time,
                    trigger=event,
                    begun=event,
                )
                candidate.over = any(self.ends_later(campaign, event, time, exit_, at) for exit_, at in person.facts)
                self.deciding.come_true(person, candidate, person.clock)

    def arm(self, person: Person, campaign: Campaign, event: Happened, time: int, kind: str, about: str, cart: Cart | None) -> None:
        """The latest such event counts, by event time: an earlier one that arrives late moves nothing."""
        subject = (campaign.name, about)
        if time < person.silences.get(subject, time) or time == person.judged.get(subject):
            return
        person.silences[subject] = time
        over = any(self.ends_later(campaign, event, time, exit_, at) for exit_, at in person.facts)
        for one in [one for one in person.pending if one.kind == kind]:
            if one.candidate.campaign is campaign and one.candidate.about == about:
                person.pending.remove(one)
        if over:
            return
        due = max(time + campaign.wait, person.clock + min(self.grace, campaign.wait))
        candidate = Candidate(
            campaign=campaign,
            about=about,
            start=time,
            began_at=due,
            lag=person.clock - event.time,
            trigger=event if kind == "since" else None,
            begun=event,
            cart=cart,
        )
        person.pending.append(Pending(kind=kind, due=due, number=person.number, candidate=candidate))

    def arm_date(self, person: Person, campaign: Campaign) -> None:
        person.pending = [one for one in person.pending if not (one.kind == "date" and one.candidate.campaign is campaign)]
        due = occurrence(campaign, person, self.policy, person.clock)
        if due is not None:
            about = f"date {instants.local(due, person.zone('UTC') or dt.UTC).date()}"
            candidate = Candidate(campaign=campaign, about=about, start=due, began_at=due, lag=0)
            person.pending.append(Pending(kind="date", due=due, number=person.number, candidate=candidate))
