"""Decisions and customers are found in a file and in a topic, where only one partition is read for a customer."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.options import Options
from services.devstack.topics import topics
from services.documents.files import shipped_folder
from services.explain.decision_log import File, Topics, partition_of
from services.explain.find import NotDecided, find
from services.kafka.client import Topic, ensure_topics, producer
from tests.builders import HOUR, MONDAY, event
from tests.documents.writing import write
from tests.explain.telling import CAMPAIGN, Customer, entry, lines
from udfs.core.values.errors import InvalidInput

TEN = MONDAY + 10 * HOUR
DECIDED = {
    user: Customer(user=user).live(event("page", TEN, user=user), event("page", TEN + HOUR, user=user)).decisions for user in ("ada", "ben", "cleo")
}


def run(*words: object) -> Result:
    return CliRunner().invoke(kairos, ["explain", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "decided.jsonl", lines(decision for decisions in DECIDED.values() for decision in decisions))


def test_a_decision_is_found_by_its_id_and_a_customer_by_their_key(file: Path) -> None:
    wanted = DECIDED["ben"][0]["decision_id"]
    assert [each["decision_id"] for each in find(File(path=file), wanted).attempts] == [wanted]
    assert find(File(path=file), "ben").decisions == DECIDED["ben"]


def test_a_customer_whose_key_looks_like_a_decisions_id_is_found(tmp_path: Path) -> None:
    user = DECIDED["ada"][0]["decision_id"]
    kept = write(tmp_path / "d.jsonl", lines(Customer(user=user).live(event("page", TEN, user=user)).decisions))
    assert find(File(path=kept), user).user == user


def test_who_is_unknown_is_told_with_the_nearest(file: Path) -> None:
    with pytest.raises(NotDecided, match=r"neither a decision nor a customer 'bne' in .*: did you mean 'ben'\?"):
        find(File(path=file), "bne")
    with pytest.raises(InvalidInput, match=r"broken\.jsonl:1: is not a JSON object"):
        find(File(path=write(file.parent / "broken.jsonl", "what\n")), "ben")


NO_DECISIONS = [
    b"what",
    b"[1]",
    b'{"user_id": ["ben"], "decision_id": "x"}',
    b'{"user_id": "ben"}',
    b'{"user_id": "ben", "decision_id": {}, "outcome": "acted", "attempt": 0, "campaign": "c"}',
    b'{"user_id": "ben", "decision_id": "ben", "outcome": "acted", "attempt": "ben", "campaign": "c"}',
    b'{"ben":' * 5_000 + b"1" + b"}" * 5_000,
]


def test_anybody_can_write_to_a_topic_and_what_is_no_decision_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Topics(brokers="nowhere", decisions="decisions", actions_prefix="actions.")
    written = [*NO_DECISIONS, *(json.dumps(each).encode() for each in DECIDED["ben"])]
    records = [SimpleNamespace(key=b"ben", value=value) for value in written]
    monkeypatch.setattr(log, "_read", lambda topic, needle, user=None: log._with(needle, records))
    assert log.of_user("ben") == DECIDED["ben"]
    assert log.naming("ben") == DECIDED["ben"]
    assert find(log, "ben").decisions == DECIDED["ben"]


OTHER_SHAPES: list[tuple[str, object]] = [
    ("scores", {"tents": None}),
    ("scores", {"tents": {"score": "x", "model": 5, "reason": "SCORED"}}),
    ("because", 5),
    ("because", {"score": "x"}),
    ("intents", 5),
    ("intents", [{}]),
    ("detail", 5),
    ("at", 10**30),
    ("deferred_until", "soon"),
]


@pytest.mark.parametrize(("name", "value"), OTHER_SHAPES, ids=str)
@pytest.mark.parametrize("words", [(), ("--contributions",), ("--json",)], ids=str)
def test_a_decision_of_another_shape_is_named_and_ends_in_no_traceback(tmp_path: Path, name: str, value: object, words: tuple[str, ...]) -> None:
    decision = {**DECIDED["ben"][0], name: value}
    kept = write(tmp_path / "odd.jsonl", json.dumps(decision))
    for what in ("ben", decision["decision_id"]):
        ended = run(what, "--file", kept, *words)
        assert ended.exit_code == 0 or f"the decision {decision['decision_id']} is not as the job writes it" in ended.output
    assert name == "deferred_until" or ended.exit_code == 1


@pytest.mark.slow
def test_what_followed_a_decision_is_no_decision(tmp_path: Path) -> None:
    goal = Path(__file__).parents[2] / "docs" / "examples" / "goal"
    tried = CliRunner().invoke(kairos, ["try", str(goal / "history.jsonl"), "--campaigns", str(goal), "--records"]).stdout
    records = [json.loads(line) for line in tried.splitlines()]
    user = next(each["value"]["user_id"] for each in records if each["topic"] == "outcomes")
    kept = write(tmp_path / "records.jsonl", tried)
    written = [each["value"] for each in records if each["topic"] == "decisions" and each["value"]["user_id"] == user]
    assert find(File(path=kept), user).decisions == written
    told = run(user, "--file", kept, "--campaigns", goal)
    assert told.exit_code == 0 and written[-1]["decision_id"] in told.output


@pytest.mark.slow
def test_the_command_tells_each_decision_in_a_line_and_the_last_in_full(file: Path, tmp_path: Path) -> None:
    told = run("ben", "--file", file).output.splitlines()
    assert [line[:23] for line in told[:3]] == ["2026-01-05 10:00:00  be", "2026-01-05 11:00:00  be", ""]
    assert told[3].startswith(f"decision   {DECIDED['ben'][1]['decision_id']} about ben at 2026-01-05 11:00:00 UTC")
    whole = json.loads(run("ben", "--file", file, "--json").output)
    assert whole["decisions"] == DECIDED["ben"]
    assert list(whole["explanation"])[:3] == ["decision", "campaign", "trigger"]
    assert "neither a decision nor a customer 'nobody'" in run("nobody", "--file", file).output
    assert "`kairos explain nobody --events FILE`" in run("nobody", "--file", file).output
    assert "`kairos try FILE --why 'Bo Li'`" in run("Bo Li", "--file", file).output
    assert "kairos tail decisions" not in run("nobody", "--file", file).output
    campaign = write(tmp_path / "hello.yaml", json.dumps(CAMPAIGN))
    assert "still the published one" in run("ben", "--file", file, "--campaigns", campaign).output
    assert "--campaigns and --policy go with --file" in run("ben", "--campaigns", campaign).output


@pytest.mark.slow
def test_what_try_prints_can_be_explained_with_the_message(tmp_path: Path) -> None:
    cart = str(shipped_folder() / "cart-abandonment.yaml")
    tried = CliRunner().invoke(kairos, ["try", "docs/examples/events.jsonl", "--records", "--campaigns", cart])
    told = run("ada", "--file", write(tmp_path / "tried.jsonl", tried.stdout), "--campaigns", cart).output
    assert "offer percent 15" in told
    assert "still the published one" in told
    assert "its condition held: cart.value > 99" in told


def test_the_partition_is_that_of_kafkas_own_partitioner() -> None:
    """Golden: murmur2 as Kafka's Java client has it, over 4 partitions (its own test's values for the hash)."""
    assert [partition_of(key, 2**31) for key in (b"21", b"foobar")] == [-973932308 & 0x7FFFFFFF, -790332482 & 0x7FFFFFFF]


@pytest.mark.cluster
def test_in_the_topics_a_customer_is_read_from_one_partition_and_a_decision_from_all(brokers: str, control: str) -> None:
    options = Options(brokers=brokers, control_topic=control).with_topics(decisions=f"{control}.decisions", actions=f"{control}.actions.")
    ensure_topics(brokers, [topic for topic in topics(options) if topic.name.startswith(control)])
    sender = producer(brokers)
    for user, decisions in DECIDED.items():
        for decision in decisions:
            sender.send(options.topics["decisions"], key=user.encode(), value=json.dumps(decision).encode())
    sent = sender.send(options.topics["decisions"], key=b"ada", value=b"{}").get(timeout=10)
    sender.close()
    assert sent.partition == partition_of(b"ada", options.partitions)
    source = Topics(brokers=brokers, decisions=options.topics["decisions"], actions_prefix=options.topics["actions"])
    assert find(source, "ada").decisions == DECIDED["ada"]
    assert source.names <= {user for user in DECIDED if partition_of(user.encode(), options.partitions) == sent.partition}, "one partition was read"
    wanted = DECIDED["cleo"][1]["decision_id"]
    assert [each["user_id"] for each in find(source, wanted).attempts] == ["cleo"]
    where = (
        "--brokers",
        brokers,
        "--control-topic",
        control,
        "--decisions-topic",
        options.topics["decisions"],
        "--actions-prefix",
        options.topics["actions"],
    )
    assert "removed since" in run("cleo", *where).output
    assert "did you mean 'cleo'?" in run("clea", *where).output
    events = f"{control}.events"
    ensure_topics(brokers, [Topic(name=events, partitions=2)])
    sender = producer(brokers)
    sender.send(events, key=b"clea", value=b'{"messageId": "1", "type": "page", "userId": "clea"}', timestamp_ms=TEN).get(timeout=10)
    sender.send(control, key=b"campaign/hello", value=entry("campaign/hello", {**CAMPAIGN, "when": "user.age > 17"}).value).get(timeout=10)
    sender.close()
    told = run("clea", *where, "--events-topic", events).output
    assert "page triggered it, but its condition does not hold: user.age is not known, needs > 17" in told
    assert "never came" not in run("cleo", *where, "--events-topic", events).output
    assert "no event of this key came" in run("cleo", *where, "--events-topic", events, "--unmet").output
