"""The services of the catalogue, with a broker in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.catalogue import load as loading
from services.catalogue import serve
from services.catalogue.files import CatalogueFiles
from services.catalogue.serve import Places, Service
from services.items.store import Store
from tests.catalogue.fake_kafka import FakeKafka


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeKafka:
    fake = FakeKafka()
    for module in (serve, loading):
        monkeypatch.setattr(module, "consumer", fake.reader)
        monkeypatch.setattr(module, "ensure_topics", lambda *_: [])
    monkeypatch.setattr(loading, "producer", fake.producer)
    monkeypatch.setattr(loading, "read_to_end", lambda reader: iter(reader.poll(timeout_ms=0).values()))
    monkeypatch.setattr(serve, "producer", fake.producer)
    monkeypatch.setattr(serve, "CATALOGUE", fake)
    return fake


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(data=tmp_path / "data", files=CatalogueFiles(str(tmp_path / "store")))


@pytest.fixture
def service(kafka: FakeKafka, places: Places) -> Iterator[Service]:
    with Store() as store:
        yield Service("b", places, reader=kafka.reader(), store=store)
