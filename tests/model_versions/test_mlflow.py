"""A real MLflow server is as good a registry as a folder: the same laws hold, training registers there, and what people move there is moved."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.model_versions.mlflow import HELD, MlflowRegistry
from services.model_versions.mlflow_rest import Rest
from services.model_versions.place import opened
from services.model_versions.versions import RegistryError, Versions
from tests.model_versions import test_registry as laws
from tests.model_versions.mlflow_server import command, server
from tests.model_versions.test_registry import FIRST, SECOND, THIRD, manifest
from tests.training.shop import TRAINING, features, history
from training.command import training
from udfs.core.values.errors import NotAllowed

pytestmark = [pytest.mark.apart, pytest.mark.timeout(1800)]
LAWS = (
    laws.test_versions_are_found_by_alias_and_by_the_beginning_of_their_number,
    laws.test_a_rollback_goes_back_and_never_forth_again,
    laws.test_a_rollback_passes_over_what_was_retired,
    laws.test_a_champion_is_no_longer_on_trial_and_cannot_be_retired,
    laws.test_what_is_retired_has_no_alias_and_is_not_promoted,
)
TRAIN = TRAINING.replace("registry: registry", "registry: URL") + "alias: challenger\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(command(), tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture
def registry(url: str) -> Iterator[Versions]:
    made = opened(url)
    for at, version in enumerate((FIRST, SECOND, THIRD)):
        made.add("m", manifest(version), {"card.md": f"# m {version}\n".encode()}, {"at": at, "estimator": "a tree"})
    yield opened(url)  # another one, which remembers nothing
    Rest(url).post("registered-models/delete", {"name": "m"}, method="DELETE")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("test_"))
def test_the_laws_of_a_registry_hold(law: Callable[[Versions], None], registry: Versions) -> None:
    law(registry)


def test_adding_a_version_again_changes_nothing(registry: Versions) -> None:
    registry.promote("m", FIRST, "champion", at=5)
    again = registry.add("m", {**manifest(FIRST), "metrics": {}}, {"card.md": b"other"}, {"at": 99})
    assert (again.at, again.aliases, again.read("card.md"), again.read("other.md")) == (0, ("champion",), f"# m {FIRST}\n".encode(), None)
    assert len(registry.versions("m")) == 3


def test_an_alias_that_somebody_moves_or_takes_away_in_mlflow_is_moved_or_gone(registry: Versions, url: str) -> None:
    registry.promote("m", FIRST, "champion", at=5)
    rest = Rest(url)
    second = next(each for each in rest.pages("model-versions/search", "model_versions", filter="name='m'") if SECOND in str(each["tags"]))
    rest.post("registered-models/alias", {"name": "m", "alias": "champion", "version": second["version"]})
    champion = registry.holder("m", "champion")
    assert champion is not None and champion.version == SECOND
    assert registry.rollback("m").version == FIRST, "who was champion before is still known"
    rest.post("registered-models/alias", {"name": "m", "alias": "champion"}, method="DELETE")
    assert registry.holder("m", "champion") is None


def test_aliases_and_figures_stand_where_people_of_mlflow_look(registry: Versions, url: str) -> None:
    registry.promote("m", SECOND, "champion", at=5)
    registry.promote("m", THIRD, "shadow", at=6)
    rest = Rest(url)
    found = rest.get("registered-models/get", name="m")["registered_model"]
    assert {each["alias"] for each in found["aliases"]} == {"champion", "shadow"}
    version = rest.get("registered-models/alias", name="m", alias="champion")["model_version"]
    run = rest.get("runs/get", run_id=version["run_id"])["run"]
    assert {each["key"]: each["value"] for each in run["data"]["metrics"]} == {"auc": 0.7, "rows": 10}
    assert run["info"]["status"] == "FINISHED"
    registry.promote("m", SECOND, "champion", at=7)
    registry.retire("m", "shadow", at=8)
    assert {each["alias"] for each in rest.get("registered-models/get", name="m")["registered_model"]["aliases"]} == {"champion"}


def test_models_and_versions_of_others_on_the_same_server_are_left_alone(registry: Versions, url: str) -> None:
    rest = Rest(url)
    rest.post("registered-models/create", {"name": "theirs"})
    run = rest.post("runs/create", {"experiment_id": "0"})["run"]["info"]
    rest.post("model-versions/create", {"name": "m", "source": run["artifact_uri"], "run_id": run["run_id"]})
    assert registry.models() == ["m"]
    assert {each.version for each in registry.versions("m")} == {FIRST, SECOND, THIRD}
    with pytest.raises(RegistryError, match="that Kairos did not make"):
        registry.add("theirs", {**manifest(FIRST), "model": "theirs"}, {}, {})
    rest.post("registered-models/delete", {"name": "theirs"}, method="DELETE")


def test_a_damaged_tag_is_told(registry: Versions, url: str) -> None:
    registry.promote("m", FIRST, "champion", at=5)
    Rest(url).post("registered-models/set-tag", {"name": "m", "key": HELD("champion"), "value": "{"})
    with pytest.raises(RegistryError, match=rf"{HELD('champion')} of m in {url} cannot be read"):
        registry.versions("m")


def test_many_versions_come_in_pages(registry: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.model_versions.mlflow_rest.PAGE", 2)
    assert len(registry.versions("m")) == 3


def test_a_training_registers_there_and_the_commands_go_on_from_there(url: str, tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text(TRAIN.replace("URL", url))
    features(tmp_path)
    history(tmp_path / "events.jsonl", users=40)
    run = CliRunner().invoke(training, ["run", str(tmp_path / "train.yaml")])
    assert run.exit_code == 0, run.output
    [version] = MlflowRegistry(Rest(url)).versions("comes-back")
    assert version.aliases == ("challenger",)
    model = version.read("model.onnx")
    assert model and model == (tmp_path / "runs" / "comes-back" / "0001" / "model.onnx").read_bytes()

    def models(*words: str) -> str:
        result = CliRunner().invoke(kairos, ["models", *words, "--registry", url], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    assert version.version in models("list")
    assert "## Lift" in models("show", "comes-back", "challenger", "--offline")
    assert "is champion" in models("promote", "comes-back", "challenger", "--offline")
    # The next run is compared with that champion, whose file comes from the server.
    history(tmp_path / "events.jsonl", users=45)
    again = CliRunner().invoke(training, ["run", str(tmp_path / "train.yaml")])
    assert again.exit_code == 0, again.output
    newest = opened(url).versions("comes-back")[0]
    assert newest.version != version.version and newest.lineage["champion_then"] == version.version
    with pytest.raises(NotAllowed, match="no champion before"):
        opened(url).rollback("comes-back")
