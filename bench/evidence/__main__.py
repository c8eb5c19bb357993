"""`python -m bench.evidence main [--only 2,3]`: run the checks of a topic, write its JSON, print its table; exit with 1 if a claim does not hold.

`--size 500` runs sections that have a size (histories, customers, seconds) with another one, to try them: nothing is written then.
"""

import argparse
import importlib
import importlib.util
import inspect
import signal
import sys
import time
from collections.abc import Callable

from bench.report import Claim, show, write

Section = Callable[..., list[Claim]]

TOPICS: dict[str, dict[str, str]] = {
    "cluster": {
        "1 a secured broker": "bench.evidence.cluster_secured",
        "2 images": "bench.evidence.cluster_images",
        "2b a Kubernetes node": "bench.evidence.cluster_kubernetes",
        "3 state in an object store": "bench.evidence.cluster_store",
        "4 kills": "bench.evidence.cluster_kills",
        "5 upgrade and rescale": "bench.evidence.cluster_upgrade",
        "5b a spike": "bench.evidence.cluster_spikes",
        "5c alerts": "bench.evidence.cluster_alerts",
    },
    "cluster-long": {
        "3b a million customers on both backends": "bench.evidence.cluster_backends",
        "4a kills of the TaskManager": "bench.evidence.cluster_kills_long:task_manager",
        "4b kills of the broker": "bench.evidence.cluster_kills_long:broker",
        "4c kills of the heartbeat": "bench.evidence.cluster_kills_long:heartbeat",
        "4d kills of the leading JobManager": "bench.evidence.cluster_kills_long:leading_job_manager",
        "5b a spike": "bench.evidence.cluster_spikes_long",
    },
    "house": {
        "1 decisions before and after": "bench.evidence.house_decisions",
        "2 the faults, before and after": "bench.evidence.house_faults",
        "3 a newcomer finds the room": "bench.evidence.house_newcomer",
        "4 structure and prose": "bench.evidence.house_structure",
        "5 speed, before and after": "bench.evidence.house_speed",
        "5b what the tests take": "bench.evidence.house_tests",
    },
    "main": {
        "1 newcomer": "bench.evidence.newcomer",
        "2 the cart rule on a year of retail": "bench.evidence.retail",
        "3 the same decisions whatever happens": "bench.evidence.sameness",
        "4 a backlog on a busy machine": "bench.evidence.backlog",
        "4b a job that is built wrong is caught": "bench.evidence.wrong_job",
        "5 failures": "bench.evidence.failures",
        "6 broken input": "bench.evidence.broken",
        "7 control": "bench.evidence.control",
        "8 speed": "bench.evidence.speed",
    },
    "model": {
        "1 a year of retail": "bench.evidence.retail_model",
        "2 a shop whose truth is known": "bench.evidence.shop_learning",
        "3 exchanging models under traffic": "bench.evidence.exchange",
        "4 bad models": "bench.evidence.bad_models",
        "5 training and serving compute the same": "bench.evidence.skew",
        "6 speed": "bench.evidence.heavy_speed",
    },
    "models": {
        "1 intent": "bench.evidence.models_intent",
        "2 value": "bench.evidence.models_value",
        "3 uplift": "bench.evidence.models_uplift",
        "3b uplift in the shop": "bench.evidence.models_uplift_shop",
        "4 segments": "bench.evidence.models_segments",
        "5 forecast": "bench.evidence.models_forecast",
        "5b models in the running job": "bench.evidence.models_job",
        "6 funnel": "bench.evidence.models_funnel",
        "7 send time": "bench.evidence.models_timing",
        "7b fairness": "bench.evidence.models_fairness",
        "7c anomaly hold": "bench.evidence.models_anomaly",
        "7d best channel and fatigue": "bench.evidence.models_channel",
        "8 cost": "bench.evidence.models_cost",
        "8b because": "bench.evidence.models_because",
        "9 rewards": "bench.evidence.models_rewards",
    },
    "outcomes": {
        "1 attribution": "bench.evidence.outcomes_attribution",
        "1b metrics": "bench.evidence.outcomes_metrics",
        "2 lift": "bench.evidence.outcomes_lift",
        "3 bandits": "bench.evidence.outcomes_bandits",
        "3b from an outcome to changed probabilities": "bench.evidence.outcomes_seconds",
        "4 off-policy": "bench.evidence.outcomes_off_policy",
        "5 ten weeks of loyalty": "bench.evidence.outcomes_loyalty",
        "6 what it costs": "bench.evidence.outcomes_cost",
    },
    "people": {
        "1 the protocol and the laws of merging": "bench.evidence.people_model",
        "2 the running job": "bench.evidence.people_running",
        "3 variants and groups": "bench.evidence.people_variants",
        "4 erasure": "bench.evidence.people_erasure",
        "4b erasure in the running job": "bench.evidence.people_erasure_running",
        "5 what it costs": "bench.evidence.people_cost",
        "6 questions": "bench.evidence.people_requests",
    },
    "policy": {
        "1 engine and oracle": "bench.evidence.policy_oracle",
        "2 the race for the last place": "bench.evidence.policy_race",
        "3 splits": "bench.evidence.policy_splits",
        "4 clocks": "bench.evidence.policy_clocks",
        "5 from opt-out to the last send": "bench.evidence.policy_opt_out",
        "6 what it costs": "bench.evidence.policy_cost",
        "7 the shop's first week": "bench.evidence.policy_agreement",
        "7b the same week with journeys and segments": "bench.evidence.policy_stories",
    },
    "recommend": {
        "1 what finds the next item": "bench.evidence.recommend_offline",
        "2 what a list costs": "bench.evidence.recommend_lists",
        "2b lists in the running job": "bench.evidence.recommend_live",
        "3 price drop": "bench.evidence.recommend_price",
        "4 a million items": "bench.evidence.recommend_catalogue",
        "4b a million items in the running job": "bench.evidence.recommend_checkpoints",
    },
    "schedule": {
        "1 unattended": "bench.evidence.schedule",
        "2 public data": "bench.evidence.schedule_data",
        "3 rollout": "bench.evidence.rollout",
        "4 lake": "bench.evidence.lake",
    },
    "schedule-long": {"1 unattended, every ten minutes": "bench.evidence.schedule_long"},
    "world": {
        "1 stops": "bench.evidence.world_stops",
        "2 the law of record time": "bench.evidence.world_law",
        "3 recalls in the running job": "bench.evidence.world_recall",
        "4 programmes": "bench.evidence.world_programmes",
        "5 hostile events": "bench.evidence.world_hostile",
        "6 real payloads": "bench.evidence.world_payloads",
        "7 mistakes of marketers": "bench.evidence.world_mistakes",
        "8 speed and state, before and after": "bench.evidence.world_speed",
    },
}


def main() -> int:
    """Run the selected sections, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__)
    parser.add_argument("topic", choices=sorted(TOPICS))
    parser.add_argument("--only", default="", help="numbers of sections, comma-separated")
    parser.add_argument("--size", type=int, help="another size for sections that have one, to try them; nothing is written")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave every `with`, so that no stack keeps running
    wanted = set(filter(None, told.only.split(",")))
    found: dict[str, list[Claim]] = {}
    for section, module in TOPICS[told.topic].items():
        if wanted and section.split()[0] not in wanted:
            continue
        began = time.monotonic()
        print(f"\n== {section}", flush=True)
        check = _section(module)
        found[section] = check() if told.size is None or not inspect.signature(check).parameters else check(told.size)
        show(found[section])
        where = f" -> {write(told.topic, found)}" if told.size is None else ""
        print(f"({time.monotonic() - began:.0f} s){where}", flush=True)
    claims = [claim for section in found.values() for claim in section]
    print()
    show(claims)
    return 0 if all(claim.holds for claim in claims) else 1


def _section(place: str) -> Section:
    """The check of a section: `check` of its module, or another function that is named. One that is not written yet does not hold."""
    module, _, name = place.partition(":")
    if importlib.util.find_spec(module) is None:
        claim = Claim(claim=f"{module} is written", figure="it is not there yet", unit="", goal="there", holds=False)
        return lambda: [claim]
    check: Section = getattr(importlib.import_module(module), name or "check")
    return check


if __name__ == "__main__":
    sys.exit(main())
