"""A job that was submitted with keys writes pseudonyms into decisions, and reads the keys where it runs."""

import json
import pickle
from pathlib import Path

import pytest

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, T0, added, sent, without_people
from udfs.codecs.topics import Topics
from udfs.core.engine import Engine
from udfs.core.values.errors import NotFound
from udfs.lake.pseudonyms import add_key, read_keys
from udfs.operators.decide import Decide


def made(keys: Path | str) -> Decide:
    return Decide(book=BOOK.pack(), topics=Topics(), max_event_bytes=10_000, new_engine=without_people(Engine), pseudonyms=str(keys))


def test_decisions_hold_pseudonyms_and_draws_and_actions_the_id(tmp_path: Path) -> None:
    add_key(tmp_path / "keys")
    context, operator = FakeContext(), made(tmp_path / "keys")
    operator.open(context)
    sent(operator, context, T0, added(T0))
    rows = {topic: (key, json.loads(value)) for due in context.due() for topic, key, value in operator.on_timer(due, context)}
    who = read_keys(tmp_path / "keys").of("anna")
    key, decision = rows["decisions"]
    assert (key.decode(), decision["user_id"], decision["key_epoch"]) == (who, who, 1)
    assert decision["draws"] == {}, "there was nothing to draw: one variant, no groups"
    assert rows["actions.email"][1]["user_id"] == "anna"


def test_what_is_shipped_with_the_job_is_the_path_and_no_key(tmp_path: Path) -> None:
    add_key(tmp_path / "keys")
    shipped = pickle.dumps(made(tmp_path / "keys").__dict__ | {"_new_engine": None})
    assert str(tmp_path).encode() in shipped
    assert read_keys(tmp_path / "keys").keys[1] not in shipped


def test_without_its_keys_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file of keys"):
        made(tmp_path / "keys").open(FakeContext())


def test_without_the_option_nothing_is_read_and_ids_are_written() -> None:
    context, operator = FakeContext(), made("")
    operator.open(context)
    sent(operator, context, T0, added(T0))
    found = [json.loads(value) for due in context.due() for topic, _, value in operator.on_timer(due, context) if topic == "decisions"]
    assert [(each["user_id"], each["key_epoch"]) for each in found] == [("anna", None)]
