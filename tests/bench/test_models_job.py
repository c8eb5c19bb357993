"""The evidence of models in the running job, against the job in one process: its own reckoning of a visit is right, and it notices what is wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench import forecast_visits, segment_changes
from bench.evidence import models_job
from bench.forecast_visits import Right, Visits
from bench.report import Claim
from services.local.book import book_of
from services.local.job import LocalJob
from services.local.models import with_models
from services.replay.records import Record
from udfs.core.campaigns.book import Book
from udfs.core.records import Decision, Segment

VISITORS = 30
START = 1_772_000_000.0


class Broker:
    """Takes what is sent, at a clock that goes on by a tenth of a second with every event."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.now = START

    def time(self) -> float:
        self.now += 0.1
        return self.now

    def send(self, topic: str, *, key: bytes, value: bytes) -> None:
        assert topic == "events"
        self.records.append(Record(int(self.now * 1000), key, value))

    def flush(self) -> None:
        """Nothing waits."""

    close = flush


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setattr("bench.forecast_visits.client.producer", lambda _: made)
    monkeypatch.setattr(forecast_visits, "paced", lambda _, count: range(count))
    monkeypatch.setattr("bench.forecast_visits.time.time", made.time)
    return made


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "forecast.yaml").write_text(models_job.CAMPAIGN)
    (tmp_path / "features.yaml").write_text(json.dumps({"features": models_job.FEATURES}))
    return tmp_path


def decided(broker: Broker, book: Book) -> list[dict[str, Any]]:
    outputs = [each for made in LocalJob(book).run(iter(broker.records), drain=0) for each in made]
    return [json.loads(msgspec.json.encode(each)) for each in outputs if isinstance(each, Decision)]


def claims(broker: Broker, files: Path, *, forgets: bool = False) -> Iterator[Claim]:
    """A visit with a login and a new version; `forgets`: what was done before the login does not arrive."""
    book = book_of([files / "forecast.yaml", files / "features.yaml"])
    inputs, versions = models_job.versions(book)
    paths = [models_job.written(files, book, inputs, content) for content in versions.values()]
    visits, decisions = Visits("", VISITORS), list[dict[str, Any]]()
    visits.steps()
    visits.questions(halfway=visits.note_kill)
    visits.steps()
    if forgets:
        broker.records = [each for each in broker.records if b"anonymousId" not in each.value or b"Cart Viewed" in each.value]
    visits.logins()
    visits.steps(as_guest=True)
    visits.questions()
    told = len(broker.records)
    decisions += decided(broker, with_models(book, paths[:1]))
    visits.steps()
    visits.questions()
    newer = decided(broker, with_models(book, paths[1:]))
    late = {json.loads(each.value)["messageId"] for each in broker.records[told:]}
    decisions += [each for each in newer if each["trigger_event_id"] in late]
    return models_job.forecasts(visits, decisions, Right(versions, inputs), [*versions])


def test_what_it_reckons_of_visits_is_what_one_process_decides(broker: Broker, files: Path) -> None:
    found = list(claims(broker, files))
    assert [each for each in found if not each.holds] == []
    assert sum("whole sequence" in each.claim for each in found) == 4


def test_a_job_that_forgets_what_a_guest_did_is_found_out(broker: Broker, files: Path) -> None:
    wrong = {each.claim.split(":")[0] for each in claims(broker, files, forgets=True) if not each.holds}
    assert "forecasts, after a login in the visit" in wrong


def test_orders_move_customers_between_the_segments_of_the_model(files: Path) -> None:
    book = book_of([files / "forecast.yaml", files / "features.yaml"])
    found = segment_changes.model(book, files)
    (found / "segments-from-model.yaml").rename(files / "segments.yaml")
    with_segments = with_models(book_of([files]), [found / "manifest.json"])
    orders = [segment_changes.order(f"shopper-{n % 20}", n, 1_772_000_000_000 + n, 20.0 + n) for n in range(300)]
    changes = [each for made in LocalJob(with_segments).run(orders, drain=0) for each in made if isinstance(each, Segment)]
    assert sum(each.change == "entered" for each in changes) > 30
    assert {each.user_id for each in changes if each.change == "left"} == {f"shopper-{n}" for n in range(20)}
