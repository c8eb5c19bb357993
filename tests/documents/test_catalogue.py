"""Products in scenarios, in `kairos try` and in the check: item(…) can be used without a cluster."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.documents.findings import BadFile
from services.documents.scenarios import load_scenarios

CAMPAIGN = """
campaign: seen
trigger: {event: product_viewed}
when: item(event.product_id).price > 99
variants:
  push: {channel: push, content: {body: "{{ item(event.product_id).name }}, {{ item(event.product_id).properties.colour }}"}}
"""
STORY = """
scenario: a dear tent is viewed
catalogue: %s
given: [{at: "10:00", event: product_viewed, properties: {product_id: tent}}]
expect: [{at: "10:00", outcome: acted, content: {body: "Dome, green"}}]
"""
INLINE = "[{id: tent, title: Dome, price: 129 EUR, colour: green}]"
FEED = "id,name,price,colour\ntent,Dome,129 EUR,green\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "features.yaml").write_text("features: []\n")
    (tmp_path / "seen.yaml").write_text(CAMPAIGN)
    (tmp_path / "shop.csv").write_text(FEED)
    return tmp_path


def called(*words: str | Path) -> Result:
    return CliRunner().invoke(kairos, list(map(str, words)))


@pytest.mark.parametrize("catalogue", [INLINE, "shop.csv"])
def test_a_story_has_products_of_its_own_or_a_feed_beside_it(folder: Path, catalogue: str) -> None:
    (folder / "seen.scenarios.yaml").write_text(STORY % catalogue)
    result = called("campaigns", "test", folder)
    assert "1 scenario passed" in result.output


def test_a_story_without_products_has_those_that_the_run_is_given(folder: Path) -> None:
    (folder / "seen.scenarios.yaml").write_text((STORY % INLINE).replace(f"catalogue: {INLINE}\n", ""))
    assert called("campaigns", "test", folder).exit_code == 1
    assert "1 scenario passed" in called("campaigns", "test", folder, "--catalogue", folder / "shop.csv").output


@pytest.mark.parametrize(
    ("catalogue", "words"),
    [
        ("[{name: Dome}]", "id is missing"),
        ("[{id: tent, price: dear}]", "price is no price"),
        ("[tent]", "a product is a mapping"),
        ("{id: tent}", "`catalogue` is a list of products"),
        ("nowhere.csv", "cannot be read"),
        ("features.yaml", "no column that is the item's id"),
    ],
)
def test_what_cannot_be_read_of_a_storys_products_is_a_mistake_of_the_story(folder: Path, catalogue: str, words: str) -> None:
    (folder / "seen.scenarios.yaml").write_text(STORY % catalogue)
    with pytest.raises(BadFile) as caught:
        load_scenarios(folder / "seen.scenarios.yaml")
    assert words in str(caught.value.findings[0])
    assert caught.value.findings[0].line == 3


def test_try_reads_a_feed_and_the_decision_says_what_it_has_read(folder: Path) -> None:
    event: dict[str, Any] = {"messageId": "1", "type": "track", "event": "product_viewed", "userId": "ann", "timestamp": "2026-03-01T10:00:00Z"}
    (folder / "events.jsonl").write_text(json.dumps({**event, "properties": {"product_id": "tent"}}) + "\n")
    result = called("try", folder / "events.jsonl", "--campaigns", folder / "seen.yaml", "--catalogue", folder / "shop.csv", "--json")
    (decision,) = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert decision["catalogue"]["items"] == {"tent": {"price": 129.0, "name": "Dome", "properties.colour": "green"}}
    assert "CSV, 1 item" in result.stderr
    without = called("try", folder / "events.jsonl", "--campaigns", folder / "seen.yaml")
    assert "seen: item(…) is unknown without a catalogue" in without.stderr


def test_the_check_warns_of_a_property_that_no_item_has(folder: Path) -> None:
    (folder / "seen.yaml").write_text(CAMPAIGN.replace("properties.colour", "properties.color"))
    result = called("campaigns", "check", folder / "seen.yaml", "--catalogue", folder / "shop.csv")
    assert "no item of" in result.stderr
    assert "did you mean 'colour'?" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("read", "doubts"),
    [
        ("item.properties.color", 1),
        ("item.properties['Colr']", 1),
        ("item.properties.colour", 0),
        ("event.properties.color", 0),  # something else is wrong there
    ],
)
def test_the_check_warns_of_a_property_that_no_recommended_item_has(folder: Path, read: str, doubts: int) -> None:
    words = f"{{% for item in recommend(3) %}}{{{{ {read} }}}}{{% endfor %}}"
    (folder / "seen.yaml").write_text(CAMPAIGN.replace("{{ item(event.product_id).properties.colour }}", words))
    result = called("campaigns", "check", folder / "seen.yaml", "--catalogue", folder / "shop.csv")
    assert result.stderr.count("no item of") == doubts
    assert result.stderr.count("did you mean 'colour'?") == doubts


@pytest.mark.parametrize(
    ("when", "warned"),
    [
        ("item(event.product_id).brand != 'Acme'", True),
        ("not item(event.product_id).in_stock", True),
        ("default(item(event.product_id).brand, '') != 'Acme'", False),
        ("item(event.product_id).brand != null and item(event.product_id).brand != 'Acme'", False),
        ("item(event.product_id).brand == 'Acme'", False),
    ],
)
def test_the_check_warns_where_an_unknown_item_is_negated(folder: Path, when: str, warned: bool) -> None:  # noqa: FBT001 - a column of the table
    (folder / "seen.yaml").write_text(CAMPAIGN.replace("item(event.product_id).price > 99", when))
    result = called("campaigns", "check", folder / "seen.yaml")
    assert ("is not known this is neither true nor false" in result.stderr) is warned
    assert result.exit_code == 0


def test_the_check_refuses_a_misspelt_field_with_its_place(folder: Path) -> None:
    (folder / "seen.yaml").write_text(CAMPAIGN.replace(").price", ").prize"))
    result = called("campaigns", "check", folder / "seen.yaml")
    assert result.exit_code == 1
    assert "seen.yaml:4" in result.output
    assert "did you mean 'price'" in result.output


def test_a_feed_is_checked_without_a_broker(folder: Path) -> None:
    (folder / "shop.csv").write_text(FEED + ",nameless,1,\nstove,Stove,dear,\n")
    result = called("catalogue", "check", folder / "shop.csv")
    assert "id is missing: line 3" in result.output
    assert "price is no price: line 4 (dear)" in result.output
    assert "CSV, 2 items, 1 row left out" in result.output
    lines = [json.loads(line) for line in called("catalogue", "check", folder / "shop.csv", "--json").stdout.splitlines()]
    assert [line["id"] for line in lines] == ["tent", "stove"]


def test_json_with_two_lists_names_both_and_says_what_to_do(folder: Path) -> None:
    (folder / "shop.json").write_text('{"shoes": [{"id": 1}], "hats": [{"id": 2}]}')
    result = called("catalogue", "check", folder / "shop.json")
    assert (result.exit_code, "shoes (1), hats (1)" in result.output, "jq '.shoes'" in result.output) == (1, True, True)


def test_a_column_is_named_by_hand_or_the_mistake_is_told(folder: Path) -> None:
    (folder / "shop.csv").write_text("Nummer,name\n7,Dome\n")
    (folder / "gaps.csv").write_text("id,colour,size\n1,red,\n2,,L\n", encoding="utf-8")
    result = called("catalogue", "check", folder / "gaps.csv")
    assert (result.exit_code, "2 items" in result.stdout, "properties of all" in result.stdout) == (0, True, True)
    assert "column id=NAME" in called("catalogue", "check", folder / "shop.csv").output
    assert "1 item" in called("catalogue", "check", folder / "shop.csv", "--column", "id=Nummer").output
    assert "did you mean 'price'" in called("catalogue", "check", folder / "shop.csv", "--column", "prize=Nummer").output
