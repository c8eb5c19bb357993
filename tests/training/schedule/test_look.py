"""Rows and drift: a training is due when there are so many new rows, or when features drift in two windows in a row, and not again after."""

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from services.model_versions.folder import Registry
from simulation.segment_spec import iso
from tests.builders import DAY, MONDAY
from training.command import training
from training.manifest import manifest_of
from training.schedule.look import look
from training.schedule.plan import read_plan
from training.schedule.state import Memory, OfJob

FEATURES = """
features:
  - {name: views_7d, event: product_viewed, aggregate: count, window: 7d}
  - {name: price, event: product_viewed, aggregate: last, of: properties.price}
  - {name: device, event: product_viewed, aggregate: last, of: context.device.type}
"""
TRAIN = """
training: buys
history: {file: events.jsonl}
campaigns: viewed.yaml
features: features.yaml
goal: order_completed
within: 1d
check: 3
estimator: tree
validate: {change: 100%}
store: store
registry: registry
runs: runs
"""
PROBE = """
campaign: viewed
trigger: {event: product_viewed}
variants: {probe: {channel: email, content: {body: probe}}}
"""
A_DAY = 500
SCHEDULE = """
schedule: shop
jobs: [{train: train.yaml, rows: 1500, drift: {window: 2d}}]
state: state
"""


class Shop:
    """Views and orders; each day five hundred views by two hundred customers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.random, self.day, self.number = folder, Random(3), 0, 0
        for name, text in {"features.yaml": FEATURES, "train.yaml": TRAIN, "viewed.yaml": PROBE, "schedule.yaml": SCHEDULE}.items():
            (folder / name).write_text(text)
        (folder / "events.jsonl").write_text("")

    def live(self, days: int, *, price: float = 20.0, sent: bool = True) -> None:
        with (self.folder / "events.jsonl").open("a") as file:
            for _ in range(days):
                for n in range(A_DAY):
                    user, cost = f"u{self.random.randrange(200)}", self.random.gauss(price, 5)
                    properties = {"product_id": "p", **({"price": round(max(1.0, cost), 2)} if sent else {})}
                    file.write(self._event(n, user, "Product Viewed", properties))
                    if self.random.random() < 0.4 - cost / 100:
                        file.write(self._event(n, user, "Order Completed", {"order_id": f"o{self.number}"}, later=1))
                self.day += 1

    def _event(self, n: int, user: str, name: str, properties: dict[str, object], later: int = 0) -> str:
        self.number += 1
        at = MONDAY + self.day * DAY + n * (DAY // A_DAY) + later
        event = {"type": "track", "event": name, "userId": user, "messageId": f"m{self.number}", "timestamp": iso(at), "properties": properties}
        return json.dumps({**event, "context": {"device": {"type": "mobile" if int(user[1:]) % 3 else "desktop"}}}) + "\n"

    def command(self, *arguments: str) -> Result:
        return CliRunner().invoke(training, [*arguments])

    def schedule(self) -> Result:
        return self.command("schedule", str(self.folder / "schedule.yaml"), "--once")

    def looked(self, of: OfJob | None = None):  # type: ignore[no-untyped-def]
        plan = read_plan(self.folder / "schedule.yaml")
        return look(plan.jobs["buys"], of or Memory(plan.state).of("buys", now=0))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.apart  # five runs of the command, each a process that imports scikit-learn
def test_a_training_runs_after_so_many_new_rows_and_when_features_drift_in_two_windows_in_a_row(shop: Shop) -> None:
    shop.live(10)
    ran = shop.schedule()
    assert ran.exit_code == 0 and "new rows" in ran.output and "trained version" in ran.output, ran.output
    first = Registry(shop.folder / "registry").version("buys", "challenger")
    known = manifest_of(first.manifest).reference
    assert set(known) == {"views_7d", "price", "device"} and sum(known["price"].counts) == first.manifest["trained"]["rows"]
    assert "trained version" not in shop.schedule().output, "nothing is new"

    shop.live(2)
    assert "trained version" not in shop.schedule().output, "1,000 new rows of 1,500"
    memory = Memory(shop.folder / "state").of("buys", now=0)

    (shop.folder / "schedule.yaml").write_text(SCHEDULE.replace("rows: 1500, ", "").replace("window: 2d", "window: 2d, without: [views_7d]"))
    shop.live(1)
    quiet = shop.looked(memory)
    assert (len(quiet.windows), quiet.why, quiet.drifted) == (1, None, {}), "three days, and nothing has changed"

    shop.live(3, price=26)
    once = shop.looked(memory)
    assert once.drifted == {"price": 1} and once.why is None
    shop.live(2, price=26)
    twice = shop.looked(memory)
    assert twice.drifted == {"price": 2} and "drift of price (PSI" in str(twice.why)
    ran = shop.schedule()
    assert "drift of price" in ran.output and "trained version" in ran.output, ran.output
    again = shop.schedule()
    assert "trained version" not in again.output, "the new version knows it"
    after = Memory(shop.folder / "state").of("buys", now=0)
    assert after.drifted == {} and after.last is not None and after.last.status == 0


@pytest.mark.slow
def test_a_feature_with_another_definition_is_not_compared_and_few_rows_are_no_window(shop: Shop) -> None:
    shop.live(4)
    assert shop.command("run", str(shop.folder / "train.yaml")).exit_code == 0
    (shop.folder / "features.yaml").write_text(
        FEATURES.replace("name: price, event: product_viewed, aggregate: last", "name: price, event: product_viewed, aggregate: max")
    )
    shop.live(4, price=40)
    found = shop.looked(OfJob(seen=0, window=MONDAY + 4 * DAY))
    assert found.windows and all("price" not in {each.feature for each in window} for window in found.windows)
    (shop.folder / "schedule.yaml").write_text(SCHEDULE.replace("window: 2d", "window: 1d, rows: 2500"))
    assert shop.looked(OfJob(seen=0, window=MONDAY + 4 * DAY)).windows == []


@pytest.mark.slow
def test_history_that_cannot_be_read_is_told_and_stops_nothing(shop: Shop) -> None:
    (shop.folder / "events.jsonl").unlink()
    ran = shop.schedule()
    assert ran.exit_code == 1
    assert "new rows and drift could not be looked for: no history at" in ran.output
