"""The registry: what was added stays, one version holds an alias, a rollback goes back, and what is retired stays retired."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.model_versions.folder import Registry
from services.model_versions.versions import RegistryError
from udfs.core.values.errors import NotAllowed, NotFound

FIRST, SECOND, THIRD = "a" * 12, "b" * 12, "abcdef012345"


def manifest(version: str) -> dict[str, object]:
    figure = {"value": 0.7, "low": 0.6, "high": 0.8}
    trained = {"rows": 1000, "from": 0, "to": 86_400_000, "positives": 9, "at": 0}
    inputs = [{"feature": "views_7d"}, {"feature": f"only_{version[:1]}"}]
    return {"model": "m", "version": version, "metrics": {"auc": figure, "rows": 10}, "inputs": inputs, "trained": trained}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "registry")
    for at, version in enumerate((FIRST, SECOND, THIRD)):
        made.add("m", manifest(version), {"card.md": f"# m {version}\n".encode()}, {"at": at, "estimator": "a tree"})
    return made


def call(registry: Registry, *arguments: str) -> Result:
    return CliRunner().invoke(kairos, ["models", *arguments, "--registry", str(registry.folder)])


def test_versions_are_found_by_alias_and_by_the_beginning_of_their_number(registry: Registry) -> None:
    assert [each.version for each in registry.versions("m")] == [THIRD, SECOND, FIRST]
    registry.promote("m", "bb", "champion", at=5)
    assert registry.version("m", "champion").version == SECOND
    for which, told in (("a", "2 versions that begin with 'a'"), ("c", "no version 'c'"), ("shadow", "no version 'shadow'"), ("", "versions")):
        with pytest.raises(NotFound, match=told):
            registry.version("m", which)
    with pytest.raises(NotFound, match="registered are m"):
        registry.versions("other")


def test_adding_a_version_again_changes_nothing(registry: Registry) -> None:
    registry.promote("m", FIRST, "champion", at=5)
    again = registry.add("m", {**manifest(FIRST), "metrics": {}}, {"card.md": b"other"}, {"at": 99})
    assert (again.at, again.aliases, again.read("card.md")) == (0, ("champion",), f"# m {FIRST}\n".encode())


def test_a_version_that_was_not_added_whole_is_no_version(registry: Registry) -> None:
    (registry.folder / "m" / "0123456789ab").mkdir()
    assert len(registry.versions("m")) == 3
    assert registry.add("m", manifest("0123456789ab"), {}, {"at": 7}).version == "0123456789ab"


def test_an_alias_of_a_version_that_is_gone_is_not_taken_for_none(registry: Registry) -> None:
    registry.promote("m", SECOND, "champion", at=5)
    shutil.rmtree(registry.folder / "m" / SECOND)
    with pytest.raises(RegistryError, match=f"m:{SECOND} is champion, and is not in .* put it back there, or promote another version"):
        registry.holder("m", "champion")
    registry.promote("m", FIRST, "champion", at=6)
    held = registry.holder("m", "champion")
    assert held is not None and held.version == FIRST


def test_a_damaged_file_of_the_registry_is_told_with_its_cure(registry: Registry) -> None:
    for path in (registry.folder / "m" / "aliases.json", registry.folder / "m" / FIRST / "manifest.json"):
        path.write_text("{")
        called = call(registry, "show", "m", "--offline")
        assert called.exit_code == 1 and "Traceback" not in called.output
        assert f"{path.name} cannot be read" in called.output and "restore it, or move" in called.output
        path.unlink()


@pytest.mark.parametrize("damage", [{"metrics": 3}, {"metrics": {"auc": {"x": 1}}}, {"trained": {"rows": 1}}, {"trained": 3}, {"inputs": None}])
def test_a_version_that_somebody_has_changed_does_not_hide_the_others(registry: Registry, damage: dict[str, object]) -> None:
    (registry.folder / "m" / FIRST / "manifest.json").write_text(json.dumps({**manifest(FIRST), **damage}))
    for at in ('"x"', "1e30", "null", "99999999999999999"):
        (registry.folder / "m" / FIRST / "lineage.json").write_text(f'{{"at": {at}}}')
        for arguments in (["list"], ["compare", "m", FIRST, SECOND, "--offline"]):
            called = call(registry, *arguments)
            assert called.exit_code == 0, called.exception
            assert SECOND in called.output and ("damaged" in called.output or "inputs" in damage)
    assert registry.promote("m", SECOND, "champion", at=5).version == SECOND


def test_a_rollback_goes_back_and_never_forth_again(registry: Registry) -> None:
    for at, version in enumerate((FIRST, SECOND, THIRD)):
        registry.promote("m", version, "champion", at=at)
    assert registry.rollback("m").version == SECOND
    assert registry.rollback("m").version == FIRST
    with pytest.raises(NotAllowed, match="no champion before"):
        registry.rollback("m")


def test_a_rollback_passes_over_what_was_retired(registry: Registry) -> None:
    for at, version in enumerate((FIRST, SECOND, THIRD)):
        registry.promote("m", version, "champion", at=at)
    registry.retire("m", SECOND, at=9)
    assert registry.rollback("m").version == FIRST


def test_a_champion_is_no_longer_on_trial_and_cannot_be_retired(registry: Registry) -> None:
    registry.promote("m", FIRST, "challenger", at=1)
    registry.promote("m", FIRST, "champion", at=2)
    assert registry.version("m", FIRST).aliases == ("champion",)
    with pytest.raises(NotAllowed, match="promote another version first"):
        registry.retire("m", "champion", at=3)


def test_what_is_retired_has_no_alias_and_is_not_promoted(registry: Registry) -> None:
    registry.promote("m", FIRST, "shadow", at=1)
    assert registry.retire("m", "shadow", at=2).aliases == ()
    with pytest.raises(NotAllowed, match="is retired"):
        registry.promote("m", FIRST, "champion", at=3)


def test_promotions_at_the_same_time_are_all_remembered(registry: Registry) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: registry.promote("m", (FIRST, SECOND)[n % 2], ("champion", "shadow")[n % 2], at=n), range(16)))
    assert registry.holder("m", "champion").version == FIRST  # type: ignore[union-attr]
    assert registry.holder("m", "shadow").version == SECOND  # type: ignore[union-attr]


def test_names_that_would_leave_the_folder_and_damaged_files_are_refused(registry: Registry) -> None:
    for name, version in (("../m", FIRST), ("M", FIRST), ("m", "../../etc"), ("m", "short")):
        with pytest.raises(RegistryError, match="not a name and a version"):
            registry.add(name, {**manifest(FIRST), "version": version}, {}, {})
    (registry.folder / "m" / "aliases.json").write_text("{")
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.versions("m")


def test_the_commands_list_show_compare_promote_roll_back_and_retire(registry: Registry) -> None:
    assert "is champion" in call(registry, "promote", "m", FIRST, "--offline").output
    assert "is champion" in call(registry, "promote", "m", SECOND, "--offline").output
    assert "is shadow" in call(registry, "promote", "m", THIRD, "--to", "shadow").output
    listed = call(registry, "list").output
    assert [line.split()[1:3] for line in listed.splitlines()[1:]] == [[THIRD, "shadow"], [SECOND, "champion"], [FIRST, "0.7000"]]
    shown = call(registry, "show", "m").output
    assert f"# m {SECOND}" in shown and "champion; registered" in shown and "a tree" in shown
    compared = call(registry, "compare", "m").output
    assert f"{SECOND} champion" in compared and f"{THIRD} shadow" in compared and "only_b" in compared
    assert f"m:{FIRST} is champion" in call(registry, "rollback", "m", "--offline").output
    assert f"m:{SECOND} is retired" in call(registry, "retire", "m", SECOND).output
    for arguments, told in (
        (("retire", "m", "champion"), "is the champion"),
        (("promote", "m", SECOND), "is retired"),
        (("show", "n"), "no model 'n'"),
    ):
        result = call(registry, *arguments)
        assert result.exit_code == 1 and told in result.output and "Traceback" not in result.output
    assert json.loads((registry.folder / "m" / "aliases.json").read_text())["retired"]
    empty = CliRunner().invoke(kairos, ["models", "list", "--registry", str(registry.folder / "nothing")])
    assert "no model is registered" in empty.output
