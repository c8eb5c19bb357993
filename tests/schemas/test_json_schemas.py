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
from udfs.core.campaign_language import compile_campaign
from udfs.core.feature_language import compile_features
from udfs.core.policy_language import compile_policy
from udfs.core.problems import DocumentError

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: json.loads((ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()) for name in FILES}
VALIDATORS = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
FEATURES = compile_features(features_for(load_campaign_files(shipped())).document)
NAMES = re.compile(
    r"campaign/variants|campaign/variants/\w+/(offer|content)|policy/consent/(default|categories)|policy/currency/rates|features/introduced"
)
"""Mappings whose keys are names that people give."""
FOR_PEOPLE = {"description", "doc"}
"""Texts that no reader reads: the schema asks for a text, the reader for nothing."""

Place = tuple[str | int, ...]


def shipped_files() -> list[CampaignFile]:
    folder = Path(str(importlib.resources.files("simulation") / "campaigns"))
    return load_campaign_files([*shipped(), folder, *sorted((ROOT / "training" / "probes").glob("*.yaml"))])


def documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, place and document of every YAML block in README and docs that is a whole file."""
    for page in (ROOT / "README.md", ROOT / "docs" / "campaigns.md", ROOT / "docs" / "policy.md"):
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
                compile_campaign(readable(kind, document), features=FEATURES)
            case "features":
                compile_features(document)
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
    """Each key misspelt, each value of a wrong type; keys that are names and texts for people are left alone."""
    for path in places(document):
        *above, last = path
        if last in FOR_PEOPLE:
            continue
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


@pytest.mark.parametrize("name", FILES)
def test_it_is_a_valid_schema_and_says_what_every_key_means(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert CliRunner().invoke(kairos, ["schema", "--json", name]).output == (ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()


@pytest.mark.parametrize(("kind", "place", "document"), [*WRITTEN, *documented()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_shipped_and_documented_file_is_taken_by_both(kind: str, place: str, document: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert taken(kind, document)


@pytest.mark.parametrize("kind", WHOLE)
def test_the_document_that_has_every_key_is_taken_by_both(kind: str) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(WHOLE[kind])] == []
    assert taken(kind, WHOLE[kind])


@pytest.mark.parametrize(
    ("kind", "document"),
    [*((kind, document) for kind, _, document in WRITTEN), *WHOLE.items(), *((kind, document) for kind, _, document in documented())],
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
        ("campaign", ("control",), ["10", "101%", 10]),
        ("campaign", ("send", "expires"), ["6 hours", "", 6]),
        ("campaign", ("campaign",), ["Cart", "a" * 65, ""]),
        ("campaign", ("variants", "push", "weight"), [-1, True, "1"]),
        ("campaign", ("score", "cold_start"), [None, "0.1", True]),
        ("campaign", ("variants", "push", "channel"), ["e-mail", [], ["push", "fax"]]),
        ("policy", ("quiet_hours", "from"), ["24:00", "22", 22]),
        ("policy", ("caps", 0, "max"), [-1, 501, 1.5, True]),
        ("policy", ("caps", 0, "per"), ["week"]),
        ("policy", ("suppress", 0, "after"), ["0 dismissed", "51 dismissed", "2 ignored", "two dismissed"]),
        ("policy", ("throughput", "email"), ["0 per minute", "1000 a minute", 1000]),
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
        if value != "101%":  # beyond a pattern
            assert not valid(kind, changed), value


def test_shipped_files_name_their_schema_in_the_first_line() -> None:
    for file in shipped_files():
        if file.file.parent.name != "probes" and not file.file.name.endswith(SCENARIOS):
            first = file.file.read_text().splitlines()[0]
            assert first.startswith("# yaml-language-server: $schema=")
            assert (file.file.parent / first.partition("=")[2]).resolve() == ROOT / "schemas" / "json" / f"{file.kind}.schema.json"
