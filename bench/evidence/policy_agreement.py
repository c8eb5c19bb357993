"""Claim 7 of policy: over the shop's first week `kairos try`, the cluster at parallelism 2 and the naive oracle make the same decisions."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO

from bench.lab import KAIROS, CheckFailed, lab
from bench.report import Claim, at_least, exactly, measured
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.closed_loop import DAY, live
from simulation.world import World
from tests.oracles.candidate import Verdict
from tests.oracles.play import Customer
from tests.oracles.play import World as Played
from tests.oracles.policy import Oracle
from udfs.codecs.decode import decode
from udfs.core.records import Event
from udfs.core.values.chance import lot
from udfs.core.values.instants import parse_instant

START = 1_774_483_200_000
"""2026-03-26T00:00Z: the clocks of Europe change within the week."""
CUSTOMERS = 1_500
DAYS = 7
DRAIN_DAYS = 8
CONSENTING, CHANGING = 0.85, 0.06
"""The shares of customers who give consent at their first event, and who withdraw it later."""
POLICY = """\
holdout: {share: 5%, epoch: 2026-q1, exempt: [transactional]}
quiet_hours: {from: "21:00", to: "08:00", zone: user, fallback: Europe/Berlin, then: defer}
caps:
  - {id: one-mail-a-day, channel: email, max: 1, within: 24h, then: next_channel}
  - {id: two-pushes-a-day, channel: push, max: 2, per: day, then: defer}
  - {id: six-a-week, channel: any, max: 6, per: week}
week_starts: monday
consent: {default: {marketing: deny}}
suppress:
  - {after: 2 dismissed, within: 15d, rest: 30d, scope: campaign}
"""
WORDS = {"content": {"subject": "Hello", "title": "Hello", "body": "x"}}
CAMPAIGNS: Mapping[str, Mapping[str, Any]] = {
    "cart": {
        "trigger": {"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
        "when": "cart.value > 99",
        "entry": {"once_per": "cart.id"},
        "control_group": "10%",
        "priority": 9,
        "variants": {
            "discount": {"weight": 1, "channel": ["email", "push"], **WORDS},
            "reminder": {"weight": 2, "channel": "push", "wait": "15m", **WORDS},
        },
    },
    "browsing": {
        "trigger": {"idle": "2h", "of": "browsing", "unless": ["order_completed"]},
        "entry": {"again": "12h"},
        "tags": ["browse"],
        "send": {"expires": "12h"},
        "variants": {"only": {"channel": ["push", "email"], **WORDS}},
    },
    "views": {"trigger": {"event": "product_viewed"}, "entry": {"again": "6h"}, "variants": {"only": {"channel": ["email", "onsite"], **WORDS}}},
    "receipt": {"trigger": {"event": "order_completed"}, "purpose": "transactional", "variants": {"only": {"channel": "email", **WORDS}}},
}


def check() -> list[Claim]:
    """Simulate one week with its messages, then decide it three more times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        campaigns = _written(folder)
        history = folder / "week.jsonl"
        events = lived(history, [campaigns, folder / "policy.yaml"])
        told = {"try": _tried(history, campaigns, folder / "policy.yaml"), "cluster": _in_cluster(history, campaigns, folder / "policy.yaml")}
        told["oracle"] = _by_oracle(history)
    tried = told["try"]
    ends = Counter(each.reason for each in tried.elements())
    print("   " + ", ".join(f"{reason} {count:,}" for reason, count in ends.most_common()), flush=True)
    return [
        measured(f"events of the first week of {CUSTOMERS:,} customers, receipts and consent included", events, "events"),
        at_least("decisions about them", tried.total(), "decisions", 5_000),
        at_least("different reasons among them", len(ends), "reasons", 8),
        at_least("of them deferred, and decided again", sum(each.outcome == "deferred" for each in tried.elements()), "decisions", 100),
        exactly("decisions in which the cluster at parallelism 2 differs from `kairos try`", apart(tried, told["cluster"]), "decisions", 0),
        exactly("decisions in which the oracle differs from `kairos try`", apart(tried, told["oracle"]), "decisions", 0),
        exactly("decisions in which the oracle differs from the cluster", apart(told["cluster"], told["oracle"]), "decisions", 0),
    ]


class Consenting:
    """A job whose customers also give consent. It records everything that it processes."""

    def __init__(self, job: LocalJob, file: BinaryIO) -> None:
        self._job, self._file = job, file
        self._seen: Counter[str] = Counter()
        self.events = 0

    def take(self, record: Record) -> list[Output]:
        """Process one record, after its customer's consent events."""
        user = (record.key or b"").decode()
        self._seen[user] += 1
        said = self._says(user, self._seen[user])
        outputs = self._take(Record(record.at, user.encode(), _event(user, said, record.at))) if said else []
        return outputs + self._take(record)

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """Fire the timers that are due until then."""
        return self._job.until(now)

    def _says(self, user: str, number: int) -> str | None:
        if number == 1 and lot("consents", user) < CONSENTING:
            return "consent_given"
        if number == 12 and lot("changes", user) < CHANGING:
            return "consent_withdrawn"
        return None

    def _take(self, record: Record) -> list[Output]:
        self._file.write((record.value or b"") + b"\n")
        self.events += 1
        return self._job.take(record)


def _event(user: str, name: str, at: int) -> bytes:
    event = {"type": "track", "event": name, "userId": user, "messageId": f"{name}-{user}", "timestamp": at, "properties": {"purpose": "marketing"}}
    return json.dumps(event).encode()


def _written(folder: Path) -> Path:
    (folder / "policy.yaml").write_text(POLICY)
    campaigns = folder / "campaigns"
    campaigns.mkdir()
    for name, document in CAMPAIGNS.items():
        (campaigns / f"{name}.yaml").write_text(json.dumps({"campaign": name, **document}))
    return campaigns


def lived(history: Path, files: Sequence[Path]) -> int:
    """Record everything that the job processed in that week, including receipts. Returns the number of records."""
    with history.open("wb") as file:
        job = Consenting(LocalJob(book_of(files), links_ids=False), file)
        live(World(seed=2026, start=START, customers=CUSTOMERS), job, days=DAYS, wants=())
    return job.events


def _tried(history: Path, campaigns: Path, policy: Path) -> Counter[Verdict]:
    command = [KAIROS, "try", history, "--ids-apart", "--campaigns", campaigns, "--policy", policy, "--drain", f"{DRAIN_DAYS}d", "--json"]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return Counter(_verdict(json.loads(line)) for line in done.stdout.splitlines())


def _in_cluster(history: Path, campaigns: Path, policy: Path) -> Counter[Verdict]:
    with lab() as stack:
        stack.kairos("submit", "--clock", "replay", "--from", "earliest", "--parallelism", "2", "--campaigns", campaigns, "--policy", policy)
        stack.kairos("replay", history, "--drain", f"{DRAIN_DAYS}d")
        return Counter(_verdict(value) for _, _, value in stack.records("decisions"))


def _by_oracle(history: Path) -> Counter[Verdict]:
    lives: dict[str, list[Event]] = {}
    last = 0
    with history.open("rb") as lines:
        for line in lines:
            told = json.loads(line)
            user, at = str(told.get("userId") or told["anonymousId"]), parse_instant(told["timestamp"])
            event = decode(user.encode(), line.strip(), at)
            if not isinstance(event, Event):
                message = f"the job would reject {line!r}: {event.message}"
                raise CheckFailed(message)
            lives.setdefault(event.user_id, []).append(event)
            last = max(last, at)
    end = last + DRAIN_DAYS * DAY
    with get_context("spawn").Pool(2) as pool:
        found = pool.imap_unordered(_verdicts, ((user, events, end) for user, events in lives.items()), chunksize=20)
        return Counter(_bare(verdict) for verdicts in found for verdict in verdicts)


def _verdicts(life: tuple[str, list[Event], int]) -> list[Verdict]:
    user, events, end = life
    documents: list[Mapping[str, Any]] = [{"campaign": name, **document} for name, document in CAMPAIGNS.items()]
    policy = _policy()
    customer = Customer(Played(user=user, policy=policy, campaigns=tuple(documents)))
    for event in events:
        customer.meet(event)
    oracle = Oracle(user=user, policy=policy, campaigns=documents, recalls=customer.recalls)
    for event in events:
        oracle.take(event)
    oracle.settle(end + 1)
    return oracle.verdicts


def _policy() -> dict[str, Any]:
    from ruamel.yaml import YAML

    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(POLICY)
    return loaded


def _verdict(told: Mapping[str, Any]) -> Verdict:
    kept = {name: told.get(name) for name in ("at", "campaign", "decision_id", "attempt", "outcome", "reason", "variant", "deferred_until")}
    acted = told["outcome"] in {"acted", "held_out", "control"}
    return Verdict(**kept, channel=told["channel"] if acted else None)  # type: ignore[arg-type]


def _bare(verdict: Verdict) -> Verdict:
    return Verdict(**{**asdict(verdict), "against": ()})


def apart(one: Counter[Any], other: Counter[Any]) -> int:
    """The number of records that are in only one of the two."""
    return ((one - other) + (other - one)).total()
