"""A mistake in a campaign is reported with file, line, column, and a suggestion."""

from pathlib import Path

import pytest

from services.documents.check import check
from services.documents.files import features_for, load_campaign_files
from services.documents.scenarios import load_scenarios
from services.documents.unknown_names import CART, ITEM, SESSION
from services.local.trial import try_out
from tests.documents.writing import CAMPAIGN, FEATURES, write


@pytest.mark.parametrize(
    ("written", "pointed", "hint"),
    [
        ("{{ cart.valeu }}", "cart.valeu", "did you mean 'value'?"),
        ("{{ features.views_7 }}", "features.views_7", "did you mean 'views_7d'?"),
        ("{{ session.views }}", "session.views", "product_views"),
        ("{{ campaign.version }}", "campaign.version", "campaign has name"),
        ("{{ offer.percent }}", "offer.percent", "nothing here fills offer"),
        ("{% for i in cart.items %}{{ i.nmae }}{% endfor %}", ".nmae", "did you mean 'name'?"),
    ],
)
def test_a_place_in_a_message_that_nothing_fills_is_told(folder: Path, written: str, pointed: str, hint: str) -> None:
    write(folder / "templates" / "cart.yaml", f"email:\n  body: >-\n    Hello,\n    {written}\n")
    (finding,) = check(load_campaign_files([folder]))
    assert "nothing fills" in finding.message
    assert finding.text[finding.column - 1 :].startswith(pointed)
    assert hint in (finding.suggestion or "")


def test_every_name_that_is_said_to_be_filled_is_filled(folder: Path) -> None:
    names = (
        [f"cart.{name}" for name in CART if name not in {"items", "products", "empty"}] + [f"session.{name}" for name in SESSION] + ["campaign.name"]
    )
    items = "".join(f"[{{{{ i.{name} }}}}]" for name in ITEM)
    body = "".join(f"[{{{{ {name} }}}}]" for name in names) + f"{{% for i in cart.items %}}{items}{{% endfor %}}"
    write(folder / "templates" / "cart.yaml", f"email:\n  body: '{body}'\n")
    product = "{product_id: p, name: Tent, price: 120, quantity: 2, currency: EUR, image_url: 'https://i', url: 'https://u'}"
    expect = "[{at: 10:30, outcome: acted, content: {body: '[]'}}]"
    story = f"scenario: all\ngiven: [{{at: 10:00, event: product_added, properties: {product}}}]\nexpect: {expect}\n"
    files = load_campaign_files([folder])
    assert check(files) == []
    (scenario,) = load_scenarios(write(folder / "comeback.scenarios.yaml", story))
    trial = try_out(scenario, campaign=files[0], files=files, features=features_for(files))
    assert not trial.passed, "no place is empty"
    assert "[u1-1][240][EUR]" in "".join(trial.lines)


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "words"),
    [
        ("comeback.yaml", "cart.value > 99", "crt.value > 99", (3, "crt.value > 99"), "did you mean 'cart.value'?"),
        ("comeback.yaml", "and views_7d", "and views_7", (3, "views_7 >="), "did you mean 'views_7d'?"),
        ("comeback.yaml", "when:", "wen:", (3, "wen: "), "did you mean 'when'?"),
        ("comeback.yaml", "30m", "30 minutes", (2, "30 minutes"), "write 30m"),
        ("comeback.yaml", "email", "E-Mail", (5, "E-Mail"), "did you mean 'email'?"),
        ("comeback.yaml", "variants:", "rollout: [5%]\nvariants:", (4, "rollout: "), "add goal: {event:"),
        ("features.yaml", "product_viewed, aggregate: count", "product_viewed, aggregate: cuont", (2, "cuont"), "did you mean 'count'?"),
        ("templates/cart.yaml", "first_name", "first_name | shout", (3, ""), "unknown filter 'shout'"),
    ],
)
def test_a_mistake_is_found_where_it_stands(folder: Path, file: str, old: str, new: str, place: tuple[int, str], words: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    write(folder / file, text.replace(old, new))
    findings = check(load_campaign_files([folder]))
    assert len(findings) == 1, findings
    assert findings[0].file == folder / file
    assert findings[0].line == place[0]
    assert findings[0].text[findings[0].column - 1 :].startswith(place[1]), str(findings[0])
    assert words in str(findings[0])


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    write(folder / "comeback.yaml", CAMPAIGN.replace("30m", "soon").replace("cart.value", "cart.worth").replace("email", "letter"))
    assert [finding.line for finding in check(load_campaign_files([folder]))] == [2, 3, 5]


def test_two_campaigns_of_one_name_would_overwrite_each_other(folder: Path) -> None:
    write(folder / "other.yaml", CAMPAIGN)
    (finding,) = check(load_campaign_files([folder]))
    assert "already in" in finding.message
    assert finding.file.name == "other.yaml"


def test_a_good_folder_has_nothing_to_tell(folder: Path) -> None:
    assert check(load_campaign_files([folder])) == []


def test_a_campaign_is_judged_by_the_features_beside_it(folder: Path) -> None:
    write(folder / "features.yaml", FEATURES.replace("views_7d", "views_30d"))
    (finding,) = check(load_campaign_files([folder / "comeback.yaml"]))
    assert "views_7d" in finding.message


def test_a_shipped_feature_behind_an_own_features_file_says_which_file_is_in_force(folder: Path) -> None:
    write(folder / "comeback.yaml", CAMPAIGN.replace("views_7d >= 0", "orders_90d > 0"))
    (finding,) = check(load_campaign_files([folder]))
    assert "unknown name 'orders_90d'" in finding.message
    assert finding.suggestion is not None
    assert str(folder / "features.yaml") in finding.suggestion
    assert "replaces the shipped features" in finding.suggestion
    write(folder / "comeback.yaml", CAMPAIGN.replace("views_7d >= 0", "ordrs > nobody_knows"))
    assert all("ships with Kairos" not in (each.suggestion or "") for each in check(load_campaign_files([folder])))


def test_a_field_of_a_list_is_never_known_and_the_cure_asks_its_things(folder: Path) -> None:
    bought = CAMPAIGN.replace("{idle: 30m, of: cart, unless: [order_completed]}", "{event: order_completed}")
    write(folder / "comeback.yaml", bought.replace("cart.value > 99", 'event.products.category == "tents"'))
    told = [each for each in check(load_campaign_files([folder])) if "is a list" in each.message]
    assert ["any(event.products, category" in (each.suggestion or "") for each in told] == [True]
    quoted = 'event.name == "event.products.category"'
    write(folder / "comeback.yaml", bought.replace("cart.value > 99 and views_7d >= 0", quoted))
    assert not [each for each in check(load_campaign_files([folder])) if "is a list" in each.message]


def test_a_list_with_for_is_named_in_words(folder: Path) -> None:
    write(folder / "comeback.yaml", CAMPAIGN.replace("cart.value > 99", "any([p > 9 for p in cart.items])"))
    told = "".join(each.message for each in check(load_campaign_files([folder])))
    assert "ListComp" not in told


def test_warnings_stand_beside_the_errors_of_another_file_and_mails_need_subjects(folder: Path) -> None:
    from click.testing import CliRunner

    from cli.main import kairos

    write(folder / "bare.yaml", "campaign: bare\ntrigger: {event: signed_up}\nvariants: {m: {channel: email, content: {body: Hi}}}\n")
    write(folder / "comeback.yaml", CAMPAIGN.replace("30m", "soon").replace("99", "nothing_known"))
    done = CliRunner().invoke(kairos, ["campaigns", "check", str(folder)])
    assert done.exit_code == 1
    assert "the e-mail of 'm' has no subject" in done.output
    places = [int(line.split(":")[1]) for line in done.output.splitlines() if line.startswith("✗") and "comeback.yaml:" in line]
    assert places == sorted(places)
    assert len(places) > 1
