"""A recommender's file: learned, registered and published, by hand and by a schedule."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.control.pointers import RECOMMENDER, Pointer
from services.documents import recommend_shape as shape
from services.documents.findings import BadFile
from services.documents.recommend_shape import MEASURES, STRATEGIES
from services.model_versions.folder import Registry
from services.recommend.local import recommender_of
from tests.training.recommend.worlds import clusters, shop
from training.errors import TrainingError
from training.recommend import registered, split
from training.recommend.config import RecommendConfig, read_recommend
from training.recommend.measures import OF_RANKS
from training.recommend.strategies.all import NAMES
from training.schedule.alerts import Alerts
from training.schedule.plan import read_plan
from training.schedule.runner import Runner
from training.schedule.state import Memory
from udfs.core.items.published import Published

FILE = """
recommend: shop-recommender
history: {file: events.jsonl}
strategies: [item-to-item]
registry: registry
store: files
runs: runs
"""
SCHEDULE = """
schedule: shop
jobs:
  - {recommend: recommend.yaml, every: daily, at: "03:00"}
state: state
"""


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return shop(tmp_path_factory.mktemp("history") / "events.jsonl", clusters(120, 30)).read_bytes()


@pytest.fixture
def config(tmp_path: Path, events: bytes) -> Callable[..., RecommendConfig]:
    (tmp_path / "events.jsonl").write_bytes(events)

    def written(more: str = "") -> RecommendConfig:
        (tmp_path / "recommend.yaml").write_text(FILE + more)
        return read_recommend(tmp_path / "recommend.yaml")

    return written


@pytest.mark.slow
def test_a_schedule_learns_and_registers_it_in_a_process_of_its_own(tmp_path: Path, config: Callable[..., RecommendConfig]) -> None:
    config()
    (tmp_path / "schedule.yaml").write_text(SCHEDULE)
    plan = read_plan(tmp_path / "schedule.yaml")
    (job,) = plan.jobs.values()
    said: list[str] = []
    runner = Runner(plan, Memory(plan.state), Alerts("shop", say=said.append))
    runner.run(job, "due")
    (record,) = Memory(plan.state).runs()
    assert (job.name, record.status, record.run) == ("shop-recommender", 0, "0001"), said
    version = Registry(tmp_path / "registry").holder("shop-recommender", "challenger")
    assert version is not None and version.version == record.version
    found = recommender_of(tmp_path / "runs" / "shop-recommender" / "0001")
    assert (found.version, found.count) == (record.version, 30)
    assert (tmp_path / "files" / f"{version.manifest['sha256']}.krec").is_file()
    assert json.loads(version.read("evaluation.json") or b"")["strategies"]["item-to-item"]["NDCG@10"] == version.manifest["evaluation"]["NDCG@10"]
    assert any("is challenger" in line for line in said) and any("trained version" in line for line in said)


@pytest.mark.slow
def test_a_champion_is_published_before_the_registry_calls_it_so(config: Callable[..., RecommendConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, Published]] = []

    def published(self: Pointer, brokers: str, topic: str, version: Published, **_: Any) -> None:
        assert self is RECOMMENDER
        sent.append((brokers, topic, version))

    monkeypatch.setattr(Pointer, "publish", published)
    read = config("alias: champion\ncontrol_topic: control.shop\n")
    assert "used from now on" in registered.run(read, brokers="kafka:1", tell=lambda _: None)
    ((brokers, topic, version),) = sent
    champion = Registry(read.registry).holder("shop-recommender", "champion")
    assert (brokers, topic) == ("kafka:1", "control.shop")
    assert champion is not None and version.layers[0].sha256 == champion.manifest["sha256"]

    def down(*_: Any, **__: Any) -> None:
        problem = "Kafka does not answer"
        raise TrainingError(problem)

    monkeypatch.setattr(Pointer, "publish", down)
    other = config("alias: champion\nevents: [product_viewed]\nseed: 1\n")
    with pytest.raises(TrainingError, match="does not answer"):
        registered.run(other, brokers="kafka:1", tell=lambda _: None)
    held = Registry(read.registry).holder("shop-recommender", "champion")
    assert held is not None and held.version == champion.version


def test_what_stays_behind_the_gate_is_not_registered(config: Callable[..., RecommendConfig]) -> None:
    read = config("gate: {NDCG@10: 0.99}\n")
    with pytest.raises(TrainingError, match=r"stays behind the gate: NDCG@10 0\.\d+, not 0\.99"):
        registered.run(read, brokers=None, tell=lambda _: None)
    assert Registry(read.registry).models() == []


def test_the_file_that_ships_is_read() -> None:
    read = read_recommend(Path(__file__).parents[3] / "docs" / "examples" / "recommend" / "recommend.yaml")
    assert (read.name, read["alias"], read.asked(Path("x")).names) == ("shop-recommender", "champion", ["item-to-item", "trending"])


def test_a_file_may_name_what_there_is_to_name() -> None:
    assert set(STRATEGIES) == set(NAMES) and shape.PROTOCOLS == split.PROTOCOLS and set(MEASURES) <= set(OF_RANKS)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ("{recommend: recommend.yaml, train: x.yaml, every: daily}", "says `train` and `recommend`"),
        ("{every: daily}", "says none of `train`, `recommend`, `check` and `membership`"),
        ("{recommend: recommend.yaml, every: daily, rows: 100}", "this is a recommender"),
        ("{recommend: recommend.yaml}", "is never due"),
        ("{recommend: missing.yaml, every: daily}", "missing.yaml"),
        ("{recommend: bad.yaml, every: daily}", "evaluate"),
    ],
)
def test_jobs_that_cannot_be_are_refused_with_their_line(tmp_path: Path, config: Callable[..., RecommendConfig], job: str, why: str) -> None:
    config()
    (tmp_path / "bad.yaml").write_text("recommend: shop\nevaluate: by-luck\n")
    (tmp_path / "schedule.yaml").write_text(f"schedule: shop\njobs:\n  - {job}\n")
    with pytest.raises(BadFile) as refused:
        read_plan(tmp_path / "schedule.yaml")
    assert why in str(refused.value)
