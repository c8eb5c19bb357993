"""What there is to know about a candidate before anything is decided: its condition, its entry, and what closes each channel.

Assessing is pure. It takes no place, changes nothing in profile, throughput or counts, and so may ask about variants and channels that are never
used. Each answer is computed when it is first asked for, and kept until another candidate of the instant is committed: a cap may be full then.

This is where a bandit finds its arms: the variants whose `verdict` has a channel are those that may be drawn, and `features` and `scores` are
what it may go by. Recommendations are made from the same moment, where a condition, an offer or a message asks for them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from udfs.core.campaigns import entries
from udfs.core.campaigns.campaign import Variant
from udfs.core.catalogue_used import CatalogueUsed
from udfs.core.decision.assigned import is_in_control
from udfs.core.decision.candidates import Candidate
from udfs.core.decision.intents import Intents
from udfs.core.decision.scores import Question
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.intents_used import IntentUsed
from udfs.core.items.lookups import Lookups
from udfs.core.policy import consent, holdout, interest, quiet
from udfs.core.policy.answers import Likely, best_first
from udfs.core.policy.case import Case, Closed
from udfs.core.policy.checks import CANDIDATE_CHECKS, CHANNEL_CHECKS, first_against
from udfs.core.recommend.lists import Recommends
from udfs.core.recommended import Recommended
from udfs.core.records import Outcome, Reason, Score
from udfs.core.values import chance
from udfs.core.values.once import once

_REPEATED = frozenset({Reason.THROTTLED, Reason.ANOMALY_HELD})


class Verdict(NamedTuple):
    """The channel of a variant that is open, or what closes it."""

    channel: str | None
    closed: Closed | None = None
    """Why no channel is open."""
    stopped_at: str | None = None
    """The channel that gave the reason; None if it is about the whole candidate, or they have all been tried."""
    until: int | None = None
    """When it is decided again; None: never."""
    against: tuple[tuple[str, Closed], ...] = ()
    """Every channel that was tried in vain, in the order of preference."""


class Assessed:
    """One candidate, looked at from all sides."""

    def __init__(self, turn: Turn, candidate: Candidate, moment: Moment | None = None, question: Question | None = None) -> None:
        self.turn, self.candidate = turn, candidate
        self.question = question or Question(candidate.campaign, turn.book, turn.scorer)
        self.moment = moment or self._moment()
        self._as_of = turn.commits
        self._case: Case | None = None
        self._closed: dict[str | None, Closed | None] = {}

        if moment is not None and moment.recommends is not None:
            moment.recommends = moment.recommends.again(lambda: self.decision_id)

    def _moment(self) -> Moment:
        turn, candidate = self.turn, self.candidate
        catalogue, currency = turn.shelf.current, turn.book.policy.currency
        campaign = candidate.campaign
        items = Lookups(catalogue, currency) if campaign.reads_items or campaign.completes_carts else None
        cart = turn.profile.carts.get(candidate.cart_id)
        recommends = None
        if candidate.campaign.recommends and items is not None:
            recommends = Recommends(
                recommender=turn.stand.current,
                strategies=turn.book.strategies,
                catalogue=catalogue,
                lookups=items,
                currency=currency,
                profile=turn.profile,
                cart=cart,
                properties=candidate.properties,
                decision_id=lambda: self.decision_id,
            )
        return Moment(
            user_id=turn.user_id,
            profile=turn.profile,
            now=turn.as_of,
            cart=cart,
            properties=candidate.properties,
            question=self.question,
            policy=turn.book.policy,
            in_holdout=candidate.campaign.asks_messages and self.in_holdout,
            items=items,
            recommends=recommends,
            intents=(candidate.intents or Intents(turn)) if candidate.campaign.reads_intents else None,
        )

    def moved(self, candidate: Candidate) -> "Assessed":
        """The same moment for the candidate at another step of its journey."""
        return Assessed(self.turn, candidate, self.moment, self.question)

    @once
    def group(self) -> tuple[Outcome, Reason] | None:
        """How its decision ends in place of a send; None for whoever is in no holdout or control group."""
        turn, candidate = self.turn, self.candidate
        in_control = is_in_control(turn, candidate.campaign)
        return holdout.group_of(turn.book.policy, candidate.campaign, turn.drawn_by(), in_control=in_control, run=candidate.group)

    @property
    def in_holdout(self) -> bool:
        """Whether nothing would go out: the customer is in the global holdout or the campaign's control group."""
        return self.group is not None

    def is_eligible(self) -> bool:
        """Whether its condition holds, and the customer is in the namespace of its experiment. A run of a journey was asked when it was entered."""
        candidate = self.candidate
        if candidate.step:
            return True
        when = candidate.campaign.when
        return self.is_in_namespace and (when is None or candidate.met or when.met(self.moment))

    @property
    def is_in_namespace(self) -> bool:
        """Whether the campaign's experiment, if it shares out customers, may have this one: by the id by which the holdout is drawn."""
        namespace = self.candidate.campaign.namespace
        return namespace is None or namespace.holds(self.turn.drawn_by())

    @once
    def key(self) -> str | None:
        """What may be entered once; None when it is unknown, and then nobody enters."""
        return entries.key_of(self.candidate.campaign, self.moment) if self.candidate.key is None else self.candidate.key

    @once
    def decision_id(self) -> str:
        """The id of its decision, whatever that will be."""
        candidate = self.candidate
        return chance.decision_id(candidate.born_as or self.turn.user_id, candidate.campaign.name, self.key or "", candidate.trigger)

    @property
    def is_blocked(self) -> bool:
        """Whether its entry is used up. A journey's was used up when it was entered."""
        candidate, key = self.candidate, self.key
        if key is None:
            return True
        return not candidate.step and entries.is_blocked(self.turn.profile, candidate.campaign, key, candidate.at, in_holdout=self.in_holdout)

    @property
    def scores(self) -> dict[str, Score]:
        """What the models say of this moment, by the names of the campaign's scores."""
        return self.question.scores(self.moment)

    @property
    def features(self) -> dict[str, Any]:
        """Every feature at this moment: what the model reads and the decision logs."""
        return self.question.vector(self.moment)

    @property
    def catalogue(self) -> CatalogueUsed | None:
        """What was read from the catalogue until now; None: nothing."""
        items = self.moment.items
        return None if items is None else items.used()

    @property
    def recommended(self) -> list[Recommended]:
        """The lists of products that were made until now."""
        recommends = self.moment.recommends
        return [] if recommends is None else recommends.used()

    @property
    def intents(self) -> list[IntentUsed]:
        """What models of texts were asked until now, by the trigger as well."""
        asked = self.moment.intents
        return asked.used() if isinstance(asked, Intents) else []

    @property
    def case(self) -> Case:
        """What the rules are asked about."""
        if self._case is None or self._as_of != self.turn.commits:
            turn, candidate = self.turn, self.candidate
            self._as_of = turn.commits
            self._closed.clear()
            self._case = Case(
                user_id=turn.user_id,
                profile=turn.profile,
                campaign=candidate.campaign,
                policy=turn.book.policy,
                throughput=turn.throughput,
                now=candidate.at,
                asked=candidate.asked,
                switches=turn.book.switches,
                deployed=turn.book.channels,
                stale=candidate.stale,
                in_holdout=self.in_holdout,
                kept=candidate.place,
                about=_about(turn, candidate) if turn.profile.declined else (),
                deferred_by=candidate.deferred_by,
                hold=turn.book.holds.get(candidate.campaign.name) if turn.book.holds else None,
                since=candidate.since,
            )
        return self._case

    def closed(self, channel: str | None) -> Closed | None:
        """What closes a channel, or (None) the candidate as a whole; None when nothing does."""
        case = self.case
        if channel not in self._closed:
            self._closed[channel] = first_against(CANDIDATE_CHECKS if channel is None else CHANNEL_CHECKS, case, channel)
        return self._closed[channel]

    def verdict(self, variant: Variant) -> Verdict:
        """The first channel of a variant that is open, or the reason why none is, and when it is worth asking again."""
        if (whole := self.closed(None)) is not None:
            return Verdict(None, whole)
        against: list[tuple[str, Closed]] = []
        for channel in self._in_order(variant):
            closed = self.closed(channel)
            if closed is None:
                return Verdict(channel, against=tuple(against))
            against.append((channel, closed))
            if closed.then != "next_channel":
                return Verdict(None, closed, channel, self.until(channel, closed), tuple(against))
        return Verdict(None, against[0][1], against=tuple(against))

    def _in_order(self, variant: Variant) -> Sequence[str]:
        return [each.channel for each in self.likely(variant)] if variant.best else variant.channels

    def likely(self, variant: Variant) -> list[Likely]:
        """The channels of a variant, likeliest answered first."""
        case = self.case
        return best_first(variant.channels, case.messages, case.policy.answered, case.now)

    def until(self, channel: str, closed: Closed) -> int | None:
        """When it comes back; None for a reason that has deferred it before. The throughput may do so again, since it keeps a place each time, and
        so may a hold, since a person ends it."""
        if closed.then == "drop" or closed.opens is None:
            return None
        if closed.reason not in _REPEATED and closed.reason in self.candidate.deferred_by:
            return None
        turn = self.turn
        return quiet.release(
            turn.book.policy,
            campaign=self.candidate.campaign,
            channel=channel,
            profile=turn.profile,
            user_id=turn.user_id,
            earliest=closed.opens,
            spread=closed.spread,
        )

    def consented(self, variant: Variant) -> Verdict | None:
        """Asked before a variant waits: None while consent opens one of its channels at least."""
        against: list[tuple[str, Closed]] = []
        for channel in self._in_order(variant):
            closed = consent.check(self.case, channel)
            if closed is None:
                return None
            against.append((channel, closed))
        return Verdict(None, against[0][1], against=tuple(against))


def assess(turn: Turn, candidate: Candidate) -> Assessed:
    """Look at a candidate. Nothing is reserved and nothing is changed."""
    return Assessed(turn, candidate)


def _about(turn: Turn, candidate: Candidate) -> list[interest.Thing]:
    """The products that a message would be about: those of its cart, or of its event as far as that is known still."""
    cart = turn.profile.carts.get(candidate.cart_id) if candidate.campaign.trigger.of == "cart" else None
    return interest.about(candidate.properties, cart)
