"""A new kind of record is its struct, its schema and one row of the table: everything else is made from it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.options import Options, options, parse
from udfs.codecs.routes import ROUTES, with_topics
from udfs.codecs.topics import Topics

ROOT = Path(__file__).parents[2]
SCHEMA = {
    "type": "record",
    "name": "Sighting",
    "namespace": "kairos",
    "doc": "Somebody was seen.",
    "fields": [
        {"name": "user_id", "type": "string", "doc": "The person."},
        {"name": "place", "type": "string", "doc": "Where it was."},
        {"name": "decided_at", "type": "long", "doc": "When."},
    ],
}
ADDED = """
import json, sys
import msgspec
from udfs.codecs import routes

class Sighting(msgspec.Struct):
    user_id: str
    place: str
    decided_at: int = 0

routes.ROUTES = (*routes.ROUTES, routes.Route(record=Sighting, name="sightings", schema="sighting", topic="sightings", means="who was seen"))

from click.testing import CliRunner
from cli.schema import schema
from cli.tail import STREAMS
from jobs.options import Options, arguments_of, parse
from services.devstack.topics import topics
from udfs.codecs.encode import encode

options = parse(["--channels", "email", "--sightings-topic", "shop.sightings"])
sent = encode(Sighting("ada", "the door"), decided_at=7, topics=options.topics)
print(json.dumps({
    "sent": [sent[0], sent[1].decode(), json.loads(sent[2])],
    "outputs": options.outputs,
    "created": [topic.name for topic in topics(options)],
    "arguments": arguments_of(options),
    "streams": STREAMS,
    "listed": CliRunner().invoke(schema, [], env={"COLUMNS": "200"}).output,
    "fields": CliRunner().invoke(schema, ["sightings"], env={"COLUMNS": "200"}).output,
}))
"""


@pytest.mark.slow
def test_one_row_brings_a_record_to_its_topic_and_into_every_list(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "schemas" / "sighting.avsc").write_text(json.dumps(SCHEMA))
    script = tmp_path / "added.py"  # its folder comes first on the path, and so does its copy of the schemas
    script.write_text(ADDED)
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["sent"] == ["shop.sightings", "ada", {"user_id": "ada", "place": "the door", "decided_at": 7}]
    assert found["outputs"] == ["actions.email", "decisions", "rejected", "segments", "outcomes", "people", "responses", "erasures", "shop.sightings"]
    assert "shop.sightings" in found["created"]
    assert found["arguments"] == ["--channels", "email", "--sightings-topic", "shop.sightings"]
    assert "sightings" in found["streams"]
    assert "Somebody was seen." in found["listed"]
    assert "Where it was." in found["fields"]


def test_every_route_has_a_schema_and_no_two_share_anything() -> None:
    for what, routes in (("record", ROUTES), ("name", ROUTES), ("schema", ROUTES), ("topic", with_topics()), ("option", with_topics())):
        values = [getattr(route, what) for route in routes]
        assert len(set(values)) == len(values), what
    assert [route.schema for route in ROUTES if not (ROOT / "schemas" / f"{route.schema}.avsc").exists()] == []


def test_a_route_that_shares_topics_adds_no_topic_and_no_option() -> None:
    shared = [route for route in ROUTES if route.shares]
    assert [(route.name, route.shares) for route in shared] == [("recalls", "actions")]
    assert not any("recall" in item.name for item in options())
    topics = Topics(channels=("email",), actions="shop.actions.")
    assert topics.of(shared[0]) == ("shop.actions.email",)
    assert topics.all == ("shop.actions.email", "decisions", "rejected", "segments", "outcomes", "people", "identity", "responses", "erasures")


def test_a_deployment_names_topics_and_the_rest_have_their_usual_names() -> None:
    options = Options(channels="email,sms").with_topics(decisions="shop.decisions")
    assert options.outputs == (
        "actions.email",
        "actions.sms",
        "shop.decisions",
        "rejected",
        "segments",
        "outcomes",
        "people",
        "responses",
        "erasures",
    )
    assert options == parse(["--channels", "email,sms", "--decisions-topic", "shop.decisions"])
    assert Topics(decisions="d")["rejected"] == "rejected"
    with pytest.raises(TypeError, match="there is no route decision"):
        Topics(decision="d")
    with pytest.raises(TypeError, match="there is no route decision"):
        options.with_topics(decision="d")
