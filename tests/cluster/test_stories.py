"""Journeys and segments in the running job: waits and changes that only time brings, by timers of Flink; who comes and goes stands on `segments`."""

import pytest

from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from tests.cluster.deployment import MINUTE, START, Deployment, added, ordered

pytestmark = pytest.mark.cluster
DAY = 24 * 60 * MINUTE
SEGMENTS = """
segments:
  - {segment: fresh, when: 'seen("order_completed", "2d")'}
"""
STORY = """
campaign: thanks
trigger: {enters: fresh}
steps:
  - {send: now}
  - {id: pause, wait: 1d, leave_on: [product_added]}
  - {send: later}
variants:
  now: {channel: email, content: {body: Thanks}}
  later: {channel: email, content: {body: And now}}
"""


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    running = Deployment.new(stack, tmp_path_factory.mktemp("stories"), parallelism=2)
    (running.folder / "segments.yaml").write_text(SEGMENTS)
    (running.folder / "thanks.yaml").write_text(STORY)
    running.end_others()
    submit(running.options, load(stack.home), campaigns=[running.folder], restore="none")
    return running


def test_a_story_begins_with_a_segment_goes_on_by_itself_and_is_left_for_a_cart(deployment: Deployment) -> None:
    deployment.send([ordered("ada", START), ordered("ben", START + MINUTE), added("ben", START + MINUTE + DAY // 2)])
    deployment.beat(START + 4 * DAY)
    told = deployment.decisions(count=4)  # one of them about the cart
    thanks = sorted((each["user_id"], each["at"], each["variant"]) for each in told if each["campaign"] == "thanks")
    assert thanks == [("ada", START, "now"), ("ada", START + DAY, "later"), ("ben", START + MINUTE, "now")]
    assert len({each["decision_id"] for each in told}) == len(told)
    changes = [(each["user_id"], each["segment"], each["change"]) for each in deployment.read(deployment.options.topics["segments"], count=4)]
    assert sorted(changes) == [(user, "fresh", change) for user in ("ada", "ben") for change in ("entered", "left")]
