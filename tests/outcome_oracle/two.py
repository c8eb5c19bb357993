"""Random worlds of somebody who has two ids until she logs in, and the engine that plays them."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.builders import event
from tests.outcome_oracle.compare import alike
from tests.outcome_oracle.oracle_of_two import GUEST, LINK, PERSON, OracleOfTwo
from tests.outcome_oracle.play import Player, again
from tests.outcome_oracle.world import DAY, HOUR, World
from tests.outcome_oracle.worlds import LATE, STEPS, Making
from udfs.core.records import Decision, Event


def world_of_two(seed: int) -> World:
    """The world of a number, as the engine plays it."""
    return _MakingTwo(Random(seed)).world


def differences_of_two(world: World) -> Sequence[str]:
    """What the engine wrote otherwise than the oracle, decision by decision: two keys have no order between them."""
    found = []
    wrote, right = _by_decision(world.told), _by_decision([*OracleOfTwo(world).run()])
    for decision_id in sorted(wrote.keys() | right.keys()):
        ours, theirs = wrote.get(decision_id, []), right.get(decision_id, [])
        for one, other in zip(ours, theirs, strict=False):
            found += [
                f"{decision_id}, {name}: the engine says {one[name]}, the oracle {other[name]}" for name in other if not alike(one[name], other[name])
            ]
        if len(ours) != len(theirs):
            found.append(f"{decision_id}: the engine wrote {len(ours)} records, the oracle {len(theirs)}: {ours} against {theirs}")
    return found


def again_of_two(world: World, fires: Callable[[int], bool]) -> Player:
    """The same histories once more, with timers that fire at other times."""
    return again(world, fires, by=PlayerOfTwo)


def outcomes_by_decision(world: World) -> dict[str, list[dict[str, Any]]]:
    """What the engine said of each decision, in order."""
    return _by_decision(world.told)


def _by_decision(told: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        found.setdefault(each["decision_id"], []).append(each)
    return found


class PlayerOfTwo(Player):
    """A visitor and a person in one engine; from the link on all is the person's."""

    def __init__(self, world: World, *, fires: Callable[[int], bool]) -> None:
        super().__init__(world, fires=fires)
        self.guest = Player(world, fires=fires)
        self.guest.records, self.guest.places, self.guest.user = self.records, self.places, GUEST
        self.user = PERSON

    def take(self, now: int, event: Event) -> None:
        if self.fires(len(self.world.happenings)):
            self.wait(now - 1)
        self.world.happenings.append((now, event))
        if event.name == LINK:
            self._link(now)
        else:
            (self.guest if event.user_id == GUEST else self).decide(event)

    def wait(self, until: int) -> None:
        self.guest.wait(until)
        super().wait(until)

    def _link(self, now: int) -> None:
        guest = self.guest
        left, handed_over = self.engine.on_leave(guest.blob, GUEST, now, guest.kept)
        self.records += left.records
        self.places += [len(self.world.happenings) - 1] * len(left.records)
        guest.blob = guest.kept = guest.due = None
        self.keep(self.engine.on_join(self.blob, PERSON, handed_over, self.kept))


class _MakingTwo(Making):
    """What is not defined for two histories that become one is left out (docs/identity.md): refunds that nobody can tell apart, and orders of which
    they do not tell the same."""

    def _player(self, fires: Callable[[int], bool]) -> Player:
        self.is_linked, self.side = False, PERSON
        self.orders: dict[str | None, tuple[int, dict[str, Any]]] = {}
        self.refunds = 0
        return PlayerOfTwo(self.world, fires=fires)

    def _live(self) -> None:
        chance = self.chance
        moment, count = chance.randint(0, 20), chance.randint(6, 26)
        for self.side in chance.sample((GUEST, PERSON), 2):
            self._arrive()
            self.now += chance.choice((0, 1, HOUR))
        for number in range(count):
            if number == moment:
                self._meet()
            self.side = PERSON if self.is_linked else chance.choice((GUEST, PERSON))
            self.now += chance.choice(STEPS)
            self._happen()
        if not self.is_linked:
            self._meet()

    def _meet(self) -> None:
        self.now += self.chance.choice(STEPS)
        self.player.take(self.now, event(LINK, self.now, user=PERSON, received=self.now))
        self.is_linked, self.side = True, PERSON

    def _user(self) -> str:
        return self.side

    def _policy(self) -> dict[str, Any]:
        return {name: told for name, told in super()._policy().items() if name != "retention"}

    def _event(self, name: str, *, late: bool = True, **fields: Any) -> Event:
        if name == "order_completed":  # the ledger keeps when it was by the client's clock, so none is ahead here
            new = (self.now - max(0, self.chance.choice(LATE)), fields)
            at, told = self.orders.setdefault(fields["order_id"], new) if fields.get("order_id") else new
            if self.now - at > 4 * DAY:
                return super()._event("page")  # nobody reports an order again after so long
            self.ids += 1
            kept = {key: value for key, value in told.items() if value is not None}
            return event(name, at, user=self._user(), message_id=f"m{self.ids}", received=self.now, **kept)
        if name == "order_refunded":
            self.refunds += 1
            fields["refund_id"] = f"r{self.refunds}"
        return super()._event(name, late=late, **fields)

    def _undo(self) -> Event:
        made = super()._undo()
        return made if "order_id" in made.properties else self._page()

    def _speak(self) -> Event:
        made = super()._speak()
        return made if "channel" in made.properties else self._page()

    def _receipt(self) -> Event | None:
        """Of a message to another id nobody could know it: there is no such receipt before the link."""
        made = super()._receipt()
        if made is None or self.is_linked:
            return made
        told = made.properties["decision_id"]
        users = [each.user_id for each in self.player.records if isinstance(each, Decision) and each.decision_id == told]
        return made if users == [self.side] else None

    def _again(self) -> Event | None:
        made = super()._again()
        return made if made is not None and (self.is_linked or made.user_id == self.side) and not self._is_over(made) else None

    def _is_over(self, made: Event) -> bool:
        """Whether it was sent under an id that is nobody's any more: it would be passed on."""
        return made.user_id != self.side
