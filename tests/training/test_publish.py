"""A manifest goes to `control` and comes back as it was; the newest version in front, at most three."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.control.model_records import put_in_front, record
from training.manifest import AgreedParity, Cache, Manifest, Score, Trained, manifest_of, read, written
from udfs.core.campaigns.book import ControlValue, Entry
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import MAX_VERSIONS

INPUTS = [Input("orders_90d", "0123456789ab"), Input("weekday", "ba9876543210", {"friday": 0, "monday": 1})]


def manifest(version: str = "abcdef012345", *, cache: Cache | None = None) -> Manifest:
    return Manifest(
        model="purchase-propensity",
        version=version,
        uri=f"file:///models/{version}.onnx",
        sha256=version + "0" * 52,
        bytes=10,
        task="binary",
        classes=[0, 1],
        inputs=written(INPUTS),
        input="input",
        output="probabilities",
        score=Score(1),
        feature_version="f" * 12,
        trained=Trained(from_=1, to=2, rows=3, positives=1, at=4),
        metrics={"auc": {"value": 0.8, "low": 0.7, "high": 0.9}},
        parity=AgreedParity(rows=3, max_abs_difference=1e-7),
        cache=cache,
    )


def test_a_manifest_is_the_same_after_a_way_through_json_and_so_are_its_inputs() -> None:
    for one in (manifest(), manifest(cache=Cache("10m", ["order_completed"]))):
        again = manifest_of(msgspec.json.decode(msgspec.json.encode(one.document())))
        assert again == one
        assert read(again.inputs) == INPUTS


def test_the_document_has_the_names_that_the_job_reads() -> None:
    document = manifest().document()
    assert document["trained"] == {"from": 1, "to": 2, "rows": 3, "positives": 1, "at": 4}
    assert document["inputs"] == [
        {"feature": "orders_90d", "definition": "0123456789ab"},
        {"feature": "weekday", "definition": "ba9876543210", "values": ["friday", "monday"]},
    ]
    assert document["score"] == {"index": 1}
    assert document["budget_ms"] == 20
    assert "cache" not in document


def published(entries: list[Entry], version: str) -> list[Entry]:
    made = record(put_in_front(manifest(version).document(), newest(entries)), by="training", at=5)
    return [*entries, Entry(made.key, len(entries), made.value)]


def newest(entries: list[Entry]) -> dict[str, Any]:
    if entries[-1].value is None:
        return {}
    value = msgspec.json.decode(entries[-1].value or b"", type=ControlValue)
    assert (value.kind, value.name, value.status) == ("model", "purchase-propensity", "live")
    return value.document


@given(order=st.lists(st.sampled_from(["a" * 12, "b" * 12, "c" * 12, "d" * 12, "e" * 12]), min_size=1, max_size=8))
def test_the_version_published_last_is_current_and_in_front_of_those_before_it(order: list[str]) -> None:
    entries: list[Entry] = [Entry("features", 0, None)]
    for version in order:
        entries = published(entries, version)
    expected = list(dict.fromkeys(reversed(order)))[:MAX_VERSIONS]
    document = newest(entries)
    assert document["current"] == order[-1]
    assert [version["version"] for version in document["versions"]] == expected
    assert document["versions"][0] == manifest(order[-1]).document()
