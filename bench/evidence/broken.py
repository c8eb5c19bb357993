"""Claim 6: a hundred thousand broken inputs between good ones. Each is refused with its reason, each good one decided, nothing restarts.

Ten thousand more are broken in part: they are processed, and a sample of what was set aside is reported.
"""

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from itertools import chain
from random import Random
from typing import Any

import fastavro

from bench.evidence.customers import CAMPAIGNS, MINUTE, SPAN, START, Expected, Story, stories
from bench.evidence.garbage import MARKER, Broken, Sender
from bench.evidence.watch import Seen, watch
from bench.lab import Lab, lab, send_all
from bench.report import ROOT, Claim, at_least, exactly, measured
from services.heartbeat.beat import beat
from services.kafka.client import producer

SEED = 6
BROKEN = 100_000
PARTLY = 10_000
CUSTOMERS = 5_000
KEPT = 65_536
"""How many bytes of a refused record `rejected` holds."""
SECONDS = 900.0


def check() -> list[Claim]:
    """Send both mixed in order of time, move time on, and hold every record on `decisions`, `actions.email` and `rejected` to what was sent."""
    random = Random(SEED)
    avro = _avro_writer()
    good = list(stories(CUSTOMERS, random, avro))
    broken = _broken(random, [story.user for story in good], avro)
    partly = list(Sender(random, avro).partly_broken(PARTLY, lambda: START + random.randrange(SPAN)))
    records = [(each.key, each.value, each.at) for each in (*broken, *partly)] + [record for story in good for record in story.records]
    records.sort(key=lambda record: record[2] or START)
    expected = sorted(chain.from_iterable(story.expected for story in good))
    with lab() as stack:
        files = _campaigns(stack)
        stack.kairos("submit", "--clock", "replay", "--from", "earliest", "--partitions", "4", "--campaigns", *files)
        with watch(stack.brokers, ["decisions", "actions.email", "rejected"]) as seen:
            began = time.time()
            send_all(stack.brokers, "events", records)
            _move_time_on(stack)
            seen.until_quiet(
                lambda: len(_refused(seen.of("rejected"))) >= len(broken) and len(seen.of("actions.email")) >= len(expected), seconds=SECONDS
            )
            took = max(each.seen_at for each in seen.seen) / 1000 - began
            return [
                *_of_broken(broken, _refused(seen.of("rejected"))),
                *_of_partly_broken(partly, [each for each in seen.of("rejected") if each.value["accepted"]]),
                *_of_good(good, expected, seen.of("decisions"), seen.of("actions.email")),
                exactly("restarts of the job under broken input", stack.restarts(), "restarts", 0),
                measured("broken and good ones together, from the first sent to the last answer read", took, "s"),
                measured("the same as a rate", len(records) / took, "records/s"),
            ]


def _broken(random: Random, users: list[str], avro: Callable[[dict[str, Any]], bytes]) -> list[Broken]:
    def clock() -> int:
        return START + random.randrange(SPAN)

    sender = Sender(random, avro)
    return [*sender.broken(BROKEN, users, clock), *sender.huge(users, clock)]


def _refused(told: list[Seen]) -> list[Seen]:
    return [each for each in told if not each.value["accepted"]]


def _of_partly_broken(sent: list[Broken], told: list[Seen]) -> list[Claim]:
    """Every kind is reported with a reason and a field that are right for it, and nobody's but theirs."""
    by_bytes = {_marks(each.value): each for each in sent}
    meant = [(by_bytes.get((each.value["sha256"], each.value["length"])), each.value) for each in told]
    wrong = sum(one is None or value["reason"] not in one.reasons or value["field"] not in one.fields for one, value in meant)
    return [
        exactly(
            "kinds of partly broken input that were not reported",
            len({one.kind for one in sent} - {one.kind for one, _ in meant if one}),
            "",
            0,
        ),
        exactly("parts reported for another reason or field than theirs", wrong, "records", 0),
        measured("partly broken inputs that were reported, of those that were sent", len(told) / len(sent) * 100, "%"),
    ]


def _of_broken(sent: list[Broken], refused: list[Seen]) -> list[Claim]:
    """Every one once, by hash and length of its bytes, with a reason and a field that are right for it."""
    by_bytes: dict[tuple[str, int], list[Broken]] = {}
    for each in sent:
        by_bytes.setdefault(_marks(each.value), []).append(each)
    lost = Counter(_marks(each.value) for each in sent)
    lost.subtract(Counter((found.value["sha256"], found.value["length"]) for found in refused))
    wrong: Counter[str] = Counter()
    badly_kept = unexplained = 0
    for value in (found.value for found in refused):
        meant = by_bytes.get((value["sha256"], value["length"]), [])
        if not any(value["reason"] in one.reasons and value["field"] in one.fields for one in meant):
            wrong[f"{meant[0].kind if meant else 'unknown'}: {value['reason']} {value['field']}"] += 1
        kept = base64.b64decode(value["original"])
        whole = next((one.value or b"" for one in meant), b"")
        badly_kept += kept != whole[:KEPT] or value["truncated"] != (len(whole) > KEPT)
        unexplained += not value["message"]
    for what, count in wrong.most_common(20):
        print(f"   {count:,} x {what}", flush=True)
    return [
        at_least("broken inputs sent", len(sent), "records", BROKEN),
        at_least("kinds of broken input, one of 5 MB among them", len({each.kind for each in sent}), "kinds", 10),
        exactly("refused on `rejected`", len(refused), "records", len(sent)),
        exactly("broken inputs whose bytes are missing there, by sha256", sum(count for count in lost.values() if count > 0), "records", 0),
        exactly("records there that nobody sent broken (good ones, heartbeats)", -sum(count for count in lost.values() if count < 0), "records", 0),
        exactly("refused for another reason or field than theirs", wrong.total(), "records", 0),
        exactly("refused without a hint on how to fix it", unexplained, "records", 0),
        exactly("originals not kept to the byte, or not cut at 64 KiB", badly_kept, "records", 0),
    ]


def _of_good(good: list[Story], expected: list[Expected], decisions: list[Seen], actions: list[Seen]) -> list[Claim]:
    """Check that exactly the decisions of the stories were made, each once and with an action."""
    made = Counter(_decision(each) for each in decisions)
    wanted = Counter((each, "acted") for each in expected)
    decided, sent = (Counter(each.value["decision_id"] for each in found) for found in (decisions, actions))
    return [
        at_least("good events between them, JSON and Avro", sum(len(story.records) for story in good), "events", 15_000),
        exactly("decisions made of good events", len(decisions), "decisions", len(expected)),
        exactly("decisions missing, by the customers' stories", (wanted - made).total(), "decisions", 0),
        exactly("decisions too many", (made - wanted).total(), "decisions", 0),
        exactly("decisions without their one action, or actions without a decision", (decided - sent + (sent - decided)).total(), "", 0),
    ]


def _decision(seen: Seen) -> tuple[Expected, str]:
    value = seen.value
    return Expected(value["campaign"], value["user_id"], value["at"], value["trigger_event_id"] or ""), value["outcome"]


def _marks(value: bytes | None) -> tuple[str, int]:
    return hashlib.sha256(value or b"").hexdigest(), len(value or b"")


def _campaigns(stack: Lab) -> list[str]:
    folder = stack.home / "campaigns-of-the-check"
    folder.mkdir()
    for name, text in CAMPAIGNS.items():
        (folder / f"{name}.yaml").write_text(text)
    return [str(path) for path in sorted(folder.iterdir())]


def _move_time_on(stack: Lab) -> None:
    sender = producer(stack.brokers)
    try:
        beat(sender, "events", at=START + SPAN + 180 * MINUTE)
    finally:
        sender.close()


def _avro_writer() -> Callable[[dict[str, Any]], bytes]:
    """Single-object encoding as the specification has it, from the published schema alone."""
    document = json.loads((ROOT / "schemas" / "event.avsc").read_text())
    mark = bytes.fromhex(fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(document), "CRC-64-AVRO"))
    schema = fastavro.parse_schema(document)

    def write(event: dict[str, Any]) -> bytes:
        body = BytesIO(MARKER + mark)
        body.seek(0, 2)
        fastavro.schemaless_writer(body, schema, event)
        return body.getvalue()

    return write
