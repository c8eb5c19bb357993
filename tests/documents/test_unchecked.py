"""A file that could not be checked, because a file that it depends on is broken, is never reported as valid."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from tests.documents.test_segment_files import CAMPAIGN, SEGMENTS
from tests.documents.writing import FEATURES, write

BROKEN_FEATURES = FEATURES.replace("count", "cuont")
BROKEN_SEGMENTS = SEGMENTS.replace("views_7d", "views_7")
NO_YAML = "features: [\n"


@pytest.fixture
def full(folder: Path) -> Path:
    """A folder with two campaigns, features, segments and a policy, all of them good."""
    write(folder / "looked.yaml", CAMPAIGN)
    write(folder / "segments.yaml", SEGMENTS)
    write(folder / "policy.yaml", "caps: [{id: a, channel: email, max: 1, per: day}]\n")
    return folder


def check(*words: object) -> Result:
    return CliRunner().invoke(kairos, ["campaigns", "check", *map(str, words)], catch_exceptions=False)


def ticked(done: Result) -> set[str]:
    return {line.split()[1] for line in done.stdout.splitlines() if line.startswith("✓")}


def not_checked(done: Result) -> dict[str, str]:
    """Name -> the file that is to blame."""
    found = {}
    for line in done.stdout.splitlines():
        if line.startswith("?"):
            _, name, *_, cause, _, _ = line.split()
            assert f"not checked, because {cause} is broken" in line
            found[name] = Path(cause).name
    return found


def test_all_good_is_all_ticked(full: Path) -> None:
    done = check(full)
    assert done.exit_code == 0, done.output
    assert ticked(done) == {"comeback", "features", "looked", "policy", "segments"}


def test_broken_features_leave_segments_and_campaigns_unchecked_be_they_broken_or_not(full: Path) -> None:
    write(full / "features.yaml", BROKEN_FEATURES)
    for segments in (SEGMENTS, BROKEN_SEGMENTS):
        write(full / "segments.yaml", segments)
        done = check(full)
        assert done.exit_code == 1
        assert ticked(done) == {"policy"}, "a policy reads no features"
        assert not_checked(done) == dict.fromkeys(("comeback", "looked", "segments"), "features.yaml")
        assert "1 problem found, 3 files not checked" in done.stderr


def test_broken_segments_leave_campaigns_unchecked(full: Path) -> None:
    write(full / "segments.yaml", BROKEN_SEGMENTS)
    done = check(full)
    assert done.exit_code == 1
    assert ticked(done) == {"features", "policy"}
    assert not_checked(done) == dict.fromkeys(("comeback", "looked"), "segments.yaml")


@pytest.mark.parametrize(
    ("file", "text"), [("features.yaml", BROKEN_FEATURES), ("features.yaml", NO_YAML), ("segments.yaml", BROKEN_SEGMENTS), ("segments.yaml", NO_YAML)]
)
def test_what_stands_beside_a_campaign_counts_as_much_as_what_is_named(full: Path, file: str, text: str) -> None:
    write(full / file, text)
    done = check(full / "looked.yaml")
    assert done.exit_code == 1
    assert f"{full / file}:" in done.stderr
    assert ticked(done) == set()
    assert not_checked(done) == {"looked": file}
    tested = CliRunner().invoke(kairos, ["campaigns", "test", str(full / "looked.yaml")], catch_exceptions=False)
    assert tested.exit_code == 1
    assert "passed" not in tested.stdout


@pytest.mark.parametrize("text", [BROKEN_FEATURES, NO_YAML])
def test_a_policy_is_judged_whatever_stands_beside_it(full: Path, text: str) -> None:
    write(full / "features.yaml", text)
    for command in ("policy", "campaigns"):
        done = CliRunner().invoke(kairos, [command, "check", str(full / "policy.yaml")], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert "✓" in done.stdout


def test_what_is_broken_in_itself_and_unjudged_as_well_is_told_as_broken(full: Path) -> None:
    write(full / "again.yaml", CAMPAIGN)
    write(full / "features.yaml", BROKEN_FEATURES)
    done = check(full)
    assert "is already in" in done.stderr
    assert "? looked" in done.stdout
    assert "✓ looked" not in done.stdout
