"""Publishing models, against a real broker: checked against features and file first, exchanged and rolled back by one message."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.onnx_files import linear, manifest
from cli.main import kairos
from jobs.control import read_control
from services.control.model_records import ModelError
from services.control.models import by_name, publish, remove, rollback, set_status, use
from services.control.publish import publish as publish_campaigns
from services.documents.files import load_campaign_files, shipped
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book

pytestmark = pytest.mark.cluster


@pytest.fixture
def features(brokers: str, control: str) -> Book:
    """The book of what is published: the shipped campaigns and features."""
    publish_campaigns(brokers, control, load_campaign_files(shipped()))
    return book(brokers, control)


def book(brokers: str, control: str) -> Book:
    entries, end = read_control(brokers, control)
    return compile_book(entries, end=end)


def test_what_is_published_speaks_and_what_it_follows_stays_at_hand(brokers: str, control: str, features: Book, tmp_path: Path) -> None:
    weights = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    made = [manifest(tmp_path, linear([weight, 0.0]), features=features.features, inputs=["views_7d", "adds_7d"]) for weight in weights]
    for each in made:
        publish(brokers, control, each)
    published = book(brokers, control).models["propensity"]
    assert [model.version for model in published.versions] == [each["version"] for each in reversed(made[1:])], "five stay"
    assert published.current.version == made[5]["version"]
    rollback(brokers, control, "propensity")
    assert book(brokers, control).models["propensity"].current.version == made[4]["version"]
    use(brokers, control, "propensity", made[1]["version"][:6])
    assert book(brokers, control).models["propensity"].current.version == made[1]["version"]
    with pytest.raises(ModelError, match="has no version before"):
        rollback(brokers, control, "propensity")
    set_status(brokers, control, "propensity", "paused")
    assert book(brokers, control).models["propensity"].paused
    remove(brokers, control, "propensity")
    with pytest.raises(ModelError, match="none is published yet"):
        by_name(brokers, control, "propensity")


def test_what_the_job_would_refuse_is_not_sent(brokers: str, control: str, features: Book, tmp_path: Path) -> None:
    good = manifest(tmp_path, linear([1.0, 0.0]), features=features.features, inputs=["views_7d", "adds_7d"])
    for wrong, why in (
        ({**good, "inputs": [{"feature": "views_7d", "definition": "other"}]}, "another definition of 'views_7d'"),
        ({**good, "uri": "file:///nowhere.onnx"}, "there is no file"),
        ({**good, "output": "label"}, "its manifest names"),
    ):
        with pytest.raises(ModelError, match=why):
            publish(brokers, control, wrong)
    assert book(brokers, control).models == {}


def test_the_commands_say_who_speaks(brokers: str, control: str, features: Book, tmp_path: Path) -> None:

    def models(*words: object) -> Result:
        return CliRunner().invoke(kairos, ["models", *map(str, words), "--brokers", brokers, "--control-topic", control], catch_exceptions=False)

    assert "no model is published" in models("list").output
    for number, weight in enumerate((1.0, 2.0)):
        one = manifest(tmp_path, linear([weight, 0.0]), features=features.features, inputs=["views_7d", "adds_7d"])
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
        assert models("publish", tmp_path / f"{number}.json").output == f"propensity:{one['version']} is current\n"
    listed = models("list").output
    assert listed.count("propensity") == 2
    assert "is current" in models("rollback", "propensity").output
    assert models("use", "propensity", "zzz").exit_code == 1
    assert "is paused" in models("pause", "propensity").output
    assert "is removed" in models("remove", "propensity").output
    (tmp_path / "no.json").write_text("{")
    assert "is not JSON" in models("publish", tmp_path / "no.json").output
