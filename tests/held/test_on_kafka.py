"""Holding, listing, releasing and dropping against a real broker, as it is typed; and a monitor that goes on where it stood."""

import json
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from services.control.audit import history
from services.control.holds import Found
from services.control.listing import by_name
from services.control.publish import publish, remove
from services.documents.files import load_campaign_files
from services.documents.findings import BadFile
from services.held.tally import Tally
from services.held.topics import HoldsOnKafka
from services.held.watch import HeldWatch
from services.kafka.client import Topic, ensure_topics, producer
from services.kafka.followed import Followed
from tests.documents.writing import write
from tests.held.stand import Lane, decision
from udfs.core.campaigns.compile_book import compile_book

pytestmark = pytest.mark.cluster
NEWS = """\
campaign: news
trigger: {event: signed_up}
variants:
  mail: {channel: email, content: {body: x}, offer: {percent: PERCENT}}
"""


@pytest.fixture
def shop(brokers: str, control: str, tmp_path: Path) -> str:
    """A control topic with one campaign."""
    write(tmp_path / "news.yaml", NEWS.replace("PERCENT", "8"))
    publish(brokers, control, load_campaign_files([tmp_path]))
    return control


def run(brokers: str, topic: str, *words: str) -> Result:
    return CliRunner().invoke(kairos, ["held", *words, "--brokers", brokers, "--control-topic", topic], catch_exceptions=False)


def in_force(brokers: str, topic: str) -> dict[str, str]:
    """What the job holds."""
    return {name: hold.status for name, hold in compile_book(read_control(brokers, topic)[0]).holds.items()}


def hold(brokers: str, topic: str) -> None:
    found = Found(about="volume", why="812 messages in 10m, 95 expected", since=5, found=812, expected=95, within=600_000)
    HoldsOnKafka(brokers, topic).hold(by_name(brokers, topic, "news"), found, at=int(time.time() * 1000))


def test_what_is_held_is_listed_released_and_dropped_and_told_on_the_audit(brokers: str, shop: str) -> None:
    assert run(brokers, shop, "list").output == "nothing is held\n"
    hold(brokers, shop)
    assert in_force(brokers, shop) == {"news": "held"}
    head, line = run(brokers, shop, "list").output.splitlines()
    assert head.split() == ["campaign", "status", "since", "about", "why"]
    assert line.startswith("news ") and line.endswith("812 messages in 10m, 95 expected")
    told = json.loads(run(brokers, shop, "list", "--json").output)
    assert (told["campaign"], told["status"], told["found"], told["expected"]) == ("news", "held", 812, 95)
    assert "did you mean 'news'" in run(brokers, shop, "release", "new").output
    assert "news is released" in run(brokers, shop, "release", "news", "--why", "a fair", "--by", "ada").output
    assert in_force(brokers, shop) == {"news": "released"}
    assert run(brokers, shop, "list").output == "nothing is held\n"
    assert "(released: a fair)" in run(brokers, shop, "list", "--all").output
    assert "nothing is held" in run(brokers, shop, "drop", "news").output
    hold(brokers, shop)
    assert "is dropped" in run(brokers, shop, "drop", "news").output
    assert in_force(brokers, shop) == {"news": "dropped"}
    assert [(each.act, each.who) for each in history(brokers, shop, key="hold/news")][:2] == [("held", "monitor of anomalies"), ("released", "ada")]
    remove(brokers, shop, ["news"])
    assert in_force(brokers, shop) == {}


def test_a_slip_of_the_finger_is_not_published(brokers: str, shop: str, tmp_path: Path) -> None:
    write(tmp_path / "news.yaml", NEWS.replace("PERCENT", "80"))
    with pytest.raises(BadFile, match=r"expect: \{offer: \{percent: 80\}\}"):
        publish(brokers, shop, load_campaign_files([tmp_path]))
    write(tmp_path / "news.yaml", NEWS.replace("PERCENT", "80") + "expect: {offer: {percent: 80}}\n")
    publish(brokers, shop, load_campaign_files([tmp_path]))


def test_a_monitor_goes_on_where_it_stood_and_tells_the_job_what_is_usual(brokers: str, shop: str) -> None:
    topic = f"decisions-{shop}"
    ensure_topics(brokers, [Topic(name=topic, partitions=2)])
    now = int(time.time() * 1000)

    def write_some(count: int, first: int) -> None:
        sender = producer(brokers)
        for number in range(first, first + count):
            value = msgspec.json.encode(decision(now, number=number, decided_at=now))
            sender.send(topic, key=b"k%d" % number, value=value, timestamp_ms=now)
        sender.send(topic, key=b"k", value=b"\xff no decision", timestamp_ms=now)
        sender.close()

    write_some(30, 0)
    actions, tally = Lane(), Tally()
    actions.waiting = [{"kind": "action", "campaign": "news", "at": now, "offer": {"percent": 8}}]
    first = Followed(brokers, [topic])
    first.begin({}, since=now - 1_000)
    HeldWatch(HoldsOnKafka(brokers, shop), first, actions, tally).round(now=now)
    places = first.places()
    first.close()
    assert tally.campaigns["news"].within(now // 60_000, 1) == 30
    assert compile_book(read_control(brokers, shop)[0]).usual.offers == {"news": {"percent": 8.0}}
    assert [each.key for each in history(brokers, shop)] == ["features", "campaign/news"], "nobody has decided it"
    write_some(20, 30)
    second = Followed(brokers, [topic])
    second.begin(places, since=now - 1_000)
    HeldWatch(HoldsOnKafka(brokers, shop), second, Lane(), tally).round(now=now)
    second.close()
    assert tally.campaigns["news"].within(now // 60_000, 1) == 50
