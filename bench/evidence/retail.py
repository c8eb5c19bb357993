"""Claim 2: over a year of real retail the cart rule acts exactly when a naive script says, in the cluster and in `kairos try` alike."""

import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from bench.evidence.replays import ABANDON, CAMPAIGN, differences, replayed
from bench.lab import KAIROS
from bench.oracle import acts
from bench.public_data import RETAIL
from bench.report import Claim, at_least, exactly, measured


def check() -> list[Claim]:
    """The cluster at four partitions, then one process."""
    run = replayed(parallelism=1)
    missing, extra, doubled = differences(run)
    return [
        measured("cluster: events replayed, 4 partitions, as fast as it goes", run.events, "events"),
        measured("cluster: from first event sent to last decision committed", run.seconds, "s"),
        measured("cluster: events/s end to end, generating them included", run.events / run.seconds, "events/s"),
        at_least("cluster: carts acted on", len(run.acted), "decisions", 1_000),
        exactly("cluster: acts the naive script expects, missing", missing, "decisions", 0),
        exactly("cluster: acts it does not expect", extra, "decisions", 0),
        exactly("cluster: acts made twice", doubled, "decisions", 0),
        exactly("cluster: events rejected", run.rejected, "records", 0),
        *_in_one_process(set(run.acted)),
    ]


def _in_one_process(cluster: set[tuple[str, int]]) -> list[Claim]:
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        command = [KAIROS, "replay", "--source", "online-retail", RETAIL, "--abandon", ABANDON, "--out", events]
        subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)
        began = time.monotonic()
        tried = subprocess.run([str(KAIROS), "try", str(events), "--campaigns", str(CAMPAIGN), "--json"], check=True, capture_output=True, text=True)
        seconds = time.monotonic() - began
        with events.open() as lines:
            expected = {(act.user, act.due) for act in acts(json.loads(line, parse_float=Decimal) for line in lines)}
    decisions = [json.loads(line) for line in tried.stdout.splitlines()]
    acted = [(decision["user_id"], decision["at"]) for decision in decisions if decision["outcome"] == "acted"]
    return [
        measured("kairos try: the same year in one process", seconds, "s"),
        exactly("kairos try: acts missing or extra by the naive script", len(expected ^ set(acted)), "decisions", 0),
        exactly("kairos try: acts made twice", len(acted) - len(set(acted)), "decisions", 0),
        exactly("kairos try: acts that differ from the cluster's", len(cluster ^ set(acted)), "decisions", 0),
    ]
