"""Claim 7: a published change is live within a second, a broken one is refused and the last good one stays, a removed one stays removed."""

import hashlib
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.admin import ConfigResource

from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import CheckFailed, Lab, lab, send_all
from bench.report import Claim, at_least, at_most, exactly, measured
from services.kafka import client as kafka

CHANGES = 10
"""Changes published under each guarantee."""
SECOND = 1000.0
QUIET_S = 3.0
"""How long a campaign must be silent, while another one shows that the job decides."""
EVENTS = {
    "Product Viewed": {"product_id": "tent"},
    "Page Seen": {},
    "Product Clicked": {"product_id": "tent"},
    "Products Searched": {"query": "tent"},
}
CAMPAIGNS = {"greeting": "product_viewed", "pulse": "page_seen", "fading": "product_clicked", "gone-by-night": "products_searched"}
"""Each campaign has its own event. `pulse` is never changed: its decisions show that the job works."""
COMPACT_NOW = {"segment.ms": "100", "min.cleanable.dirty.ratio": "0", "delete.retention.ms": "0", "max.compaction.lag.ms": "100"}
DOCUMENT = b'{"kind": "campaign", "name": "greeting", "version": "x", "status": "live", "document": %s}'
NOBODY_TAKES = {
    "no JSON": (b"campaign/greeting", b"greeting: broken"),
    "no UTF-8": (b"campaign/greeting", b'{"kind": "campaign", "name": "\xff"}'),
    "no document": (b"campaign/greeting", b'{"kind": "campaign", "name": "greeting", "version": "x"}'),
    "no campaign": (b"campaign/greeting", DOCUMENT % b'{"campaign": "greeting", "trigger": {"sometimes": 1}}'),
    "another campaign": (b"campaign/greeting", DOCUMENT % b'{"campaign": "pulse", "trigger": {"event": "page"}}'),
    "no features": (b"features", b'{"kind": "features", "name": "features", "version": "x", "document": {"features": "all"}}'),
    "a key nobody knows": (b"compaign/greeting", b"{}"),
    "an empty key": (b"", b"x"),
}
"""Broken records of control, which can only be sent by bypassing the command."""


def check() -> list[Claim]:
    """One deployment from its first publish to its third restore."""
    with lab() as stack:
        shop = Shop(stack)
        claims = [*shop.changes("at-least-once"), *shop.changes("exactly-once"), *shop.refusals()]
        with shop.open() as seen:
            claims += [*shop.pause(seen), *shop.broken_records(seen), *shop.remove(seen)]
        return [*claims, *shop.restore(), *shop.removed_by_night()]


class Shop:
    """A deployment under test, its files, and the versions of its changing campaign in the order of their publishing."""

    def __init__(self, stack: Lab) -> None:
        self.stack = stack
        self.folder = stack.home / "campaigns-of-the-check"
        self.folder.mkdir()
        self.versions: list[str] = []
        for name in CAMPAIGNS:
            self.write(name, "as at first")

    def write(self, name: str, words: str, *, event: str = "") -> str:
        """Write a campaign's file, and return its path."""
        path = self.folder / f"{name}.yaml"
        path.write_text(
            f"campaign: {name}\ntrigger: {{event: {event or CAMPAIGNS[name]}}}\nvariants:\n"
            f'  only: {{channel: [email], content: {{subject: "Hello", body: "{words}"}}, offer: {{percent: {len(self.versions) + 1}}}}}\n'
        )
        return str(path)

    @contextmanager
    def open(self) -> Iterator[Watch]:
        """Send visitors, and watch all answers."""
        with traffic(self.stack.brokers, EVENTS, per_second=100), watch(self.stack.brokers, ["decisions", "rejected", "control"]) as seen:
            yield seen

    def changes(self, guarantee: str) -> list[Claim]:
        """Publish change after change, each timed from its record on control to the first decision by it that can be read."""
        files = [str(path) for path in sorted(self.folder.glob("*.yaml"))]
        self.stack.kairos("submit", "--clock", "live", "--guarantee", guarantee, *([] if self.versions else ["--campaigns", *files]))
        took, decided, began = [], [], time.time() * SECOND
        with self.open() as seen:
            seen.first(lambda each: acted(each, "greeting") and each.value["decided_at"] > began, what="a first greeting")
            for _ in range(CHANGES):
                version = self.publish("greeting", f"take {len(self.versions)}")
                record = seen.first(lambda each, version=version: each.topic == "control" and each.value.get("version") == version, what=version)  # type: ignore[misc]
                answer = seen.first(lambda each, version=version: each.value.get("campaign_version") == version, what=f"a decision by {version}")  # type: ignore[misc]
                took.append(answer.seen_at - record.written_at)
                decided.append(answer.value["decided_at"] - record.written_at)
            time.sleep(1)
            returned = self.returned(seen)
        print(f"   {guarantee}: ms to the first decision read {[round(ms) for ms in took]}, made {[round(ms) for ms in decided]}", flush=True)
        return [
            at_most(f"{guarantee}: from a published change to the first decision by it that is read, longest of {CHANGES}", max(took), "ms", SECOND),
            measured(f"{guarantee}: the same, median", statistics.median(took), "ms"),
            measured(f"{guarantee}: until that decision was made, median", statistics.median(decided), "ms"),
            exactly(f"{guarantee}: decisions by an older version after one by a newer for the same customer", returned, "decisions", 0),
        ]

    def publish(self, name: str, words: str) -> str:
        """Publish a changed file, and return the version that the command prints."""
        told = self.stack.kairos("campaigns", "publish", self.write(name, words)).stdout
        found = re.search(rf"{name}  version (\w+)", told)
        if found is None:
            message = f"`kairos campaigns publish` told no version of {name}: {told}"
            raise CheckFailed(message)
        self.versions.append(found[1])
        return found[1]

    def returned(self, seen: Watch) -> int:
        """Count decisions that go back to a version before the one that their customer already had."""
        order = {version: number for number, version in enumerate(self.versions)}
        newest: dict[str, int] = {}
        count = 0
        for each in seen.of("decisions"):
            number = order.get(each.value["campaign_version"]) if each.value["campaign"] == "greeting" else None
            if number is not None:
                count += number < newest.get(each.value["user_id"], 0)
                newest[each.value["user_id"]] = max(number, newest.get(each.value["user_id"], 0))
        return count

    def refusals(self) -> list[Claim]:
        """What the command refuses has no effect."""
        before = kafka.end_offsets(self.stack.brokers, "control")
        path = self.write("greeting", "never", event="product_viewed, becomes: session.evnts > 3")
        done = self.stack.kairos("campaigns", "publish", path, check=False)
        points = re.search(rf"{re.escape(path)}:\d+:\d+: ", done.stdout + done.stderr)
        print("   " + (done.stdout + done.stderr).strip().replace("\n", "\n   "), flush=True)
        return [
            exactly("a broken file is refused by `campaigns publish`: exit code 1", done.returncode, "exit code", 1),
            exactly("and the mistake pointed at by file, line and column", int(points is not None), "places", 1),
            exactly(
                "and nothing of it on control", sum(kafka.end_offsets(self.stack.brokers, "control").values()) - sum(before.values()), "records", 0
            ),
        ]

    def pause(self, seen: Watch) -> list[Claim]:
        """A paused campaign stops within a second; a resumed one acts within a second."""
        seen.first(lambda each: acted(each, "greeting"), what="a greeting", since=len(seen.seen))
        late = self.silent_after(seen, "greeting", "pause")
        mark = len(seen.seen)
        self.stack.kairos("campaigns", "resume", "greeting")
        record = seen.first(lambda each: each.topic == "control" and each.value.get("status") == "live", what="resumed", since=mark)
        answer = seen.first(lambda each: acted(each, "greeting"), what="a greeting after resume", since=mark)
        return [
            exactly("decisions of a paused campaign, later than a second after", late, "decisions", 0),
            at_most("from resume to its first decision that is read", answer.seen_at - record.written_at, "ms", SECOND),
        ]

    def broken_records(self, seen: Watch) -> list[Claim]:
        """What bypasses the command is refused by the job, with a reason, and the last valid one stays in force."""
        mark = len(seen.seen)
        now = int(time.time() * 1000)
        send_all(self.stack.brokers, "control", [(key, value, now) for key, value in NOBODY_TAKES.values()])
        wanted = {hashlib.sha256(value).hexdigest() for _, value in NOBODY_TAKES.values()}
        seen.until_quiet(lambda: len(seen.of("rejected", since=mark)) >= len(wanted), seconds=20)
        refused = seen.of("rejected", since=mark)
        after = len(seen.seen)
        seen.first(lambda each: acted(each, "greeting"), what="a greeting after broken records", since=after)
        time.sleep(QUIET_S)
        by = {each.value["campaign_version"] for each in seen.of("decisions", since=after) if each.value["campaign"] == "greeting"}
        right = {each.value["sha256"] for each in refused if each.value["reason"] == "BAD_CONTROL" and each.value["message"]} & wanted
        for each in refused:
            print(f"   {each.value['key']}: {each.value['field']}: {each.value['message']}", flush=True)
        return [
            exactly("broken records put straight on control, refused as BAD_CONTROL with a reason", len(right), "records", len(wanted)),
            exactly("refused more than once, or for nothing", len(refused) - len(right), "records", 0),
            exactly("versions that decide after them: the last good one", len(by ^ {self.versions[-1]}), "others", 0),
            exactly("restarts by them", self.stack.restarts(), "restarts", 0),
        ]

    def remove(self, seen: Watch) -> list[Claim]:
        """Removed, and then a TaskManager killed: the failover returns to a checkpoint, and to the job graph's book, which still has the campaign."""
        late = self.silent_after(seen, "fading", "remove")
        before = self.stack.restarts()
        killed_at = time.time() * 1000
        self.stack.kill_task_manager()
        heard = self.heard_since(seen, killed_at, "fading")
        return [
            exactly("decisions of a removed campaign, later than a second after", late, "decisions", 0),
            at_least("restarts by kill -9 of the TaskManager", self.stack.restarts() - before, "restarts", 1),
            exactly("decisions of the removed campaign after that failover", heard, "decisions", 0),
        ]

    def restore(self) -> list[Claim]:
        """`down`, `up`, `submit`: from a savepoint. The newest record of `greeting` on control is still a broken one."""
        self.stack.kairos("down")
        self.stack.start(fresh=False)
        began = time.time() * 1000
        restored = self.stack.kairos("submit", "--clock", "live").stdout
        with self.open() as seen:
            heard = self.heard_since(seen, began, "fading")
            by = {each.value["campaign_version"] for each in since(seen, began) if acted(each, "greeting")}
        return [
            exactly("restored from a savepoint, not begun afresh", int("state    from " in restored), "times", 1),
            exactly("decisions of the removed campaign after down, up and a restore", heard, "decisions", 0),
            exactly("versions of the one whose newest record is broken, but for its last good one", len(by ^ {self.versions[-1]}), "others", 0),
        ]

    def removed_by_night(self) -> list[Claim]:
        """Removed while no job runs, and compacted until control holds neither campaign nor tombstone: only the savepoint still has it."""
        self.stack.kairos("down")
        self.stack.start(fresh=False)
        self.stack.kairos("campaigns", "remove", "gone-by-night")
        took = self.compact(b"campaign/gone-by-night")
        began = time.time() * 1000
        self.stack.kairos("submit", "--clock", "live")
        with self.open() as seen:
            heard = self.heard_since(seen, began, "gone-by-night")
            killed_at = time.time() * 1000
            self.stack.kill_task_manager()
            again = self.heard_since(seen, killed_at, "gone-by-night")
            by = {each.value["campaign_version"] for each in since(seen, began) if acted(each, "greeting")}
        return [
            measured("compaction until nothing of a campaign removed while the job was down is on control", took, "s"),
            exactly("its decisions after the restore", heard, "decisions", 0),
            exactly("its decisions after a failover that follows", again, "decisions", 0),
            exactly("versions of the one whose good record is compacted away, but for its last good one", len(by ^ {self.versions[-1]}), "others", 0),
        ]

    def silent_after(self, seen: Watch, campaign: str, command: str) -> int:
        """Give the command and count what the campaign decides later than a second after the command's record."""
        mark = len(seen.seen)
        self.stack.kairos("campaigns", command, campaign)
        record = seen.first(lambda each: each.topic == "control" and each.key.endswith(campaign.encode()), what=command, since=mark)
        return self.heard_since(seen, record.written_at + SECOND, campaign)

    def heard_since(self, seen: Watch, instant: float, campaign: str) -> int:
        """Wait for a decision of `pulse` after `instant`, then a little longer; count what `campaign` decided since."""
        alive = seen.first(lambda each: acted(each, "pulse") and each.value["decided_at"] > instant, what="a sign of life", seconds=120)
        end = alive.value["decided_at"] + QUIET_S * SECOND
        seen.first(lambda each: acted(each, "pulse") and each.value["decided_at"] > end, what="another", seconds=60)
        return sum(each.value["campaign"] == campaign for each in since(seen, instant))

    def compact(self, key: bytes) -> float:
        """Have the broker compact control until no record has this key. It never touches the newest segment: more records make new ones."""
        client = kafka.admin(self.stack.brokers)
        client.alter_configs([ConfigResource("TOPIC", "control", COMPACT_NOW)])
        client.close()

        def gone() -> bool:
            self.stack.kairos("campaigns", "publish", self.folder / "pulse.yaml")
            with watch(self.stack.brokers, ["control"]) as seen:
                return bool(seen.seen) and all(each.key != key for each in seen.seen)

        return self.stack.wait(gone, what=f"compaction of {key.decode()}", seconds=240)


def acted(each: Seen, campaign: str) -> bool:
    """Whether this is an acted decision of this campaign."""
    return each.topic == "decisions" and each.value["campaign"] == campaign and each.value["outcome"] == "acted"


def since(seen: Watch, instant: float) -> list[Seen]:
    """Decisions made after an instant, epoch milliseconds."""
    return [each for each in seen.of("decisions") if each.value["decided_at"] > instant]
