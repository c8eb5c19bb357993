"""A feature is dated by what it sums up: new sums are unknown for a while, renamed ones are not."""

from pathlib import Path
from typing import Any

from services.documents.files import CampaignFile, load_campaign_files
from services.documents.introduced import REMEMBERED, introduced
from tests.documents.writing import FEATURES, write

VIEWS = "  - {name: views_7d, event: product_viewed, aggregate: count, window: 7d}\n"
ADDS = "  - {name: adds_7d, event: product_added, aggregate: count, window: 7d}\n"


def features(tmp_path: Path, *lines: str) -> CampaignFile:
    (file,) = load_campaign_files([write(tmp_path / "features.yaml", "features:\n" + "".join(lines))])
    return file


def dates(file: CampaignFile) -> Any:
    return file.document.get("introduced")


def test_the_first_publication_dates_nothing(tmp_path: Path) -> None:
    assert dates(introduced(features(tmp_path, VIEWS), before=None, at=5)) is None


def test_the_same_features_again_are_the_same_document(tmp_path: Path) -> None:
    file = features(tmp_path, VIEWS)
    assert introduced(file, before=file.document, at=5).document == file.document


def test_a_new_feature_is_dated_and_keeps_its_date(tmp_path: Path) -> None:
    before = features(tmp_path, VIEWS).document
    second = introduced(features(tmp_path, VIEWS, ADDS), before=before, at=5)
    assert dates(second) == {"adds_7d": 5}
    third = introduced(features(tmp_path, ADDS), before=second.document, at=9)
    assert dates(third) == {"adds_7d": 5}


def test_a_renamed_feature_keeps_its_memory_and_a_redefined_one_does_not(tmp_path: Path) -> None:
    before = features(tmp_path, VIEWS).document
    assert dates(introduced(features(tmp_path, VIEWS.replace("views_7d", "seen")), before=before, at=5)) is None
    assert dates(introduced(features(tmp_path, VIEWS.replace("window: 7d", "window: 8d")), before=before, at=5)) == {"views_7d": 5}


def test_a_computed_feature_needs_no_date(tmp_path: Path) -> None:
    file = features(tmp_path, VIEWS, "  - {name: hour, expression: user.hour}\n")
    assert FEATURES.strip() in file.source.text
    assert dates(introduced(file, before=features(tmp_path, VIEWS).document, at=5)) is None


def test_what_is_not_counted_any_more_is_dated_until_it_is_counted_again(tmp_path: Path) -> None:
    first = features(tmp_path, VIEWS, ADDS)
    without = introduced(features(tmp_path, VIEWS), before=first.document, at=5)
    (date,) = without.document["removed"].values()
    assert date == 5
    assert introduced(features(tmp_path, VIEWS), before=without.document, at=9).document == without.document
    assert "removed" not in introduced(first, before=without.document, at=9).document
    assert "removed" not in introduced(features(tmp_path, VIEWS), before=without.document, at=5 + REMEMBERED).document


def test_a_renamed_feature_is_not_one_that_was_removed(tmp_path: Path) -> None:
    renamed = introduced(features(tmp_path, VIEWS.replace("views_7d", "seen")), before=features(tmp_path, VIEWS).document, at=5)
    assert "removed" not in renamed.document
