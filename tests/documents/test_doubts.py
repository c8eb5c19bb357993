"""Names of events and traits against the catalogue, negations of the unknown, missing offers: refused where nobody would notice, else warned of."""

import re
from pathlib import Path

import pytest

from services.documents.check import Checked, assess
from services.documents.files import load_campaign_files
from tests.documents.writing import write

CAMPAIGN = """\
campaign: mine
trigger: {{event: {event}, unless: {unless}}}
{more}variants:
  one: {{channel: email, content: {{subject: s, body: "{body}"}}{offer}}}
  two: {{channel: push, content: {{body: Hi}}, offer: {{code: SPRING}}}}
"""


def checked(
    folder: Path,
    *,
    event: str = "product_added",
    unless: str = "[order_completed]",
    more: str = "",
    body: str = "Hi",
    offer: str = "",
    beside: str = "",
) -> Checked:
    file = write(folder / "mine.yaml", CAMPAIGN.format(event=event, unless=unless, more=more, body=body, offer=offer))
    paths = [file] + ([write(folder / "other.yaml", beside)] if beside else [])
    return assess(load_campaign_files(paths))


def told(found: Checked) -> list[str]:
    """Problems, and warnings with an exclamation mark."""
    return [f"{each.line}: {each.message}" for each in found.findings] + [f"! {each.line}: {each.message}" for each in found.doubts]


def test_an_exit_that_nobody_knows_is_refused_and_a_confirmed_one_is_not(tmp_path: Path) -> None:
    assert told(checked(tmp_path, unless="[bill_settled]")) == [
        "2: the catalogue has no event 'bill_settled': if nobody sends it, this stops nothing"
    ]
    assert told(checked(tmp_path, unless="[bill_settled]", more="custom_events: bill_settled\n")) == []


def test_an_exit_with_which_something_else_begins_is_believed_unless_it_looks_misspelt(tmp_path: Path) -> None:
    def other(event: str) -> str:
        return f"campaign: other\ntrigger: {{event: {event}}}\nvariants: {{a: {{channel: push, content: {{body: Hi}}}}}}\n"

    assert told(checked(tmp_path, unless="[bill_settled]", beside=other("bill_settled"))) == []
    assert len(checked(tmp_path, unless="[order_complete]", beside=other("order_complete")).findings) == 1


def test_an_exit_in_a_journey_and_one_by_its_subject_are_read_too(tmp_path: Path) -> None:
    steps = "steps: [{wait: 1d, leave_on: [order_completed, ordr_completed]}, {send: one}, {send: two}]\n"
    assert ["ordr_completed" in each for each in told(checked(tmp_path, more=steps))] == [True]
    from services.documents.event_names import names_of

    document = {
        "trigger": {"event": "a", "unless": [{"event": "b", "same": "invoice_id"}, "c"]},
        "steps": [
            {"branch": {"when": "seen('d')", "then": [{"wait": "1d", "leave_on": {"event": "e"}}]}},
            {"wait_for": ["f"], "else": [{"leave_on": "g"}]},
        ],
    }
    assert {(each.name, each.role) for each in names_of(document)} == {
        *(("a", "begins"), ("b", "stops"), ("c", "stops"), ("d", "asks"), ("e", "stops"), ("f", "awaits"), ("g", "stops"))
    }


def test_a_trigger_of_ones_own_is_believed(tmp_path: Path) -> None:
    assert told(checked(tmp_path, event="loan_requested")) == []
    assert told(checked(tmp_path, event="orders_completed", more="custom_events: [orders_completed]\n")) == []
    assert told(checked(tmp_path, event="orders_completed")) == ["! 2: the catalogue has no event 'orders_completed'"]
    assert told(checked(tmp_path, event="visit_started")) == ["! 2: visit_started is for features: no such event arrives"]


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ('user.country != "US"', ["user.country"]),
        ('not (user.country == "US")', ["user.country"]),
        ('lower(user.country) != "us" and user.country not in ["US"]', ["user.country"]),
        ("not user.vip or not event.gift", ["user.vip", "event.gift"]),
        ("last_category != 'tents'", ["last_category"]),
        ("features.last_category != 'tents'", ["features.last_category"]),
        ('event.products[0].name != "Tent"', ["event.products[0].name"]),
        ('default(user.country, "") != "US"', []),
        ('user.country != null and user.country != "US"', []),
        ('user.country == null or user.country != "US"', []),
        ("views_7d != 3 and not cart.empty and user.weekday != 'monday'", []),
        ("not seen('order_completed') and not in_segment", None),
        ("not any(event.products, category == 'tents')", []),
        ('user.country == "US"', []),
    ],
)
def test_a_negation_of_what_may_be_unknown_is_told_once(tmp_path: Path, when: str, names: list[str] | None) -> None:
    quoted = when.replace("'", "''")
    found = checked(tmp_path, more=f"when: '{quoted}'\n")
    if names is None:
        assert found.findings
    else:
        assert [each.message.split()[1] for each in found.doubts] == names


@pytest.mark.parametrize(
    ("offer", "names"),
    [
        ("10 if user.age > 40 else 5", ["user.age"]),
        ("10 if user.vip else 5", ["user.vip"]),
        ("10 if not user.age > 40 and last_category == 'tents' else 5", ["user.age", "last_category"]),
        ("10 if default(user.age, 0) > 40 else 5", []),
        ("10 if user.age != null and user.age > 40 else 5", []),
        ("10 if cart.value > 40 else 5", []),
    ],
)
def test_an_inline_if_over_what_may_be_unknown_is_told(tmp_path: Path, offer: str, names: list[str]) -> None:
    found = checked(tmp_path, offer=f', offer: {{percent: "{offer}"}}')
    assert [each.message.split()[1] for each in found.doubts] == names
    assert all("neither side of the inline if" in each.message and "default(" in str(each.suggestion) for each in found.doubts)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{ 'A' if user.age > 40 else 'B' }}", "where user.age is missing the inline if prints neither of its texts"),
        ("{% if user.country != 'US' %}A{% endif %}", "where user.country is missing this is neither true nor false, so it is not met"),
        ("{{ 'A' if user.age | default(0) > 40 else 'B' }}", None),
        ("{{ 'A' if user.age else 'B' }}", None),
        ("{% if user.age > 40 %}A{% else %}B{% endif %}", None),
        ("{% if user.age and user.age != 40 %}A{% endif %}", None),
        ("{{ 'A' if cart.value > 40 else 'B' }}", None),
    ],
)
def test_so_it_is_in_messages(tmp_path: Path, body: str, says: str | None) -> None:
    assert [each.message for each in checked(tmp_path, body=body).doubts] == ([says] if says else [])


def test_a_feature_that_chooses_by_what_may_be_unknown_is_told_unless_it_has_a_default(tmp_path: Path) -> None:
    file = tmp_path / "features.yaml"
    for default, count in (("", 1), (", default: young", 0)):
        file.write_text(f'features:\n  - {{name: age, expression: \'"old" if user.age > 40 else "young"\'{default}}}\n', encoding="utf-8")
        found = assess(load_campaign_files([file]))
        assert not found.findings
        assert len(found.doubts) == count


def test_an_offer_that_this_message_lacks_is_refused_unless_the_message_asks(tmp_path: Path) -> None:
    assert told(checked(tmp_path, body="Your code: {{ offer.code }}")) == ["4: nothing fills 'offer.code' in variant 'one'"]
    for body in (
        "{% if offer.code %}{{ offer.code }}{% endif %}",
        "{{ offer.code | default('NONE') }}",
        "{{ offer.code if offer.code else 'NONE' }}",
        "{% if not offer.code %}none{% else %}{{ offer.code }}{% endif %}",
    ):
        assert told(checked(tmp_path, body=body)) == [], body
    assert told(checked(tmp_path, body="{{ offer.code }}", offer=", offer: {code: A}")) == []
    assert len(checked(tmp_path, body="{% if offer.cod %}{{ offer.cod }}{% endif %}").findings) == 1


def test_a_feature_s_name_inside_a_list_function_is_refused_because_it_means_the_item(tmp_path: Path) -> None:
    (finding,) = checked(tmp_path, more="when: any(event.products, price > mean_price_viewed_30d)\n").findings
    assert "features.mean_price_viewed_30d" in str(finding)
    assert told(checked(tmp_path, more="when: any(event.products, price > features.mean_price_viewed_30d)\n")) == []


def test_traits_that_look_misspelt_and_places_that_nothing_fills(tmp_path: Path) -> None:
    body = "{{ user.frist_name }} {{ user.loyalty_tier }} { user.first_name } 50% OFF %FIRSTNAME%"
    assert [each.partition(": ")[2] for each in told(checked(tmp_path, body=body))] == [
        "the trait 'frist_name' is not a usual one",
        "'{ user.first_name }' goes out as it stands",
        "'%FIRSTNAME%' goes out as it stands",
    ]


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ('opened("othr", "7d")', ["othr"]),
        ('opened("other", "7d") and not sent("other")', []),
        ('sent("win-back") or clicked("win-back") or delivered("welcome")', ["welcome", "win-back", "win-back"]),
        ('seen("order_completed")', []),
    ],
)
def test_a_question_about_a_campaign_that_is_nowhere_is_told(tmp_path: Path, when: str, names: list[str]) -> None:
    other = "campaign: other\ntrigger: {event: cart_viewed}\nvariants: {a: {channel: push, content: {body: Hi}}}\n"
    found = told(checked(tmp_path, more=f"when: '{when}'\n", beside=other))
    assert sorted(re.findall(r"no campaign here is called '([\w-]+)'", "\n".join(found))) == names


def test_a_campaign_next_to_the_one_that_is_checked_and_the_messages_of_a_journey_are_known(tmp_path: Path) -> None:
    write(tmp_path / "other.yaml", "campaign: other\ntrigger: {event: cart_viewed}\nvariants: {a: {channel: push, content: {body: Hi}}}\n")
    assert told(checked(tmp_path, more="when: 'opened(\"other\")'\n")) == []
    steps = 'steps: [{send: one}, {wait: 1d}, {branch: {when: \'opened("one") or opened("lost")\', then: [{send: two}]}}]\n'
    assert [each[: each.index(":")] for each in told(checked(tmp_path, more=steps)) if "'lost'" in each and "'one'" not in each] == ["! 3"]


def test_what_is_expected_of_an_offer_that_nobody_makes_is_doubted(tmp_path: Path) -> None:
    offer = ", offer: {percent: 5}"
    assert told(checked(tmp_path, more="expect: {offer: {percent: 50}}\n", offer=offer)) == []
    (doubt,) = checked(tmp_path, more="expect: {offer: {percnt: 50}}\n", offer=offer).doubts
    assert (doubt.line, doubt.message, doubt.suggestion) == (3, "no variant offers 'percnt', so this allows nothing", "did you mean 'percent'?")
    (doubt,) = checked(tmp_path, more="expect: {offer: {amount: 50}}\n", offer=offer).doubts
    assert doubt.suggestion == "they offer code, percent"


@pytest.mark.parametrize("word", ["out of scope", "Out-Of-Scope", "OUT_OF_SCOPE", "oos"])
def test_what_is_about_nothing_is_spelt_in_one_way(tmp_path: Path, word: str) -> None:
    def when(answer: str) -> str:
        return f'when: \'default(intent(event.name), "") != "{answer}"\'\n'

    assert told(checked(tmp_path, more=when("out_of_scope"))) == []
    (doubt,) = checked(tmp_path, more=when(word)).doubts
    assert (doubt.message, doubt.suggestion) == (f"'{word}' is not an answer about a text that no intent fits", 'write "out_of_scope"')


def test_an_intent_is_a_text(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, more="when: intent(event.name) > 3\n").findings
    assert found.message == "intent(event.name) is a text and 3 is a number: this is never met"
