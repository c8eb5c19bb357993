"""The public Online Shoppers data as history: each row becomes a visit, summed up in one event, and an order if there was one.

So the model learns through the same pipeline as any other: events, the engine's features, rows, ONNX. To compare the estimators over ten
folds, with and without `PageValues`, which partly encodes the outcome:

    python -m bench.shoppers online_shoppers_intention.csv FOLDER
    python -m training compare FOLDER/all.yaml
    python -m training compare FOLDER/without-page-values.yaml
"""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LABEL = "Revenue"
CATEGORIES = {"Month", "VisitorType", "OperatingSystems", "Browser", "TrafficType"}
"""Numbers that only name something are texts, as a tracker would send them."""
PROBES = Path(__file__).parents[1] / "training" / "probes"
TRAINING = """\
training: {name}
history: {{file: events.jsonl}}
campaigns: {probes}/after-visit.yaml
features: {probes}/online-shoppers.yaml
within: 1m
check: 10
folds: 10
without: [{without}]
store: store
registry: registry
runs: runs
"""


def events(path: Path) -> Iterator[str]:
    """One line an event. The file has no times: rows are a minute apart, and an order is half a minute after its visit."""
    with path.open(newline="") as file:
        for n, row in enumerate(csv.DictReader(file)):
            at = BEGIN + timedelta(minutes=n)
            ordered = row.pop(LABEL).upper() == "TRUE"
            properties = {name: _value(name, text) for name, text in row.items()}
            yield _event(n, "Visit Ended", at, properties)
            if ordered:
                yield _event(n, "Order Completed", at + timedelta(seconds=30), {"order_id": f"o{n}"})
        yield _event(n + 1, "Page Viewed", at + timedelta(hours=1), {})  # so that the last visit's window is over


def prepare(data: Path, folder: Path) -> None:
    """Write the history and two training files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").write_text("\n".join(events(data)) + "\n")
    for name, without in (("all", ""), ("without-page-values", "page_values")):
        (folder / f"{name}.yaml").write_text(TRAINING.format(name=f"buys-{name}", probes=PROBES, without=without))


def _event(n: int, name: str, at: datetime, properties: dict[str, object]) -> str:
    made = {"type": "track", "event": name, "userId": f"s{n:05}", "messageId": f"{name}-{n}", "timestamp": at.isoformat(), "properties": properties}
    return json.dumps(made)


def _value(name: str, text: str) -> object:
    if name in CATEGORIES:
        return text
    return text.upper() == "TRUE" if name == "Weekend" else float(text)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
