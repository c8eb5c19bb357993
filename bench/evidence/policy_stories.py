"""Claim 7 of policy, second half: over the same week `kairos try` and the cluster give the same results, including journeys and segments.

The campaigns are the shipped ones, with segments and a campaign that one of them triggers; time goes on until customers who ordered have been away
for 60 days. The naive oracle knows no journeys, so here two are compared that share the engine and nothing else: in one process, and in Flink.
"""

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import campaigns
from bench.evidence.policy_agreement import POLICY, apart, lived
from bench.lab import KAIROS, lab
from bench.report import Claim, at_least, exactly

DRAIN = "62d"
SEGMENTS = """\
segments:
  - {segment: buyers, when: 'seen("order_completed", "30d")'}
  - {segment: engaged, when: views_7d >= 12 and not in_segment("buyers")}
"""
ENGAGED = """\
campaign: engaged
trigger: {enters: engaged}
entry: {again: 7d}
variants: {only: {channel: [push, email], content: {title: You look around, subject: You look around, body: Need help?}}}
"""
THANKS = """\
campaign: thanks
trigger: {event: order_completed, unless: [unsubscribed]}
entry: {once_per: event.order_id, concurrent: 2}
steps:
  - {send: thanks}
  - {id: unpacking, wait: 2d, leave_on: [order_completed]}
  - branch:
      when: opened("thanks")
      then: [{send: review}]
      else: [{id: later, wait: 1d}, {send: reminder}]
variants:
  thanks: {channel: [email, push], content: {subject: Thanks, title: Thanks, body: We pack it now}}
  review: {channel: email, content: {subject: How is it, body: Tell us}}
  reminder: {channel: [push, email], content: {subject: How is it, title: How is it, body: Tell us}}
"""
COMPARED = ("decisions", "segments")


def check() -> list[Claim]:
    """Decisions, messages and changes of segments, record by record."""
    with tempfile.TemporaryDirectory() as name:
        folder, history = Path(name) / "campaigns", Path(name) / "week.jsonl"
        shutil.copytree(Path(campaigns.__file__).parent, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        (folder / "segments.yaml").write_text(SEGMENTS)
        (folder / "engaged.yaml").write_text(ENGAGED)
        (folder / "thanks.yaml").write_text(THANKS)
        (folder / "policy.yaml").write_text(POLICY)
        lived(history, [folder])
        tried, ran = _tried(history, folder), _in_cluster(history, folder)
    by_campaign = Counter(json.loads(value)["campaign"] for topic, value in tried.elements() if topic == "decisions")
    print("   " + ", ".join(f"{campaign} {count:,}" for campaign, count in by_campaign.most_common()), flush=True)
    return [
        at_least("shipped and other campaigns that decided in that week and the 60 days after it", len(by_campaign), "campaigns", 8),
        at_least("decisions of a journey among them", by_campaign["thanks"], "decisions", 200),
        at_least("changes of segments", sum(topic == "segments" for topic, _ in tried.elements()), "records", 500),
        exactly(
            "records in which the cluster at parallelism 2 differs from `kairos try`: decisions, messages, segments",
            apart(tried, ran),
            "records",
            0,
        ),
    ]


def _tried(history: Path, folder: Path) -> Counter[tuple[str, str]]:
    command = [KAIROS, "try", history, "--ids-apart", "--campaigns", folder, "--drain", DRAIN, "--records"]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return _comparable((told["topic"], told["value"]) for told in map(json.loads, done.stdout.splitlines()))


def _in_cluster(history: Path, folder: Path) -> Counter[tuple[str, str]]:
    with lab() as stack:
        stack.kairos(
            "submit", "--clock", "replay", "--from", "earliest", "--parallelism", "2", "--campaigns", folder, "--policy", folder / "policy.yaml"
        )
        stack.kairos("replay", history, "--drain", DRAIN)
        actions = [f"actions.{channel}" for channel in ("email", "push", "sms", "onsite", "in_app", "webhook")]
        return _comparable((topic, value) for topic, _, value in stack.records(*COMPARED, *actions))


def _comparable(records: Iterable[tuple[str, Mapping[str, Any]]]) -> Counter[tuple[str, str]]:
    """Records without the wall clock's time."""
    return Counter(
        (topic, json.dumps({name: each for name, each in value.items() if name != "decided_at"}, sort_keys=True))
        for topic, value in records
        if topic in COMPARED or topic.startswith("actions.")
    )
