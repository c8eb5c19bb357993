"""Groups of customers as a gate of training: a model that treats one of them otherwise goes no further, and its table says why."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result

from services.documents.findings import BadFile
from services.fairness.people import BadGroups
from services.model_versions.folder import Registry
from tests.training.shop import TRAINING, features, history, row
from training.command import training
from training.config import read_config
from training.fairness import Line, Rule, checks, compared, table
from training.rows import Row

PEOPLE = 400


def rows(number: int = PEOPLE) -> list[Row]:
    """Two rows of each customer, the second without a label; every third reaches the goal."""
    return [row(at, user=f"u{n}", label=at == 1 and n % 3 == 0, region="north" if n % 4 else "south") for n in range(number) for at in (1, 2)]


def scores(found: list[Row], *, south: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Scores by chance, lower or higher in the south."""
    random = np.random.default_rng(5)
    return np.array([random.uniform() + (south if each.features["region"] == "south" else 0.0) for each in found])


def rule(groups: Path | None = None, *, by: tuple[str, ...] = ("region",), least: float = 0.8, reach: float = 0.3) -> Rule:
    return Rule(groups=groups, by=() if groups else by, least=least, reach=reach)


def csv(folder: Path, text: str) -> Path:
    path = folder / "groups.csv"
    path.write_text(text)
    return path


def of(measure: str, found: list[Line]) -> Line:
    (line,) = [each for each in found if each.measure == measure]
    return line


def test_who_has_a_row_among_the_highest_scores_counts_as_reached() -> None:
    found = rows(100)
    told = np.array([1.0 if n % 2 else 0.0 for n in range(200)])  # the second row of everybody
    line = of("reached", compared(rule(reach=0.5), found, told))
    assert (line.value, line.reference_value, line.people, line.reference_people) == (1.0, 1.0, 25, 75)


def test_a_model_that_scores_a_group_lower_stops_and_one_that_does_not_passes() -> None:
    found = rows()
    for south, stops in ((0.0, False), (-0.5, True), (0.9, True)):
        lines = compared(rule(), found, scores(found, south=south))
        assert any(each.stops for each in lines) is stops, south
        asked = list(checks(lines, least=0.8))
        assert all(each.passed for each in asked) is not stops
        assert {each.at_most for each in asked if not each.passed} <= {south > 0}


def test_the_bound_is_that_of_the_file() -> None:
    found = rows()
    told = scores(found, south=-0.3)
    assert [any(each.stops for each in compared(rule(least=least), found, told)) for least in (0.8, 0.2)] == [True, False]


def test_everybody_in_the_file_who_has_a_row_counts_and_nobody_else(tmp_path: Path) -> None:
    lines = [f"u{n},{'old' if n % 2 else 'young'}" for n in range(2 * PEOPLE)]
    found = rows()
    line = of("reached", compared(rule(csv(tmp_path, "\n".join(["user_id,age", *lines]))), found, scores(found)))
    assert line.people + line.reference_people == PEOPLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user_id,age\nx1,old\nx2,young\n", "0 groups have test rows"),
        ("user_id,age\nu1,old\nx2,young\n", "1 groups have test rows"),
        ("user,age\nu1,old\n", "needs a header"),
        ("user_id,age\nu1,old\nu2,old\n", "has 1 value,"),
    ],
)
def test_a_file_of_other_people_passes_nobody(tmp_path: Path, text: str, said: str) -> None:
    found = rows()
    with pytest.raises(BadGroups, match=said):
        compared(rule(csv(tmp_path, text)), found, scores(found))


def test_a_file_that_is_not_there_and_a_feature_that_no_row_has_are_said(tmp_path: Path) -> None:
    found = rows()
    with pytest.raises(BadGroups, match="cannot be read"):
        compared(rule(tmp_path / "none.csv"), found, scores(found))
    with pytest.raises(BadGroups, match="no decision has the feature 'regoin'"):
        compared(rule(by=("regoin",)), found, scores(found))


def test_too_few_people_stop_nothing_and_have_no_figure() -> None:
    found = rows(30)
    asked = list(checks(compared(rule(), found, scores(found, south=-0.9)), least=0.8))
    assert asked
    assert all(each.found is None and each.passed for each in asked)


def test_equal_scores_reach_all_who_have_them() -> None:
    found = rows(100)
    assert of("reached", compared(rule(reach=0.1), found, np.full(200, 0.5))).value == 1.0


def test_the_table_says_who_stopped_it() -> None:
    found = rows()
    text = "\n".join(table(compared(rule(), found, scores(found, south=-0.5)), rule()))
    assert "## Fairness" in text
    assert "| region | south | reached by the highest scores |" in text
    assert "**disparate**" in text
    assert "from 0.8 to 1.25" in text
    assert table([], rule()) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{}", "say who belongs to which group"),
        ("{groups: a.csv, by: [device]}", "say who belongs to which group"),
        ("{by: [device], least: 2}", "least"),
        ("{by: [device], reach: much}", "reach"),
    ],
)
def test_what_the_file_says_wrongly_is_refused(tmp_path: Path, told: str, said: str) -> None:
    (tmp_path / "train.yaml").write_text(f"{TRAINING}fairness: {told}\n")
    with pytest.raises(BadFile) as refused:
        read_config(tmp_path / "train.yaml")
    assert said in str(refused.value)


def test_only_models_of_goals_are_compared(tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("training: x\npredict: value\nfairness: {by: [device]}\n")
    with pytest.raises(BadFile, match="is for models that predict a goal"):
        read_config(tmp_path / "train.yaml")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    history(tmp_path / "events.jsonl", users=120)
    features(tmp_path)
    return tmp_path


def run(shop: Path, groups: str, *more: str, least: float = 0.8) -> Result:
    (shop / "groups.csv").write_text(groups)
    (shop / "train.yaml").write_text(f"{TRAINING}fairness: {{groups: groups.csv, least: {least}, reach: 10%}}\n")
    return CliRunner().invoke(training, ["run", str(shop / "train.yaml"), *more])


@pytest.mark.slow
def test_the_pipeline_refuses_a_version_and_says_why_and_a_mended_file_goes_on_from_the_gate(shop: Path) -> None:
    """The groups are made of what the model finds: who looks at few products is scored low."""
    by_device = "\n".join(["user_id,device", *(f"u{n},{'mobile' if n % 2 else 'desktop'}" for n in range(120))])
    fair = run(shop, by_device, least=0.5)
    assert fair.exit_code == 0, fair.output
    (version,) = Registry(shop / "registry").versions("comes-back")
    card = (version.read("card.md") or b"").decode()
    assert "## Fairness" in card
    assert "| device |" in card[card.index("## Fairness") :]
    (folder,) = [each for each in (shop / "runs" / "comes-back").iterdir() if each.is_dir()]
    biased = run(shop, _by_score(folder), "--resume", least=0.5)
    assert biased.exit_code == 1, biased.output
    assert "stays behind the gate: fairness: the ratio of scored low to high, reached by the highest scores, is 0.0" in biased.output.replace(
        "\n", " "
    )
    assert "(done before)" in biased.output, "the history was not read again"
    assert "**disparate**" in (folder / "fairness.md").read_text()
    assert len(Registry(shop / "registry").versions("comes-back")) == 1


def _by_score(folder: Path) -> str:
    """A file of groups by the score itself: the most biased that there can be."""
    answers = msgspec.json.decode((folder / "answers.json").read_bytes())
    read = [msgspec.json.decode(line) for line in (folder / "rows.jsonl").read_bytes().splitlines()][-len(answers) :]
    best: dict[str, float] = {}
    for each, answer in zip(read, answers, strict=True):
        best[each["user_id"]] = max(best.get(each["user_id"], 0.0), answer[1])
    middle = sorted(best.values())[len(best) // 2]
    return "\n".join(["user_id,scored", *(f"{user},{'high' if best[user] >= middle else 'low'}" for user in best)])
