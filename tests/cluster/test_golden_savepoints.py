import shutil
from pathlib import Path

import pytest

from services.devstack.settings import Settings
from services.kafka.client import admin
from tests.golden.story import Golden, deployment, ended, halves, versions

pytestmark = [pytest.mark.cluster, pytest.mark.apart]


@pytest.mark.parametrize("version", versions())
def test_a_savepoint_of_an_earlier_version_restores_and_goes_on_to_the_same_decisions(stack: Settings, tmp_path: Path, version: str) -> None:
    golden, told = Golden.read(version), deployment(stack, tmp_path)
    before, after, owed = halves()
    with_topics = admin(told.options.brokers)
    try:
        if known := [topic for topic in with_topics.list_topics() if topic.startswith("golden-")]:
            with_topics.delete_topics(known)
    finally:
        with_topics.close()
    told.submit(restore="none", start="latest")  # topics and campaigns as they were
    told.send(before)
    told.beat(before[-1]["at"])  # the savepoint knows how many records it has read of each partition
    copy = tmp_path / "savepoint"
    shutil.copytree(golden.savepoint, copy)
    told.end_all()
    restored = told.submit(restore=str(copy)).restored
    assert restored == copy
    told.send(after)
    expected = sorted(set(owed.items()) - set(golden.decided))
    assert golden.decided, "some were reminded before the savepoint"
    found = [each for each in ended(told, count=len(expected)) if each not in golden.decided]
    assert found == expected, "carts, timers and campaigns are all in it"
