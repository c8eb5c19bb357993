"""The whole round of a bandit on a cluster: decisions and outcomes are counted, what was learned is published, and the next decisions use it."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from jobs.arms_options import ArmsOptions
from services.arms.counts import ArmCount
from services.arms.publish import Service, Topics, opened
from services.devstack import arms as running
from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from tests.cluster.deployment import MINUTE, START, Deployment, added, ordered, until

pytestmark = [pytest.mark.cluster, pytest.mark.apart, pytest.mark.timeout(1800)]
DAY = 24 * 60 * MINUTE
CAMPAIGN = """
campaign: at-once
trigger: {event: product_added}
choose: bandit
variants:
  good: {channel: email, content: {subject: Hi, body: Hi}}
  poor: {channel: email, content: {subject: Hello, body: Hello}}
goal: {event: order_completed, within: 1d, value: revenue}
"""
USERS = 120
PATIENCE_S = 240


def expected(decisions: Sequence[dict[str, Any]], outcomes: Sequence[dict[str, Any]]) -> Counter[tuple[str, int, int]]:
    """What the arms job must count, counted plainly: (variant, epoch, whether the goal was reached) -> decisions."""
    newest: dict[str, dict[str, Any]] = {}
    for each in sorted(outcomes, key=lambda told: int(told["revision"])):
        newest[each["decision_id"]] = each
    return Counter(
        (each["variant"], each["choice"]["epoch"], int(newest[each["decision_id"]]["conversions"] > 0))
        for each in decisions
        if each["outcome"] == "acted" and newest.get(each["decision_id"], {}).get("status") == "final"
    )


def counted(counts: Sequence[ArmCount]) -> Counter[tuple[str, int, int]]:
    found = Counter[tuple[str, int, int]]()
    for each in counts:
        found[each.variant, each.epoch, 1] += each.conversions
        found[each.variant, each.epoch, 0] += each.exposures - each.conversions
    return +found


def caught_up(service: Service, wanted: Counter[tuple[str, int, int]]) -> bool:
    service.read()
    return counted(service.learner.counts.of("at-once")) == wanted


def test_what_decisions_came_to_changes_the_next_ones_and_a_start_without_state_is_no_reset(
    stack: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    deployment = Deployment.new(stack, tmp_path_factory.mktemp("arms"), parallelism=2)
    (deployment.folder / "cart.yaml").write_text(CAMPAIGN)
    deployment.end_others()
    submit(deployment.options, load(stack.home), campaigns=[deployment.folder], restore="none")
    options, name = deployment.options, deployment.options.deployment
    counts = f"{name}-arm-counts"
    told = ArmsOptions(
        brokers=stack.brokers,
        deployment=name,
        decisions_topic=options.topics["decisions"],
        outcomes_topic=options.topics["outcomes"],
        counts_topic=counts,
        checkpoint_interval_ms=1_000,
    )
    running.submit(told, load(stack.home))

    deployment.send([added(f"user-{n}", START + n) for n in range(USERS)])
    deployment.beat(START + MINUTE)
    first = deployment.decisions(count=USERS, seconds=PATIENCE_S)
    assert {(each["choice"]["epoch"], each["probability"]) for each in first} == {(0, 0.5)}
    buyers = [each["user_id"] for number, each in enumerate(first) if number % (2 if each["variant"] == "good" else 10) == 0]
    deployment.send([ordered(user, START + 2 * MINUTE) for user in buyers])
    deployment.beat(START + 2 * DAY)
    outcomes = deployment.read(options.topics["outcomes"], count=USERS + len(buyers), seconds=PATIENCE_S)

    with opened(stack.brokers, Topics(control=options.control_topic, counts=counts, arms=options.arms_topic)) as service:
        wanted = expected(first, outcomes)
        until(lambda: caught_up(service, wanted), seconds=PATIENCE_S)
        (news,) = service.publish(now=int(time.time() * 1000))
        assert service.publish(now=int(time.time() * 1000)) == [], "what has not changed is not published again"
    assert news.exposures == USERS

    began = time.monotonic()
    later = START + 3 * DAY
    deployment.send([added(f"late-{n}", later + n) for n in range(40)], per_second=20)
    deployment.beat(later + MINUTE)
    second = deployment.decisions(count=USERS + 40, seconds=PATIENCE_S)[USERS:]
    known = [each for each in second if each["choice"]["epoch"] == news.epoch]
    print(f"probabilities {known[-1]['choice']['probabilities']} in force within {time.monotonic() - began:.1f} s")
    assert known, "what was learned has reached the job"
    assert known[-1]["choice"]["probabilities"]["good"] > 0.9

    # A start without state counts from the beginning again, and comes to the same.
    running.submit(told, load(stack.home), restore="none")
    with opened(stack.brokers, Topics(control=options.control_topic, counts=counts, arms=options.arms_topic)) as service:
        assert service.publish(now=int(time.time() * 1000)) == []
        assert service.learner.published["at-once"] == news
        time.sleep(5)
        service.read()
        assert service.publish(now=int(time.time() * 1000)) == [], "while it counts again, nothing goes back"
