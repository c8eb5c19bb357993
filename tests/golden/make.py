"""Make a golden savepoint: play the first half of the story on a cluster, save, go on from it with the second half, and see that all of it is as it
has to be."""

import base64
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from services.control.records import ControlRecord
from services.control.send import send as send_control
from services.devstack import state
from services.devstack.settings import load
from services.flink.rest import Rest
from tests.golden import halfway, local, parts, states, world
from tests.golden.kept import HERE, State, Story, Topic, keep
from tests.golden.running import SETTLED_S, Cluster
from tests.golden.savepoint import Entry, entries
from udfs.core.records import Decision
from udfs.operators.stored import is_tied, read, untied

KEPT_OPTIONS = ("channels", "link_ids", "partitions")

Say = Callable[[str], None]


class NotGolden(Exception):
    """The run is not one from which a savepoint may be kept."""


def make(cluster: Cluster, version: str, *, folder: Path, say: Say) -> int:
    """Make it and keep it; returns its size in bytes. `folder`: for what is needed on the way. Raises NotGolden."""
    savepoint = folder / "savepoint"
    _first_half(cluster, into=savepoint, say=say)
    topics = cluster.held()
    found = entries(savepoint)
    say(f"saved: {len({each.key for each in found})} keys")
    _require_profiles(found, local.saved().job.profiles)
    _require_parts(found)
    story = _second_half(cluster, Path(shutil.copytree(savepoint, folder / "copy")), topics, version=version)
    say(f"restored, and {len(story.after)} events later: {sum(map(len, story.said.values()))} records")
    kept = [_state(each) for each in [*found, Entry(halfway.NAME, states.TIES, halfway.blob())]]
    return keep(story, kept, savepoint, models=local.folder())


def _first_half(cluster: Cluster, *, into: Path, say: Say) -> None:
    """`into`: where the savepoint goes."""
    first, now = local.saved(), int(time.time() * 1000)
    documents = world.documents(local.folder())
    cluster.clear()
    cluster.send("control", [(now, each.key.encode(), each.value) for each in documents])
    job = cluster.submit().job
    say("the job runs")
    later = [ControlRecord(key=each.key, value=each.value) for each in world.said_later(len(documents))]
    send_control(cluster.options.brokers, cluster.options.control_topic, later, audited=False)
    cluster.send("arms", [(now, each.key.encode(), each.value) for each in world.learned()])
    time.sleep(SETTLED_S)
    cluster.tell(first.sent, until=local.SAVED_AT)
    cluster.wait({cluster.topic("decisions"): sum(isinstance(each, Decision) for each in first.outputs)})
    options = cluster.options
    shutil.copytree(
        str(state.stop_with_savepoint(Rest(cluster.settings.rest), job, load(cluster.settings.home), identity=options.identity)),
        into,
    )


def _second_half(cluster: Cluster, savepoint: Path, topics: Mapping[str, Topic], *, version: str) -> Story:
    whole, since = local.played(), cluster.ends()
    cluster.submit(restore=str(savepoint))
    cluster.tell(whole.after, until=local.ENDS)
    decided = Counter(_named(each) for each in whole.outputs if isinstance(each, Decision))
    cluster.wait({cluster.topic("decisions"): decided.total()}, since=since)
    said = cluster.said(since=since)
    require_same(decided, Counter(map(_named_in, said[cluster.topic("decisions")])))
    return Story(
        version=version,
        options={name: getattr(cluster.options, name) for name in KEPT_OPTIONS},
        topics={name: _elsewhere(topic) for name, topic in topics.items()},
        after=[(each.at, each.key, each.value) for each in whole.after],
        ends=local.ENDS,
        said=said,
    )


def _elsewhere(topic: Topic) -> Topic:
    """Without the folder of the model: it is another one wherever the savepoint is restored."""
    here = local.folder().as_uri().encode()
    return Topic(topic.ends, [each if each.value is None else replace(each, value=each.value.replace(here, HERE)) for each in topic.records])


def _state(entry: Entry) -> State:
    encoded = base64.b64encode(entry.value).decode()
    return State(key=entry.key, kind=entry.kind, stored=encoded, means=states.meaning(entry.kind, entry.value))


def _require_profiles(found: Sequence[Entry], profiles: Mapping[str, bytes]) -> None:
    """The savepoint holds the customers of the same story in one process: then nothing of the run depended on chance, and all of it was read."""
    saved = {each.key: read(untied(each.value))[1] for each in found if each.kind == states.USER and not is_tied(each.value)}
    if lines := differences(profiles, {key: blob or b"" for key, blob in saved.items()}):
        message = "\n".join(["the savepoint is not what the same story leaves in one process:", *lines])
        raise NotGolden(message)


def differences(profiles: Mapping[str, bytes], saved: Mapping[str, bytes]) -> list[str]:
    """Where the customers of a savepoint are others than those of a job in one process."""
    lines = [f"{key}: not in the savepoint" for key in sorted(profiles.keys() - saved.keys())]
    lines += [f"{key}: in the savepoint only" for key in sorted(saved.keys() - profiles.keys())]
    for key in sorted(profiles.keys() & saved.keys()):
        if (blob := saved[key]) != profiles[key]:
            then, now = (parts.told(parts.opened(each)) for each in (profiles[key], blob))
            lines += [f"{key}{line}" for line in parts.missing(then, now)] or [f"{key}: other bytes of the same meaning"]
    return lines


def _require_parts(found: Iterable[Entry]) -> None:
    held: set[str] = set(parts.of(halfway.ties()))
    for entry in found:
        for each in states.held(entry.kind, entry.value):
            held |= {*parts.of(each)}
    missing = {each for each in parts.of_types() if not each.startswith("aggregate ")} - held - parts.NOT_IN_THE_STORY.keys()
    if missing:
        message = f"the savepoint holds nothing of {sorted(missing)}"
        raise NotGolden(message)


def require_same(expected: Counter[Any], found: Counter[Any]) -> None:
    """Nothing is lost, doubled or otherwise decided. Raises NotGolden."""
    lines = [f"lost: {each}" for each in (expected - found).elements()] + [f"not expected: {each}" for each in (found - expected).elements()]
    if lines:
        message = "\n".join(["the restored job decides otherwise than the same story in one process:", *lines])
        raise NotGolden(message)


def _named(decision: Decision) -> tuple[Any, ...]:
    return decision.decision_id, decision.attempt, decision.user_id, decision.campaign, decision.outcome.value, decision.reason.value, decision.at


def _named_in(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("decision_id", "attempt", "user_id", "campaign", "outcome", "reason", "at"))
