"""From a training file of a value to a registered version: every estimator under the same laws, and every way in which it stops."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from services.documents.findings import BadFile
from services.documents.training_shape import ESTIMATORS_OF
from services.local.book import book_of
from services.local.models import with_models
from services.model_versions.folder import Registry
from tests.training.value import customers
from training import value
from training.command import training
from training.config import read_config
from training.manifest import manifest_of
from training.options import PROBE
from training.value.estimators.all import ESTIMATORS
from udfs.core.features.models import Model
from udfs.scoring.session import Session

pytestmark = pytest.mark.slow
OTHER = "history: {file: events.jsonl}\npurchases: {count: orders}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("value")
    customers.write(made / "events.jsonl")
    return made


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(training, ["run", str(config), *arguments])


def of_job(manifest: dict[str, object], folder: Path) -> Model:
    """The version as the job reads it."""
    file = folder / "manifest.json"
    file.write_text(json.dumps(manifest))
    published = with_models(book_of([PROBE], features=customers.FEATURES), [file]).models[str(manifest["model"])]
    assert not published.unfit
    return published.current


def test_the_estimators_are_those_that_a_file_may_name() -> None:
    assert tuple(ESTIMATORS) == ESTIMATORS_OF["value"]


def test_every_estimator_that_a_message_recommends_is_there() -> None:
    sources = "\n".join(file.read_text() for file in Path(value.__file__).parent.rglob("*.py"))
    assert set(re.findall(r"use (?:[a-z ,]+ or )?estimator: ([a-z-]+)", sources)) == set(ESTIMATORS_OF["value"])


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_a_training_file_becomes_a_version_that_the_job_can_ask(folder: Path, estimator: str) -> None:
    result = run(customers.training(folder, estimator=estimator))
    assert result.exit_code == 0, result.output
    assert "1 lines of the history could not be read" in result.output
    [version] = Registry(folder / "registry").versions(f"value-{estimator}")
    assert version.aliases == ("challenger",)
    card = version.read("card.md")
    assert card and "`value`: what the customer will order" in card.decode() and " had not ordered" in card.decode()
    assert "an order of theirs has an amount that is not known" in card.decode()
    manifest = manifest_of(version.manifest)
    assert manifest.metrics["rank"]["value"] > 0.3
    of_the_split = manifest.trained.rows == manifest.metrics["rows"] and manifest.trained.from_ == manifest.trained.to
    assert of_the_split == (estimator == "bg-nbd"), "the card says from whom it learned"
    content = version.read("model.onnx")
    assert content
    asked = Session(of_job(dict(version.manifest), folder), content, deadline=time.monotonic() + 30)
    row = [float("nan")] * len(manifest.inputs)
    row[:4] = [6.0, 200.0, 5.0, 50.0]
    many, once = asked.answer(row), asked.answer([1.0, 200.0, 200.0, *row[3:]])
    assert asked.sound(many) and many[0] > once[0] >= 0
    again = run(customers.training(folder, estimator=estimator))
    assert again.exit_code == 0 and len(Registry(folder / "registry").versions(f"value-{estimator}")) == 1, "the same rows give the same bytes"


def test_a_gate_on_figures_of_a_value_stops_a_model_that_stays_behind(folder: Path) -> None:
    result = run(customers.training(folder, estimator="bg-nbd", more="gate: {at_most: {orders_mae: 0.001, bias: 5}, at_least: {rank: 0.1}}\n"))
    assert (
        result.exit_code == 1
        and "orders_mae is" in result.output
        and "must be at most" in result.output
        and "rank" not in result.output.split("stays behind")[1]
    )


def test_commands_about_goals_refuse_a_value(folder: Path) -> None:
    path = customers.training(folder)
    for arguments in (["compare", str(path)], ["cached", str(path), "--ttl", "1h"], ["features", str(path)]):
        result = CliRunner().invoke(training, arguments)
        assert result.exit_code == 1 and "is for models that predict a goal" in result.output


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("split: 2027-03-20", "needs as much history before and after the split"),
        ("purchases: {count: visits}", "no feature 'visits'"),
        ("purchases: {first: days_since_order, last: days_since_first_order}", "must be a number of orders"),
    ],
)
def test_what_cannot_be_learned_from_says_how_to_mend_it(folder: Path, more: str, problem: str) -> None:
    result = run(customers.training(folder, more=more))
    assert result.exit_code == 1 and problem in result.output, result.output


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("estimator: bg-nbd", "estimator: forest", "forest does not predict a value"),
        ("predict: value", "predict: goal", "bg-nbd does not predict a goal"),
        ("within: 90d", "within: 90d\ngate: {at_least: {auc: 0.6}}", "auc is no figure of a model that predicts a value"),
        (
            "predict: value\nhistory: {file: events.jsonl}",
            "history: {file: events.jsonl}\npurchases: {count: orders}",
            "is for models that predict a value",
        ),
    ],
)
def test_keys_of_another_family_are_named(folder: Path, old: str, new: str, problem: str) -> None:
    path = customers.training(folder)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BadFile, match=problem):
        read_config(path)


def test_tenths_of_the_card_add_up(folder: Path) -> None:
    from training.value.measures import tenths

    predicted, ordered = np.arange(95.0), np.arange(95.0) ** 2
    made = tenths(predicted, ordered)
    assert sum(each.rows for each in made) == 95 and made[-1].captured == pytest.approx(1) and made[0].observed > made[-1].observed
