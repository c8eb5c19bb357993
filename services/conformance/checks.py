"""What a consumer of actions must do: one row each, with what was expected of it and what it did instead."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_TOLD = 3
"""The maximum number of problems of one check that are shown."""
LATE = "every recall was written too late, because the broker or this machine is slow; try a longer --hold"
"""Why a check of recalls was not tried."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the contract, and the part of the run that tries it."""

    name: str
    part: str
    means: str


CHECKS = (
    Check("delivers", "live", "an action is delivered, from every partition"),
    Check("committed", "live", "nothing of a transaction that is open or aborted is delivered; of a committed one everything is"),
    Check("duplicate", "live", "an action that is written twice is delivered once, also when the second comes after the delivery"),
    Check("expired", "live", "an action at or past its expires_at is not delivered, whether it expired before it was read or while it was held"),
    Check("recall", "live", "an action whose recall follows at once is not delivered"),
    Check("recall-held", "live", "an action whose recall comes within the hold is not delivered"),
    Check("recall-first", "live", "an action whose recall was read before it is not delivered"),
    Check("recall-one", "live", "a recall stops its own action, and no other of that customer"),
    Check("recall-unknown", "live", "a recall of an action that is not known is no reason to stop"),
    Check("recall-late", "live", "a recall after the delivery changes nothing, and the action is not delivered again"),
    Check("evolution", "live", "an action without kind (of an older job) or with new fields (of a newer one) is delivered"),
    Check("killed", "killed", "what was held when the consumer was killed is delivered once after its restart"),
    Check("recall-down", "killed", "a recall that was written while the consumer was down is honoured"),
    Check("backlog", "killed", "a recall far behind its action in a backlog is honoured"),
    Check("replay", "replay", "reading the topic again from the beginning delivers nothing again"),
    Check("rebalance", "rebalance", "while instances come and go, nothing is lost, doubled, or delivered against a recall"),
    Check(
        "malformed",
        "malformed",
        "a record that cannot be read, is of an unknown kind, or whose content was cut is set aside, and the next is delivered",
    ),
    Check("stops", "malformed", "the consumer ends within ten seconds of SIGTERM"),
)
PARTS = tuple(dict.fromkeys(check.part for check in CHECKS))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check, and what was wrong. It passed if nothing was, and if it was tried."""

    check: Check
    problems: list[str]
    untried: str = ""
    """Why it was not tried: then it proves nothing."""

    @property
    def is_open(self) -> bool:
        """Whether it neither failed nor passed."""
        return bool(self.untried) and not self.problems

    def lines(self) -> Iterator[str]:
        """The verdict as text."""
        yield f"{'✗' if self.problems else '?' if self.untried else '✓'} {self.check.name:<15} {self.check.means}"
        if self.is_open:
            yield f"    not tried: {self.untried}"
        for problem in self.problems[:MAX_TOLD]:
            yield f"    {problem}"
        if (more := len(self.problems) - MAX_TOLD) > 0:
            yield f"    and {more} more"


@dataclass(slots=True, kw_only=True)
class Expected:
    """What one part of the run expects: which decisions must be delivered exactly once, and which never, by check."""

    part: str
    before: Mapping[str, int] = field(default_factory=dict)
    """How often each decision had been delivered when the part began."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """Decision id -> what it is, for those of earlier parts that may not be delivered any more."""

    once: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Decision id -> its check, and what it is."""
    never: dict[str, tuple[str, str]] = field(default_factory=dict)
    either: dict[str, str] = field(default_factory=dict)
    """Decision id -> its check, where the recall was written too late to say which is right."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Check, and what else was wrong."""

    def missing(self, delivered: Mapping[str, int]) -> list[str]:
        """Ids of what has not been delivered yet."""
        return [decision for decision in self.once if not delivered.get(decision)]

    def too_late(self, decision: str) -> None:
        """The recall of this decision was written so late that it may have been delivered before."""
        self.either[decision], _ = self.never.pop(decision)

    def verdicts(self, delivered: Mapping[str, int], *, untried: str = "") -> list[Verdict]:
        """A verdict for each check of the part. `untried`: why it ended early. Checks without a problem of their own were not tried then."""
        checks = [check for check in CHECKS if check.part == self.part]
        found: dict[str, list[str]] = {check.name: [] for check in checks}
        for decision, (check, what) in self.once.items():
            if (times := delivered.get(decision, 0)) != 1:
                found[check].append(f"{what}: {'not delivered' if times == 0 else f'delivered {times} times'} ({decision})")
        for decision, (check, what) in self.never.items():
            if delivered.get(decision):
                found[check].append(f"{what}: delivered ({decision})")
        first = checks[0].name
        for decision in sorted(delivered.keys() - self.once.keys() - self.never.keys() - self.either.keys()):
            known = self.settled.get(decision)
            if known is None:
                told = f"{decision[:80]!r} was delivered: KAIROS_OUT takes one decision_id a line, and nothing like this was written"
                found[first] += [] if decision in self.before else [told]
            elif delivered[decision] > self.before.get(decision, 0):
                found[first].append(f"{known}, of an earlier part: delivered {'again ' if decision in self.before else ''}({decision})")
        late = set(self.either.values()) - {check for check, _ in self.never.values()}
        for name, problem in self.problems:
            found[name].append(problem)
        return [Verdict(each, found[each.name], untried or (LATE if each.name in late else "")) for each in checks]

    def after(self, delivered: Mapping[str, int]) -> dict[str, str]:
        """What may not be delivered after this part: what it settled, and what was settled before."""
        mine = {decision: what for decision, (_, what) in self.once.items() if delivered.get(decision)}
        unsure = dict.fromkeys(self.either, "an action that was recalled late")
        return {**self.settled, **mine, **unsure, **{decision: what for decision, (_, what) in self.never.items()}}


def delivered_in(text: str) -> Counter[str]:
    """How often each decision was delivered, from what the consumer wrote. A line without its end is still being written."""
    whole, _, _ = text.rpartition("\n")
    return Counter(line.strip() for line in whole.splitlines() if line.strip())
