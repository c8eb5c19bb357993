"""Every recipe of docs/recipes.md is a campaign, or two, without fault that does what its stories say, and every heading has one."""

import re
from pathlib import Path

import pytest

from services.documents.check import check
from services.documents.files import features_for, load_campaign_files
from services.documents.scenarios import load_scenarios
from services.local.trial import try_out
from tests.documents.writing import write

TEXT = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
PROGRAMMES = Path(__file__).parents[2] / "docs" / "examples" / "programmes"
RECIPES = {part.partition("\n")[0]: part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]}


def blocks(recipe: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", RECIPES[recipe], re.MULTILINE | re.DOTALL)


def test_they_are_numbered() -> None:
    assert [int(title.split(".")[0]) for title in RECIPES] == list(range(1, len(RECIPES) + 1))
    assert len(RECIPES) >= 27


def test_the_later_ones_are_those_of_the_examples() -> None:
    files = [path.read_text(encoding="utf-8") for path in PROGRAMMES.rglob("*.yaml")]
    for title in list(RECIPES)[13:]:
        texts = re.findall(r"^```yaml.*?\n(.*?)^```$", RECIPES[title], re.MULTILINE | re.DOTALL)
        parts = [part.strip() for text in texts for part in re.split(r"\n\n(?=- scenario)", text)]
        assert [part for part in parts if not any(part in file for file in files)] == [], title


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_does_what_its_stories_say(recipe: str, tmp_path: Path) -> None:
    beside = ("segments", "features")
    paths = [write(tmp_path / f"{kind}.yaml", text) for kind in beside for text in blocks(recipe, "yaml") if text.startswith(f"{kind}:")]
    texts = [text for text in blocks(recipe, "yaml") if not text.startswith(tuple(f"{kind}:" for kind in beside))]
    for name, text in re.findall(r'^```yaml title="(policy|templates/\w+).yaml"\n(.*?)^```$', RECIPES[recipe], re.MULTILINE | re.DOTALL):
        write(tmp_path / f"{name}.yaml", text)
    paths += [write(tmp_path / f"recipe{number}.yaml", text) for number, text in enumerate(texts)]
    (stories,) = blocks(recipe, 'yaml title="NAME.scenarios.yaml"')
    write(tmp_path / "recipe0.scenarios.yaml", stories)
    files = load_campaign_files(paths)
    assert [str(finding) for finding in check(files)] == []
    campaign, *others = (file for file in files if file.kind == "campaign")
    scenarios = load_scenarios(campaign.scenarios)
    assert len(scenarios) >= 2
    assert not others or all(scenario.all_campaigns for scenario in scenarios)
    for scenario in scenarios:
        trial = try_out(scenario, campaign=campaign, files=files, features=features_for(files))
        assert trial.passed, "\n".join([scenario.name, *trial.lines])
