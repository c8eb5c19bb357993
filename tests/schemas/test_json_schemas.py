"""The JSON Schemas of files say what the readers say: every shipped and documented file is taken by both, and what is wrong is refused by both."""

import copy
import importlib.resources
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cli.main import kairos
from cli.schema import FILES
from services.campaigns.files import SCENARIOS, CampaignFile, features_for, load_campaign_files, shipped
from services.campaigns.yaml12 import parse
from udfs.core.campaign_language import KEYS as CAMPAIGN_KEYS
from udfs.core.campaign_language import compile_campaign
from udfs.core.feature_language import KEYS as FEATURE_KEYS
from udfs.core.feature_language import compile_features
from udfs.core.policy_language import KEYS as POLICY_KEYS
from udfs.core.policy_language import compile_policy
from udfs.core.problems import DocumentError
from udfs.core.segment_language import KEYS as SEGMENT_KEYS
from udfs.core.segment_language import compile_segments

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: json.loads((ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()) for name in FILES}
VALIDATORS = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
FEATURES = compile_features(features_for(load_campaign_files(shipped())).document)
NAMES = re.compile(
    r"campaign/variants|campaign/variants/[^/]+/(offer|content)|policy/consent/(default|categories)|policy/currency/rates|features/introduced"
)
"""Mappings whose keys are names that people give."""

Place = tuple[str | int, ...]


def shipped_files() -> list[CampaignFile]:
    folder = Path(str(importlib.resources.files("simulation") / "campaigns"))
    return load_campaign_files([*shipped(), folder, *sorted((ROOT / "training" / "probes").glob("*.yaml"))])


def documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, place and document of every YAML block in README and docs that is a whole file."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, (_, text) in enumerate(re.findall(r"^```yaml( policy)?\n(.*?)^```$", page.read_text(), re.M | re.S)):
            document = parse(text, file=page).value
            kind = next((kind for kind in ("campaign", "features", "segments") if isinstance(document, dict) and kind in document), "policy")
            if isinstance(document, dict) and "scenario" not in document:
                yield kind, f"{page.name}-{number}", document


def readable(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the templates that it names, as a file is read: what they say is no matter of the schema."""
    if kind != "campaign" or "templates" in document or not isinstance(document.get("variants"), dict):
        return document
    words = {channel: {"body": "x"} for channel in ("email", "sms", "push", "webhook", "in_app", "onsite")}
    named = [variant.get("template") for variant in document["variants"].values() if isinstance(variant, dict)]
    return {**document, "templates": {name: words for name in named if isinstance(name, str)}}


def taken(kind: str, document: dict[str, Any]) -> bool:
    """Whether the job's own reader takes it."""
    try:
        match kind:
            case "campaign":
                compile_campaign(readable(kind, document), features=FEATURES, segments=["vip"])
            case "features":
                compile_features(document)
            case "segments":
                compile_segments(document, features=FEATURES)
            case _:
                compile_policy(document)
    except DocumentError:
        return False
    return True


def valid(kind: str, document: dict[str, Any]) -> bool:
    return bool(VALIDATORS[kind].is_valid(document))


def as_file(file: CampaignFile) -> dict[str, Any]:
    """What stands in the file itself."""
    return {key: value for key, value in file.document.items() if key != "templates"}


WRITTEN = [(file.kind, file.file.name, as_file(file)) for file in shipped_files()]
WHOLE = {
    "campaign": parse(
        """\
campaign: everything
description: Every key that there is
purpose: marketing
tags: [cart]
priority: 5
trigger: {event: [product_viewed, page], becomes: session.product_views >= 5, unless: [order_completed]}
when: cart.value > 99
entry: {once_per: cart.id, again: 7d}
control: 10%
choose: split
variants:
  mail: {weight: 1, channel: [email, push], template: cart, offer: {percent: 15 if score < 0.1 else 5, code: X, free: true}, wait: 15m}
  push: {weight: 0.5, channel: push, content: {title: Hi, body: You}}
score: {model: purchase-propensity, class: buys, cold_start: 0.03}
value: 0.1 * cart.value
send: {expires: 6h}
""",
        file=Path("whole.yaml"),
    ).value,
    "policy": parse(
        """\
description: Every key that there is
holdout: {share: 5%, epoch: a, exempt: [transactional]}
quiet_hours: {from: "22:00", to: "8:00", zone: Europe/Berlin, fallback: strictest, then: drop, channels: [email, sms], exempt: [vip], spread: 5m}
caps:
  - {id: a, channel: [email, sms], tag: [cart, browse], campaign: hello, max: 0, within: 24h, then: defer, count_transactional: true}
  - {id: b, channel: any, max: 3, per: week}
week_starts: sunday
consent: {default: {marketing: deny}, categories: {Advertising: marketing}}
suppress: [{after: 2 dismissed, within: 15d, rest: 30d, scope: tag}]
throughput: {email: 1000 per minute, push: 5 per second}
currency: {base: USD, rates: {EUR: 1.08}}
trigger_max_age: 72h
""",
        file=Path("whole.yaml"),
    ).value,
}

MORE = [
    (kind, parse(text, file=Path("more.yaml")).value)
    for kind, text in (
        (
            "campaign",
            "campaign: a\ntrigger: {since: [order_completed], wait: 90d, unless: page}\nvariants: {a: {channel: sms, content: {body: Hi}}}\n",
        ),
        (
            "campaign",
            'campaign: a\ntrigger: {date: user.birthday, at: "9:30", before: 3d, repeat: never}\nvariants: {a: {channel: sms, content: {b: H}}}\n',
        ),
        (
            "campaign",
            """\
campaign: a
trigger: {enters: vip}
entry: {once_per: user.plan, concurrent: 3}
steps:
  - {send: a, id: first}
  - {wait: 2d, leave_on: order_completed, id: pause}
  - {branch: {when: 'opened("a")', then: [{send: b}], else: [{wait: 1d}]}, id: fork}
variants: {a: {channel: sms, content: {body: Hi}}, b: {channel: sms, content: {body: Hi}}}
""",
        ),
        ("segments", 'description: All\nrefresh: 2h\nsegments: [{segment: vip, description: Buys a lot, when: "orders_90d >= 3"}]\n'),
        (
            "features",
            """\
features:
  - {name: a, event: page, aggregate: sum, of: properties.x, window: 7d, filter: event.x > 0, default: 0, purpose: personalization, doc: A}
  - {name: b, event: [page, screen], aggregate: time_since, unit: h}
  - {name: c, ratio: [a, b], default: 0}
  - {name: d, expression: user.hour}
introduced: {a: 5}
""",
        ),
    )
]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def at(document: Any, path: Place) -> Any:
    for step in path:
        document = document[step]
    return document


def mutated(kind: str, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key misspelt, each value of a wrong type; keys that are names are left alone."""
    for path in places(document):
        *above, last = path
        if isinstance(last, str) and not NAMES.fullmatch("/".join(map(str, (kind, *above)))):
            changed = copy.deepcopy(document)
            holder = at(changed, tuple(above))
            holder[f"{last}x"] = holder.pop(last)
            yield f"{path} misspelt", changed
        wrongs: tuple[Any, ...] = ({"wrong": {}}, [[]])
        for wrong in wrongs:
            changed = copy.deepcopy(document)
            at(changed, tuple(above))[last] = wrong
            yield f"{path} = {wrong}", changed


def test_every_key_of_the_readers_is_in_these_documents() -> None:
    """So that a key that is new in a reader is missed here at once."""
    seen = {kind: {key for each, document in [*WHOLE.items(), *MORE] if each == kind for key in document} for kind in FILES}
    assert seen["campaign"] == set(CAMPAIGN_KEYS) - {"templates"}
    assert seen["policy"] == set(POLICY_KEYS)
    assert seen["segments"] == set(SEGMENT_KEYS)
    assert {key for feature in MORE[-1][1]["features"] for key in feature} == set(FEATURE_KEYS)


@pytest.mark.parametrize("name", FILES)
def test_it_is_a_valid_schema_and_says_what_every_key_means(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert CliRunner().invoke(kairos, ["schema", "--json", name]).output == (ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()


@pytest.mark.parametrize(("kind", "place", "document"), [*WRITTEN, *documented()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_shipped_and_documented_file_is_taken_by_both(kind: str, place: str, document: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert taken(kind, document)


@pytest.mark.parametrize(("kind", "document"), [*WHOLE.items(), *MORE])
def test_the_document_that_has_every_key_is_taken_by_both(kind: str, document: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert taken(kind, document)


@pytest.mark.parametrize(
    ("kind", "document"),
    [*((kind, document) for kind, _, document in WRITTEN), *WHOLE.items(), *MORE, *((kind, document) for kind, _, document in documented())],
)
def test_what_is_misspelt_or_of_a_wrong_type_is_refused_by_both(kind: str, document: dict[str, Any]) -> None:
    wrong = [
        f"{change}: {'reader' if taken(kind, each) else 'schema'} takes it"
        for change, each in mutated(kind, document)
        if taken(kind, each) or valid(kind, each)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "path", "values"),
    [
        ("campaign", ("trigger", "idle"), ["30m"]),
        ("campaign", ("control",), ["10", "101%", "150%", "100.5%", 10]),
        ("campaign", ("send", "expires"), ["6 hours", "", 6, "0h", "0.0m", "401d", "58w", "9601h", "99999999999999999d"]),
        ("campaign", ("description",), [None, 5, ["a"]]),
        ("campaign", ("purpose",), [None, "", "Marketing", "a/b", "*", "-", "all", " a", "x" * 65]),
        ("campaign", ("score",), [None]),
        ("campaign", ("score", "class"), [None, 1]),
        ("campaign", ("variants", "mail", "offer"), [None, {}]),
        ("campaign", ("entry",), [{"once_per": "cart.id", "concurrent": None}, {"once_per": "cart.id", "concurrent": 3}]),
        ("policy", ("description",), [None, 5, {}]),
        ("policy", ("holdout", "epoch"), [2026, "", "  ", None]),
        ("policy", ("holdout", "exempt"), ["Transactional", ["vip", "STORAGE"], ""]),
        ("policy", ("quiet_hours", "spread"), ["0h"]),
        ("policy", ("caps", 0, "id"), ["", " ", 5]),
        ("policy", ("caps", 0, "within"), ["0h", "0.0d", None]),
        ("policy", ("caps", 0, "channel"), [["email", "any"], []]),
        ("policy", ("consent", "default"), [{"Marketing": "deny"}, {"a=b": "deny"}, {"-": "deny"}]),
        ("policy", ("consent", "categories"), [{"Ads": "Marketing"}, {"Ads": "*"}, {"Ads": None}]),
        ("policy", ("currency",), [{"base": "usd"}, {"base": ""}, {"base": None}, {"rates": {}}, {"base": "USD", "rates": {"eur": 1.08}}]),
        ("campaign", ("campaign",), ["Cart", "a" * 65, ""]),
        ("campaign", ("variants", "push", "weight"), [-1, True, "1"]),
        ("campaign", ("score", "cold_start"), [None, "0.1", True]),
        ("campaign", ("variants", "push", "channel"), ["e-mail", [], ["push", "fax"]]),
        ("policy", ("quiet_hours", "from"), ["24:00", "22", 22]),
        ("policy", ("caps", 0, "max"), [-1, 501, 1.5, True]),
        ("policy", ("caps", 0, "per"), ["week"]),
        ("policy", ("suppress", 0, "after"), ["0 dismissed", "51 dismissed", "2 ignored", "two dismissed"]),
        ("policy", ("throughput", "email"), ["0 per minute", "1000 a minute", 1000, "9999999999 per minute"]),
        ("policy", ("consent", "default", "marketing"), ["maybe", None]),
        ("policy", ("currency", "rates", "EUR"), [0, -1, "1", True]),
    ],
)
def test_what_cannot_be_is_refused_by_both(kind: str, path: Place, values: list[Any]) -> None:
    *above, last = path
    for value in values:
        changed = copy.deepcopy(WHOLE[kind])
        at(changed, tuple(above))[last] = value
        assert not taken(kind, changed), value
        assert not valid(kind, changed), value


@pytest.mark.parametrize(
    ("kind", "path", "values"),
    [
        ("policy", ("caps", 0, "max"), [2.0, 0, 500]),
        ("policy", ("caps", 0, "within"), ["30d", "0.5h", "720h", "007d", "1ms"]),
        ("policy", ("trigger_max_age",), ["400d", "9600h", "57w", "576000m", "399.9d"]),
        ("policy", ("throughput", "email"), ["0001 per minute", "999999999 per hour"]),
        ("policy", ("suppress", 0, "after"), ["002 dismissed", "50 opened"]),
        ("policy", ("holdout", "share"), ["0%", "100%", "100.0%", "005%", "99.9 %"]),
        ("policy", ("consent", "categories"), [{"Mail from us": "order updates"}]),
        ("campaign", ("priority",), [2.0, -1]),
    ],
)
def test_what_can_be_is_taken_by_both(kind: str, path: Place, values: list[Any]) -> None:
    *above, last = path
    for value in values:
        changed = copy.deepcopy(WHOLE[kind])
        at(changed, tuple(above))[last] = value
        assert taken(kind, changed), value
        assert valid(kind, changed), value


@pytest.mark.parametrize(
    ("key", "value"), [("doc", None), ("doc", 5), ("purpose", None), ("purpose", "Ads"), ("purpose", "a~b"), ("window", "0d"), ("window", "9999d")]
)
def test_what_cannot_be_of_a_feature_is_refused_by_both(key: str, value: object) -> None:
    document = copy.deepcopy(MORE[-1][1])
    document["features"][0][key] = value
    assert not taken("features", document)
    assert not valid("features", document)


def test_a_step_without_a_name_leaves_its_id_out() -> None:
    document = copy.deepcopy(MORE[2][1])
    document["steps"][0]["id"] = None
    assert not taken("campaign", document)
    assert not valid("campaign", document)


def test_shipped_files_name_their_schema_in_the_first_line() -> None:
    for file in shipped_files():
        if file.file.parent.name != "probes" and not file.file.name.endswith(SCENARIOS):
            first = file.file.read_text().splitlines()[0]
            assert first.startswith("# yaml-language-server: $schema=")
            assert (file.file.parent / first.partition("=")[2]).resolve() == ROOT / "schemas" / "json" / f"{file.kind}.schema.json"
