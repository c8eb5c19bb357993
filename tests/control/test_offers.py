"""A slip of the finger in an offer is refused before it is published, and says how it is meant if it is meant."""

from pathlib import Path

import pytest

from services.control.listing import Published
from services.control.offers import too_large
from services.documents.files import load_campaign_files
from tests.documents.writing import write
from udfs.core.policy.anomaly import NOTHING_USUAL, Usual

TEXT = """\
campaign: news
trigger: {{event: signed_up}}
variants:
  mail: {{channel: email, content: {{body: "x"}}, offer: {{{offer}}}}}
{more}"""


def live(name: str, **offer: object) -> Published:
    """A published campaign."""
    document = {"campaign": name, "variants": {"mail": {"channel": "email", "offer": offer}}}
    made = {"key": f"campaign/{name}", "kind": "campaign", "name": name, "version": "v", "status": "live"}
    return Published(**made, published_at=0, published_by="cli", value={"document": document})


def said(folder: Path, offer: str, *known: Published, usual: Usual = NOTHING_USUAL, more: str = "") -> list[str]:
    write(folder / "news.yaml", TEXT.format(offer=offer, more=more))
    (file,) = [each for each in load_campaign_files([folder]) if each.kind == "campaign"]
    return [str(finding) for finding in too_large(file, known, usual)]


def test_it_says_where_what_and_how_it_is_meant(tmp_path: Path) -> None:
    (told,) = said(tmp_path, "percent: 80, code: X", live("news", percent=8, code="X"))
    assert "news.yaml:4:" in told
    assert "percent is 80, and at most 30 is expected, since the most that 'news' has given is 8" in told
    assert "`expect: {offer: {percent: 80}}`" in told


@pytest.mark.parametrize(
    ("offer", "known", "usual", "is_refused"),
    [
        ("percent: 50", [live("news", percent=5)], {}, True),
        ("percent: 20", [live("news", percent=5)], {}, False),
        ("percent: 50", [live("other", percent=5)], {}, True),
        ("percent: 50", [live("other", percent=5), live("sale", percent=20)], {}, False),
        ("percent: 50", [], {}, False),
        ("percent: 800", [], {}, True),
        ("percent: 50", [live("news", percent="15 if score > 0.5 else 5")], {"news": {"percent": 15}}, True),
        ("percent: 40", [live("news", percent="15 if score > 0.5 else 5")], {"news": {"percent": 15}}, False),
        ("amount: 100", [live("news", amount=10)], {}, True),
        ("days: 100", [live("news", days=10)], {}, False),
        ("percent: event.percent", [live("news", percent=10)], {}, False),
        ("percent: 80%", [live("news", percent="8%")], {}, True),
        ("percent: 20%", [live("news", percent="8%")], {}, False),
        ('percent: "80"', [live("news", percent=8)], {}, True),
        ('amount: "1,200 EUR"', [live("news", amount="12 EUR")], {}, True),
        ("discount: SAVE80", [live("news", discount="SAVE8")], {}, False),
        ("free: true, code: X", [live("news", percent=10)], {}, False),
    ],
)
def test_only_what_is_far_above_the_usual_is_refused(
    tmp_path: Path, offer: str, known: list[Published], usual: dict[str, dict[str, float]], *, is_refused: bool
) -> None:
    assert bool(said(tmp_path, offer, *known, usual=Usual(offers=usual))) == is_refused


def test_a_text_above_what_is_declared_is_refused_too(tmp_path: Path) -> None:
    (told,) = said(tmp_path, "percent: 80%", more="expect: {offer: {percent: 50}}\n")
    assert "percent is 80, and at most 50 is expected: its messages would be held" in told


def test_what_is_declared_or_transactional_is_published(tmp_path: Path) -> None:
    assert said(tmp_path, "percent: 80", live("news", percent=8), more="expect: {offer: {percent: 80}}\n") == []
    assert said(tmp_path, "amount: 900", live("news", amount=8), more="purpose: transactional\n") == []
