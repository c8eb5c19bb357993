"""A file is named by what it holds: storing it twice changes nothing, and what was changed on the way is refused."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.s3 import fake_s3
from training.errors import StoreError
from training.store import Store


@given(content=st.binary(min_size=1, max_size=200))
def test_whatever_is_put_comes_back_under_its_hash(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(str(tmp_path_factory.getbasetemp() / "any"))
    uri, sha256 = store.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert uri.endswith(f"/{sha256}.onnx")
    assert store.get(sha256) == content


def test_a_folder_holds_one_whole_file_a_content_and_its_uri_says_where(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "deep" / "models"))
    first, second = store.put(b"a model"), store.put(b"a model")
    assert first == second
    [file] = (tmp_path / "deep" / "models").iterdir()
    assert Path(urlsplit(first[0]).path) == file
    assert file.read_bytes() == b"a model"
    assert store.put(b"another") != first


def test_a_file_that_is_not_what_its_name_says_is_refused_and_mended_by_storing_it_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    _, sha256 = store.put(b"a model")
    (tmp_path / f"{sha256}.onnx").write_bytes(b"a mod")
    with pytest.raises(StoreError, match="changed or truncated"):
        store.get(sha256)
    store.put(b"a model")
    assert store.get(sha256) == b"a model"


def test_a_store_that_cannot_be_written_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="--store"):
        Store(str(tmp_path / "file" / "models")).put(b"a model")


def test_what_is_no_store_is_refused_and_so_are_credentials_in_what_will_be_published() -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Store("nonsense://x")
    with pytest.raises(StoreError, match="credentials") as told:
        Store("s3://user:secret@bucket/models")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "place",
    [
        "s3://AK:hid/den@bucket/p",
        "s3://AK:hid?den@bucket/p",
        "s3://AK:hid/den",
        "s3://AK%3Ahid/den%40bucket",
        "s3://bucket/p?secret_key=hidden",
        "s3://bucket/p?access_key=hidden&region=eu",
        "s3://bucket/p?region=eu&X-Amz-Security-%54oken=hidden",
        "S3://bucket/p#secret_key=hidden",
        "s3://[hidden",
    ],
)
def test_credentials_are_refused_wherever_they_stand_and_are_not_told(place: str) -> None:
    with pytest.raises(StoreError) as told:
        Store(place)
    assert "hid" not in str(told.value) and "den" not in str(told.value).replace("credentials", "")


def test_the_uri_of_an_s3_compatible_store_keeps_what_a_reader_needs_to_find_it() -> None:
    store = Store("s3://bucket/models?endpoint_override=127.0.0.1:1&scheme=http&region=eu")
    assert store._named("abc") == "s3://bucket/models/abc.onnx?endpoint_override=127.0.0.1:1&scheme=http&region=eu"


def test_an_s3_compatible_store_keeps_a_file_once_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    with fake_s3() as (port, held):
        query = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=eu"
        store = Store(f"s3://bucket/models?{query}")
        uri, sha256 = store.put(b"a model")
        assert uri == f"s3://bucket/models/{sha256}.onnx?{query}"
        assert held == {f"/bucket/models/{sha256}.onnx": b"a model"}
        assert store.put(b"a model") == (uri, sha256)
        assert store.get(sha256) == b"a model"
        held.clear()
        with pytest.raises(StoreError, match="no readable"):
            store.get(sha256)
