"""Campaign files are read whole: templates with them, every mistake in them at once."""

from pathlib import Path

import pytest

from services.control.records import book_entries, control_record
from services.documents.files import campaign_paths, features_for, load_campaign_files, shipped
from services.documents.findings import BadFile
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.compile_book import compile_book


def test_a_folder_stands_for_its_campaigns_and_features_but_not_for_scenarios_and_templates(folder: Path) -> None:
    write(folder / "comeback.scenarios.yaml", "[]")
    assert [path.name for path in campaign_paths([folder, folder / "comeback.yaml"])] == ["comeback.yaml", "features.yaml"]


def test_a_folder_that_holds_only_folders_says_which_to_name(tmp_path: Path) -> None:
    for name in ("carts", "orders"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "comeback.yaml", CAMPAIGN)
    with pytest.raises(BadFile) as raised:
        campaign_paths([tmp_path])
    assert raised.value.findings[0].suggestion == f"a folder in a folder is not looked into: name {tmp_path / 'carts'} {tmp_path / 'orders'}"


def test_templates_travel_inside_the_document(folder: Path) -> None:
    (campaign,) = load_campaign_files([folder / "comeback.yaml"])
    assert campaign.document["templates"] == {"cart": {"email": {"subject": "Your cart", "body": "Hi {{ user.first_name }}"}}}
    assert (campaign.key, campaign.kind) == ("campaign/comeback", "campaign")


def test_a_version_stands_for_content_and_not_for_layout(folder: Path) -> None:
    (first,) = load_campaign_files([folder / "comeback.yaml"])
    write(
        folder / "comeback.yaml",
        "# a remark\n" + "\n".join(reversed(CAMPAIGN.split("variants:")[0].strip().split("\n"))) + "\nvariants:" + CAMPAIGN.split("variants:")[1],
    )
    (second,) = load_campaign_files([folder / "comeback.yaml"])
    assert control_record(first, at=1, by="cli").version == control_record(second, at=2, by="submit").version
    write(folder / "templates" / "cart.yaml", "email: {subject: Your basket, body: Hi}")
    (third,) = load_campaign_files([folder / "comeback.yaml"])
    assert control_record(third, at=1, by="cli").version != control_record(first, at=1, by="cli").version


@pytest.mark.parametrize(
    ("file", "text", "where", "words"),
    [
        ("comeback.yaml", CAMPAIGN.replace("template: cart", "template: carts"), "comeback.yaml:5", "did you mean 'cart'"),
        ("comeback.yaml", CAMPAIGN.replace("template: cart", "template: ../secret"), "comeback.yaml:5", "no template"),
        ("comeback.yaml", "", "comeback.yaml:1", "is empty"),
        ("comeback.yaml", "[1]", "comeback.yaml:1", "is not a campaign"),
        ("comeback.yaml", "campain: x", "comeback.yaml:1", "did you mean 'campaign'"),
        ("comeback.yaml", "campaign: 7", "comeback.yaml:1", "name is a text"),
        ("comeback.yaml", "campaign: x\ntemplates: {}", "comeback.yaml:2", "files of their own"),
        ("templates/cart.yaml", "email: hello", "cart.yaml:1", "holds fields"),
        ("templates/cart.yaml", "email:\n  subject: 12", "cart.yaml:2", "'subject' is a text"),
        ("templates/cart.yaml", "- a", "cart.yaml:1", "one section per channel"),
        ("templates/cart.yaml", "email: {a: b", "cart.yaml:1", "opened in line 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_line(folder: Path, file: str, text: str, where: str, words: str) -> None:
    write(folder / file, text)
    with pytest.raises(BadFile) as caught:
        load_campaign_files([folder])
    assert where in str(caught.value)
    assert words in str(caught.value)


def test_every_broken_file_is_told_at_once(folder: Path) -> None:
    write(folder / "a.yaml", "a: [")
    (folder / "b.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile) as caught:
        load_campaign_files([folder, folder / "gone.yaml"])
    assert [finding.file.name for finding in caught.value.findings] == ["a.yaml", "b.yaml", "gone.yaml"]


def test_scenarios_given_as_a_campaign_are_sent_home() -> None:
    with pytest.raises(BadFile, match=r"x\.yaml: its scenarios come with it"):
        campaign_paths([Path("x.scenarios.yaml")])


def test_features_come_from_the_files_else_from_beside_them_else_from_the_shipped(folder: Path) -> None:
    campaign, features = load_campaign_files([folder])
    assert features_for([campaign, features]) is features
    assert features_for([campaign]).file == folder / "features.yaml"
    (folder / "features.yaml").unlink()
    assert features_for([campaign]).file.parent.name == "campaigns"


def test_the_shipped_files_make_a_book_that_refuses_nothing() -> None:
    book = compile_book(book_entries(load_campaign_files(shipped())))
    assert not book.refused
    stages = {"acquisition", "consideration", "conversion", "loyalty"}
    assert set(book.campaigns) == {*stages, "cart-abandonment", "browse-abandonment", "welcome", "win-back", "price-drop", "back-in-stock"}
