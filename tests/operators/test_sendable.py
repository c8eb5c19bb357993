"""Whatever events and control say, the sink accepts what the operator emits: one refused row would end the job again and again."""

import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyflink.common import Row

from jobs.options import Options
from tests.operators.fakes import FakeContext
from tests.operators.running import MINUTE, T0, entry
from tests.schemas.test_schemas import load
from udfs.codecs.fitting import MAX_KEY, MAX_OUTPUT
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.operators.decide import Decide

OPTIONS = Options(channels="email,whatsapp")
SCHEMAS = {"decisions": "decision.avsc", "rejected": "rejected.avsc", "segments": "segment.avsc", "people": "person.avsc"}
PRODUCER_LIMIT = 1_048_576
"""Bytes of the largest request that Kafka's producer makes by default."""

CHANNELS = st.lists(st.sampled_from(["email", "push", "whatsapp", "in_app", "pigeon.post"]), min_size=1, max_size=4)
OFFERS = st.sampled_from(
    [
        "event.x",
        "event.products",
        "event.y.z",
        "event.x * 9223372036854775807 * 9223372036854775807 * event.x",
        "(event.x, event.y, cart.value)",
        "cart.value * 1e299 * 1e10",
        "user.name",
        "last_thing",
        "len(event.products)",
        "event.x + event.x + event.x",
    ]
)
TEMPLATES = st.sampled_from(
    ["Hi", '{{ "\\ud800" }} {{ event.x }}', "{{ event.y }}", "{% for p in event.products %}{{ p.name }}{{ p }}{% endfor %}", "{{ event.x * 10 }}"]
)
NUMBERS = st.one_of(st.integers(), st.integers(-(2**70), 2**70), st.floats(), st.just(10**400))
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["\x00\x1f", "\U0001f600" * 5, "é" * 3000, "x" * 70_000]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
DEEP = st.sampled_from([{"a": {"b": {"c": [1, {"d": 2}]}}}, [[1, [2]], {"a": {"b": 1}}], {"a": [[{"b": None}]]}])
PRODUCTS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3)
USERS = st.one_of(st.just("anna"), st.sampled_from(["anna", "zoë", "\U0001f600" * 256, "", "u" * 257, "k" * 1_200_000]), st.text(max_size=5))


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A campaign on an event or a silence, with an offer and content that read whatever arrived."""
    name = draw(st.sampled_from(["one", "two"]))
    trigger = draw(st.sampled_from([{"event": "product_added"}, {"event": "page"}, {"since": "product_added", "wait": "10m"}]))
    variant = {
        "channel": draw(CHANNELS),
        "content": {"body": draw(TEMPLATES)},
        "offer": {draw(TEXTS): draw(OFFERS), "literal": draw(st.one_of(NUMBERS, st.just("SPRING")))},
    }
    return f"campaign/{name}", {"campaign": name, "trigger": trigger, "variants": {draw(st.sampled_from(["a", "b" * 5000])): variant}}


FEATURES = {
    "features": [
        {"name": "last_thing", "event": ["product_added", "page"], "aggregate": "last", "of": "properties.x"},
        {"name": "sum_of_x", "event": ["product_added", "page"], "aggregate": "sum", "of": "properties.x"},
        {"name": "made", "expression": "last_thing"},
    ]
}
SEGMENTS = {"segments": [{"segment": "some", "when": 'seen("product_added", "1h")'}]}


@st.composite
def control_records(draw: st.DrawFn) -> tuple[str, bytes | None]:
    """A record of control: a document, a switch with any reason, or anything at all."""
    kind = draw(st.sampled_from(["campaign", "campaign", "switch", "deployment", "policy", "bytes", "deep"]))
    if kind == "campaign":
        key, document = draw(campaigns())
        return key, value_of("campaign", document)
    if kind == "switch":
        which = draw(st.sampled_from(["all", "channel/email", "channel/push", "campaign/one"]))
        status = draw(st.sampled_from(["off", "on"]))
        return f"switch/{which}", value_of("switch", {"why": draw(st.one_of(TEXTS, VALUES))}, status=status)
    if kind == "deployment":
        return draw(st.sampled_from(["deployment", "deployment/one"])), value_of("deployment", {"channels": draw(VALUES)})
    if kind == "policy":
        default = draw(st.sampled_from(["grant", "deny"]))
        cap = {"id": draw(TEXTS) or "a", "channel": draw(CHANNELS), "max": 0, "within": "1d", "then": "next_channel"}
        return "policy", value_of("policy", {"consent": {"default": {"marketing": default}}, "caps": [cap]})
    key = draw(st.one_of(st.sampled_from(["campaign/one", "features", "x" * 1_500_000, "\ud800", ""]), TEXTS))
    deep = b'{"kind":"campaign","name":"one","version":"v","document":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001
    return key, deep if kind == "deep" else draw(st.one_of(st.none(), st.binary(max_size=50)))


@st.composite
def events(draw: st.DrawFn) -> tuple[str | None, bytes | None]:
    """A record of events: mostly a readable one, with any properties; otherwise any bytes."""
    user = draw(USERS)
    if draw(st.integers(0, 9)) == 0:
        return user, draw(st.one_of(st.none(), st.binary(max_size=60), st.just(b'{"userId":"\\ud800"}')))
    name = draw(st.sampled_from(["Product Added", "Page Viewed", "Order Completed"]))
    properties = {"product_id": "tent", "price": 120, "order_id": "o", "total": 1, "x": draw(st.one_of(VALUES, DEEP))}
    properties |= {"y": draw(VALUES), "products": draw(PRODUCTS)}
    kind = draw(st.sampled_from(["track", "track", "page"]))
    said = {"type": kind, "event": name, "userId": user, "messageId": draw(st.text(min_size=1, max_size=6)), "properties": properties}
    key = draw(st.sampled_from([user, user, user, user, None, "\ud800"]))
    return key, json.dumps({**said, "traits": {"name": draw(VALUES)}}, ensure_ascii=draw(st.booleans())).encode("utf-8", "replace")


def value_of(kind: str, document: dict[str, Any], *, status: str = "live") -> bytes:
    return json.dumps({"kind": kind, "name": kind, "version": "v1", "status": status, "document": document}).encode()


def sent(row: Row) -> tuple[str, dict[str, Any]]:
    """Topic and value of a row, checked against what the sink, the broker and the schema accept."""
    topic, key, value = row
    assert topic in OPTIONS.outputs
    assert type(key) is bytes and type(value) is bytes
    assert len(key) <= MAX_KEY
    assert len(value) <= MAX_OUTPUT < PRODUCER_LIMIT - MAX_KEY
    key.decode()
    document: dict[str, Any] = json.loads(value.decode(), parse_constant=pytest.fail)
    assert fastavro.validate(document, load(SCHEMAS.get(topic, "action.avsc")), strict=True, raise_errors=True)
    return topic, document


def opened(context: FakeContext, *entries: Entry) -> Decide:
    topics = Topics(channels=frozenset(OPTIONS.channel_names))
    operator = Decide(book=compile_book(entries, end=len(entries)).pack(), topics=topics, max_event_bytes=1_048_576)
    operator.open(context)
    return operator


@pytest.mark.slow
@settings(max_examples=150)
@given(st.lists(st.one_of(control_records(), events().map(lambda record: ("event", *record))), min_size=1, max_size=12), campaigns())
def test_the_sink_takes_every_row_whatever_events_and_control_say(records: list[tuple[Any, ...]], first: tuple[str, dict[str, Any]]) -> None:
    context, states = FakeContext(), dict[Any, Any]()
    given_first = [Entry("features", 0, value_of("features", FEATURES)), Entry("segments", 1, value_of("segments", SEGMENTS))]
    operator = opened(context, *given_first, Entry(first[0], 2, value_of("campaign", first[1])))
    rows: list[Row] = []
    for number, record in enumerate(records):
        context.at = T0 + number * MINUTE
        if record[0] == "event":
            context.key = record[1]
            context.state = operator._users = states.setdefault(context.key, type(context.state)())  # keyed state, as Flink has it
            rows += operator.process_element(record[2], context) or ()
        else:
            rows += operator.process_broadcast_element(Row(record[0], record[1], 10 + number), context) or ()
    for key, state in states.items():
        context.key, context.state, operator._users = key, state, state
        rows += operator.on_timer(T0 + 1000 * MINUTE, context)
    told = [sent(row) for row in rows]
    acted = sorted((each["decision_id"], each["attempt"]) for topic, each in told if topic == "decisions" and each["outcome"] == "acted")
    assert acted == sorted((each["decision_id"], each["attempt"]) for topic, each in told if topic.startswith("actions."))
    assert not [each for topic, each in told if topic == "rejected" and each["reason"] in {"UNSENDABLE", "ENGINE_ERROR"}]


def test_a_campaign_by_a_channel_that_is_not_deployed_is_withheld() -> None:
    context = FakeContext()
    push = {"campaign": "p", "trigger": {"event": "product_added"}, "variants": {"only": {"channel": "push", "content": {"body": "x"}}}}
    operator = opened(context, entry(0, push, name="p"))
    context.at = T0
    said = {"type": "track", "event": "Product Added", "userId": "anna", "messageId": "m", "properties": {"product_id": "t", "price": 1}}
    (topic, told), (directory, _) = [sent(row) for row in operator.process_element(json.dumps(said).encode(), context) or ()]
    assert directory == "people"
    assert (topic, told["outcome"], told["reason"]) == ("decisions", "withheld", "CHANNEL_NOT_DEPLOYED")
    assert told["detail"] == "push: deployed are email, whatsapp"


def test_a_record_under_a_key_larger_than_a_message_is_rejected_in_one_that_is_not() -> None:
    context = FakeContext()
    context.key = "k" * 3_000_000
    ((topic, told),) = [sent(row) for row in opened(context).process_element(b"{}", context) or ()]
    assert (topic, told["reason"]) == ("rejected", "MISSING_FIELD")
    assert "[cut: 3000000 bytes, sha256 " in told["key"]


@pytest.mark.parametrize("key", ["campaign/x", "x" * 3_000_000])
def test_a_control_record_that_no_reader_survives_is_refused(key: str) -> None:
    deep = b'{"kind":"campaign","name":"x","version":"v","document":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001
    context = FakeContext()
    ((topic, told),) = [sent(row) for row in opened(context).process_broadcast_element(Row(key, deep, 5), context) or ()]
    assert (topic, told["reason"]) == ("rejected", "BAD_CONTROL")
