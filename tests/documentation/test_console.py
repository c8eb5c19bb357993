"""Pages that show commands with their output show what the commands print; the first campaign of the README is a file that runs."""

import re
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from cli.main import kairos
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.segment import segment_spec
from tests.documentation.console import ROOT, renewed, runs
from udfs.core.records import Action

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "cart"
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if "```console" in page.read_text(encoding="utf-8")]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path) -> None:
    found = list(runs(page.read_text(encoding="utf-8")))
    assert found
    for run in found:
        assert run.shown.strip(), run.command
        assert run.holds, f"{run.command}\n--- shown\n{run.shown}--- printed\n{run.printed}"


def test_the_readme_and_the_tutorial_are_among_them() -> None:
    assert {page.name for page in PAGES} >= {"README.md", "tutorial.md"}


def test_a_page_that_shows_something_else_is_found_and_renewed() -> None:
    page = "```console\n$ kairos campaigns check docs/examples/cart\nall is well\n```\n"
    (run,) = runs(page)
    assert not run.holds
    (again,) = runs(renewed(page))
    assert again.holds


def test_only_a_block_that_says_so_leaves_the_rest_out() -> None:
    page = "```console\n$ kairos campaigns check docs/examples/cart\n✓ left-in-the-cart  docs/examples/cart/cart.yaml\n```\n"
    (cut,) = runs(page)
    assert not cut.holds
    (cut,) = runs(page.replace("cart.yaml\n", "cart.yaml\n...\n"))
    assert cut.holds


def test_the_readme_shows_the_example_s_campaign_to_the_letter() -> None:
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    written = (EXAMPLE / "cart.yaml").read_text(encoding="utf-8")
    assert shown == written.partition("\n")[2], "all but the line for editors"


def test_the_readme_shows_the_mail_as_it_goes_out() -> None:
    job = LocalJob(book_of([EXAMPLE / "cart.yaml"], features=None, policy=None))
    outputs = [output for step in job.run(segment_spec(EXAMPLE / "left.jsonl").records, drain=None) for output in step]
    (action,) = (output for output in outputs if isinstance(output, Action))
    assert f"```text\nSubject: {action.content['subject']}\n\n{action.content['body']}\n```" in README


def test_the_example_passes_its_scenarios() -> None:
    done = CliRunner().invoke(kairos, ["campaigns", "test", str(EXAMPLE)])
    assert done.exit_code == 0, done.output


def test_make_try_runs_the_commands_of_the_readme() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (kairos try .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert f"$(SMALL)/bin/{command}" in recipe


def test_the_page_of_commands_names_every_command() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert set(kairos.list_commands(Context(kairos))) == set(re.findall(r"`kairos ([a-z-]+)`", page))


def test_the_page_of_features_names_every_key_and_aggregate() -> None:
    from udfs.core.features.aggregates import AGGREGATES
    from udfs.core.features.language.features import KEYS

    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert named == set(KEYS) | set(AGGREGATES)


def test_every_block_of_code_begins_as_the_site_understands_it() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        begun = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)[::2]
        assert [info for info in begun if not re.fullmatch(r'(?:\w+(?: title="[^"]+")?)?', info)] == [], page.name
