import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from tests.lake.filled import DAY, START, events, track
from udfs.lake.pseudonyms import add_key, read_keys
from udfs.lake.tables import Rules


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    add_key(tmp_path / "lake.keys")
    rules = Rules(pseudonyms=read_keys(tmp_path / "lake.keys"))
    for day in range(2):
        events(tmp_path / "lake", [track("ada", "A", START + day * DAY), track("bob", "A", START + day * DAY)], name=f"part-{day}", rules=rules)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(kairos, ["lake", *words])


def test_a_question_is_answered_as_a_table_as_json_and_as_csv(home: Path) -> None:
    assert run("sql", "SELECT count(*) AS n FROM events").output.split() == ["n", "4", "1", "row"]
    assert json.loads(run("sql", "--json", "SELECT event, count(*) AS n FROM events GROUP BY event").output) == {"event": "a", "n": 4}
    assert run("sql", "--csv", "SELECT 1 AS a, 'x,y' AS b").output.splitlines() == ["a,b", '1,"x,y"']


@pytest.mark.parametrize(
    "query", ["SELEC 1", "SELECT * FROM event", "SELECT person::INTEGER FROM events", "COPY (SELECT 1) TO 'x'", "SELECT 1; SELECT 2", ""]
)
def test_a_bad_question_is_a_line_and_no_traceback(home: Path, query: str) -> None:
    ran = run("sql", query)
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: ")
    assert "Traceback" not in ran.output


def test_people_of_a_file_are_erased_and_counted(home: Path, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("ada\n\nnobody\n")
    ran = run("erase", str(tmp_path / "ids"), "--lake", str(home / "lake"))
    assert ran.exit_code == 0, ran.output
    assert "1 pseudonyms found" in ran.output
    assert "rows erased: 2 of events" in ran.output
    assert "2 rewritten, 0 deleted" in ran.output
    assert run("sql", "--csv", "SELECT count(*) FROM events").output.splitlines()[1] == "2"


def test_compacting_says_what_it_did(home: Path) -> None:
    assert "nothing to compact" in run("compact").output


def test_a_time_that_is_none_is_a_line(home: Path) -> None:
    ran = run("erase", "--id", "ada", "--before", "yesterday", "--lake", str(home / "lake"))
    assert ran.exit_code == 2
    assert "'yesterday' is not a time" in ran.output


def test_without_keys_nobody_can_be_erased(home: Path) -> None:
    (home / "lake.keys").unlink()
    ran = run("erase", "--id", "ada", "--lake", str(home / "lake"))
    assert (ran.exit_code, "kairos lake key" in ran.output) == (1, True)


def test_a_new_epoch_is_added_and_no_key_is_shown(home: Path) -> None:
    ran = run("key")
    assert "epoch 2" in ran.output
    assert not any(key.hex() in ran.output for key in read_keys(home / "lake.keys").keys.values())


@pytest.mark.parametrize("words", [["--tables", "people"], ["--tables", ","], ["--topics", "events=no good"], ["--checkpoint-interval-ms", "5"]])
def test_impossible_options_are_refused_before_anything_is_started(home: Path, words: list[str]) -> None:
    ran = run("submit", *words)
    assert ran.exit_code == 2, ran.output
    assert "Traceback" not in ran.output
