"""With a real registry: what a producer with Confluent's serialisers registers and writes is read; what Kairos writes can be registered."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.registry.address import address
from jobs.registry.client import Client, RegistryUnavailable, UnknownToRegistry
from jobs.registry.lookup import Lookup
from jobs.registry.warm import warm, warmed
from services.registry.register import NotCompatible, register, subjects
from tests.codecs.builders import NOON
from tests.codecs.registered import ADDED, framed
from tests.jobs.registry.apicurio import apicurio, place
from udfs.codecs.decode import decode_all
from udfs.codecs.reasons import RejectionReason as R
from udfs.codecs.topics import Topics
from udfs.core.records import Event, Rejection

pytestmark = pytest.mark.slow
AT = dt.datetime.fromtimestamp(NOON / 1000, dt.UTC)
RECORD = {"eventId": UUID(int=7), "userId": "ada", "timestamp": AT, "product_id": "tent", "price": Decimal("119.90"), "quantity": 1, "coupon": None}
TOPICS = Topics(channels=["email"])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    jar = place()
    with apicurio(jar, tmp_path_factory.mktemp("apicurio") / "log") as running:
        yield running.url


@pytest.fixture
def client(url: str) -> Client:
    return Client(address(url), deadline_s=60)  # a registry that has just started, on a machine that is busy with other tests


def read(url: str, value: bytes, found: Lookup | None = None) -> Any:
    """The event, or why it was refused. A busy registry may be too slow at first: the event is then refused, and sent again as a person would."""
    found = found or Lookup.at(url)
    for _ in range(60):
        (each,) = decode_all(b"ada", value, NOON, writers=found)
        if not isinstance(each, Rejection) or each.reason != R.SCHEMA_UNAVAILABLE:
            break
        time.sleep(1)
    return each


def test_an_event_is_read_with_the_schema_that_the_registry_has(url: str, client: Client) -> None:
    number = client.register("events-value", json.dumps(ADDED))
    event = read(url, framed(ADDED, RECORD, number=number))
    assert isinstance(event, Event)
    assert (event.name, event.properties["price"]) == ("product_added", 119.9)


def test_versions_of_a_schema_are_read_each_with_its_own(url: str, client: Client) -> None:
    newer = {**ADDED, "fields": [*ADDED["fields"], {"name": "currency", "type": "string", "default": "EUR"}]}
    old, new = (client.register("events-value", json.dumps(schema)) for schema in (ADDED, newer))
    assert old != new
    found = Lookup.at(url)
    first, second = (
        read(url, value, found) for value in (framed(ADDED, RECORD, number=old), framed(newer, {**RECORD, "currency": "GBP"}, number=new))
    )
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert ("currency" in first.properties, second.properties["currency"]) == (False, "GBP")


def test_a_schema_that_refers_to_others_is_put_together(url: str, client: Client) -> None:
    money = {"type": "record", "name": "com.acme.Money", "fields": [{"name": "amount", "type": "double"}, {"name": "currency", "type": "string"}]}
    client.register("com.acme.Money", json.dumps(money))
    fields = [{"name": "userId", "type": "string"}, {"name": "total", "type": "com.acme.Money"}, {"name": "tax", "type": "com.acme.Money"}]
    bought = {"type": "record", "name": "com.acme.Bought", "fields": fields}
    body = {"schema": json.dumps(bought), "references": [{"name": "com.acme.Money", "subject": "com.acme.Money", "version": 1}]}
    number = client.ask("POST", "/subjects/com.acme.Bought/versions", body)["id"]
    whole = {**bought, "fields": [fields[0], {"name": "total", "type": money}, fields[2]]}
    record = {"userId": "ada", "total": {"amount": 5.0, "currency": "EUR"}, "tax": {"amount": 1.0, "currency": "EUR"}}
    event = read(url, framed(whole, record, number=number))
    assert isinstance(event, Event)
    assert event.properties["tax"] == {"amount": 1.0, "currency": "EUR"}


def test_an_id_that_it_does_not_have_is_an_unknown_schema(url: str) -> None:
    refused = read(url, framed(ADDED, RECORD, number=999_999))
    assert refused.reason == R.UNKNOWN_SCHEMA


def test_a_path_that_is_not_the_registrys_says_so(url: str) -> None:
    with pytest.raises(RegistryUnavailable, match="does its path belong there"):
        Client(address(url.replace("/apis/ccompat/v7", "/apis"))).by_id(1)


def test_the_schemas_of_a_topic_are_known_before_its_first_event(client: Client) -> None:
    number = client.register("shop.events-value", json.dumps(ADDED))
    by_both = client.register("shop.events-com.acme.Seen", json.dumps({**ADDED, "name": "Seen"}))
    client.register("shop.events-key", '"string"')
    client.register("shop.other-value", json.dumps({**ADDED, "name": "Other"}))
    assert set(warm(client, "shop.events")) == {number, by_both}
    known, why = warmed(Client(address("http://127.0.0.1:1")), "shop.events")
    assert (known, "refused" in why) == ({}, True)


@pytest.mark.parametrize("strategy", ["topic", "record", "topic-record"])
def test_what_kairos_writes_is_registered_once(client: Client, strategy: Any) -> None:
    first = list(register(client, TOPICS, strategy))
    assert {each.subject for each in first} == set(subjects(TOPICS, strategy))
    assert {each.done for each in first} <= {"new", "unchanged"}
    assert {each.done for each in register(client, TOPICS, strategy)} == {"unchanged"}
    for each in first:
        assert client.by_id(each.id or 0)


def test_a_dry_run_registers_nothing(client: Client) -> None:
    topics = Topics(channels=["email"], decisions="dry.decisions")
    assert {each.id for each in register(client, topics, "topic", dry_run=True) if each.subject == "dry.decisions-value"} == {None}
    with pytest.raises(UnknownToRegistry):
        client.versions("dry.decisions-value")


def test_if_one_is_not_compatible_none_is_registered(client: Client) -> None:
    topics = Topics(channels=["email"], decisions="odd.decisions", rejected="odd.rejected")
    client.register("odd.decisions-value", json.dumps({"type": "record", "name": "kairos.Decision", "fields": [{"name": "user_id", "type": "int"}]}))
    client.ask("PUT", "/config/odd.decisions-value", {"compatibility": "BACKWARD"})
    with pytest.raises(NotCompatible, match=r"odd\.decisions-value"):
        list(register(client, topics, "topic"))
    with pytest.raises(UnknownToRegistry):
        client.versions("odd.rejected-value")


def test_the_command_says_what_it_did(url: str) -> None:
    ran = CliRunner().invoke(kairos, ["schemas", "register", "--schema-registry", url, "--channels", "sms"])
    assert ran.exit_code == 0, ran.output
    assert "actions.sms-value" in ran.output
    assert "kairos.Action, kairos.Recall" in ran.output
