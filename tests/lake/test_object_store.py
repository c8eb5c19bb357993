"""In an object store: a file is put and copied, never renamed, and young files are left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.lake.ask import ask, opened
from services.lake.erase import erase
from services.lake.store import BadLake, Lake
from tests.lake.filled import DAY, KNOWN, START, events, track
from tests.training.s3 import fake_s3


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    events(tmp_path, [track("ada", "A", START), track("bob", "A", START + 1)])
    with fake_s3() as (port, held):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        held["/bucket/lake/events/dt=2026-03-02/part-0"] = (tmp_path / "events/dt=2026-03-02/part-0").read_bytes()
        yield Lake("s3://bucket/lake")


def test_it_is_asked_like_a_folder(place: Lake) -> None:
    with opened(place) as connection:
        assert ask(connection, "SELECT count(*), min(dt)::VARCHAR FROM events").fetchall() == [(2, "2026-03-02")]


@pytest.mark.slow
def test_somebody_is_erased_once_the_file_is_old_enough(place: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert erase(place, ["ada"], KNOWN, before=START + DAY).young == 1
    with opened(place) as connection:
        assert ask(connection, "SELECT person FROM events").fetchall() == [(KNOWN.of("bob"),)]
    monkeypatch.setattr("services.lake.store.SETTLED_S", -1e9)
    assert erase(place, [], KNOWN, before=START + DAY).rows == {"events": 1}


def test_credentials_in_its_uri_are_refused() -> None:
    with pytest.raises(BadLake, match="credentials"):
        Lake("s3://key:secret@bucket/lake")
