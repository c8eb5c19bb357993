"""The same for somebody who has two ids until a link. Until then each history knows its own facts, and then the person knows all of them. What was
reached or denied under one id is told to the other at the link, and counts there where that can be said."""

from collections.abc import Iterator
from typing import Any

from tests.outcome_oracle import ledger
from tests.outcome_oracle.oracle import Conversion, Fact, Oracle
from tests.outcome_oracle.world import DAY, HOUR, Decided, World
from udfs.core.records import Event

GUEST, PERSON = "web-1", "kim"
LINK = "linked"


class OracleOfTwo(Oracle):
    """One person's histories."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world.decisions.sort(key=lambda each: (each.at, each.user != PERSON))  # those of one instant: her own first
        self.linked = 0
        """When the two became one; 0: not yet."""
        self.was = 0
        """The same when conversions were found last."""
        self.first = 0
        """The number of the first fact that was told after that."""

    def take(self, now: int, event: Event) -> Iterator[dict[str, Any]]:
        if event.name != LINK:
            yield from super().take(now, event)
            return
        before = self.reached(now)
        self.linked, self.first = now, len(self.facts)
        for each in self.open(now):
            words = [word for word in self.words if word[2] == each.channel and word[3] != each.user]
            if words and max(words)[1] and self.is_in_time(each, max(words)[0]):
                self.unsubscribed.setdefault(each.decision_id, (now, max(words)[0]))
        yield from self.say(now, before, self.reached(now))

    def remembered(self, *, news: bool) -> list[Conversion]:
        if self.was != self.linked:
            self.was, self.last = self.linked, ((), [])
        return super().remembered(news=news)

    def knows(self, user: str) -> bool:
        return bool(self.linked) or user == self.facts[-1].event.user_id

    def is_joined(self, at: int) -> bool:
        """Whether the link came early enough to change what was counted then."""
        return bool(self.linked) and at + 30 * DAY >= self.linked

    def conversions(self, *, news: bool) -> list[Conversion]:
        found: list[Conversion] = []
        told = {side: set[str]() for side in (GUEST, PERSON)}
        for number, fact in enumerate(self.facts):
            is_after, side = bool(self.linked) and number >= self.first, fact.event.user_id
            is_unheard = not news and number == len(self.facts) - 1
            order_id = None
            if fact.event.name == "order_completed":
                order_id = ledger.identity(fact.event)
                if any(order_id in told[each] for each in (told if is_after else (side,))):
                    continue
                told[side].add(order_id)
            if is_unheard:
                break
            hits = [each for each in self.open(fact.now) if (is_after or each.user == side) and self.is_hit(each, fact)]
            blind: list[Decided] = []
            if not is_after and self.is_joined(fact.at) and (order_id is None or not self.is_told(order_id, but=side)):
                campaigns = {each.campaign for each in hits}
                told_of = [each for each in self.open(self.linked) if each.user != side and self.is_in_time(each, fact.at)]
                asked = [each for each in told_of if each.campaign in campaigns]
                blind = [each for each in told_of if each not in asked and order_id is not None and self.is_any_order(each)]
                hits += [*asked, *blind]
            same = next((each for each in found if order_id is not None and each.order_id == order_id and self.is_joined(fact.at)), None)
            if same is not None:
                same.hits.extend(hits)
                same.blind.extend(blind)
                continue
            if hits:
                found.append(Conversion(fact, order_id, hits, blind))
        for each in found:
            each.hits.sort(key=self.world.decisions.index)
        return found

    def is_told(self, order_id: str, *, but: str) -> bool:
        """Whether the other history knows an order by itself."""
        facts = [each.event for each in self.facts[: self.first] if each.event.user_id != but]
        return any(each.name == "order_completed" and ledger.identity(each) == order_id for each in facts)

    def is_in_time(self, decided: Decided, at: int) -> bool:
        """Whether what is told at the link of the other history falls into the time of a decision."""
        ends = self.ends(decided)
        return decided.at < at <= ends and self.linked <= ends + 72 * HOUR

    def is_any_order(self, decided: Decided) -> bool:
        goal = self.goals[decided.campaign]
        return "order_completed" in goal["event"] and "when" not in goal

    def sees(self, conversion: Conversion, fact: Fact, known: int) -> bool:
        if fact.event.user_id == conversion.fact.event.user_id or self.facts.index(fact) >= self.first > 0:
            return fact.now <= known
        return self.is_joined(conversion.fact.at) and fact.now <= known
