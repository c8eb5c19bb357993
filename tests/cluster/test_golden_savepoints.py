"""Every golden savepoint restores in the job of today, which goes on to what the job of its version has decided."""

from pathlib import Path

import pytest

from services.devstack.settings import Settings
from tests.golden import kept
from tests.golden.running import Cluster, differences, options_of

pytestmark = pytest.mark.cluster
MEANT: dict[str, tuple[str, ...]] = {}
"""By version, the differences that are meant, as the test names them. Each is in the changelog, with its reason."""


@pytest.mark.parametrize("version", kept.versions())
def test_a_savepoint_of_an_earlier_version_goes_on_to_the_same_decisions(stack: Settings, tmp_path: Path, version: str) -> None:
    golden = kept.story(version)
    cluster = Cluster(stack, options_of(stack, golden.options))
    cluster.clear()
    cluster.fill(golden.topics, models=kept.FOLDER / version)
    savepoint = kept.unpack(version, tmp_path)
    assert cluster.submit(restore=str(savepoint)).restored == savepoint
    assert not any(cluster.said().values()), "what was read before the savepoint is not read again"
    cluster.tell(golden.after, until=golden.ends)
    cluster.wait({topic: len(expected) for topic, expected in golden.said.items()})
    found = cluster.said()
    assert found.keys() >= golden.said.keys(), "a topic that was written is no longer written"
    lines = {f"{topic}: {line}" for topic, expected in golden.said.items() for line in differences(expected, found[topic])}
    assert sorted(lines) == sorted(MEANT.get(version, ())), "what is meant to differ belongs into MEANT, and into the changelog; all else is a loss"
