from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.kafka.grants import grants
from jobs.options import MAX_PARALLELISM, Options, arguments_of, flag_of, parse
from services.devstack.retention import wanted
from services.devstack.topics import topics
from udfs.codecs.refusals import RejectionLimit
from udfs.core.policy.rules import NO_POLICY


def test_every_option_has_a_flag_of_its_own_and_a_line_of_help() -> None:
    flags = [flag_of(item.name) for item in fields(Options)]
    assert len(set(flags)) == len(flags)
    assert all(item.metadata["help"] for item in fields(Options))


@pytest.mark.slow
@given(
    st.builds(
        Options,
        clock=st.sampled_from(["live", "replay"]),
        guarantee=st.sampled_from(["exactly-once", "at-least-once"]),
        start=st.sampled_from(["committed", "latest", "earliest"]),
        parallelism=st.integers(1, MAX_PARALLELISM),
        checkpoint_interval_ms=st.integers(10, 10**6),
        deployment=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
        checkpoint_dir=st.sampled_from(["", "file:///a b/c", "s3://bucket/x"]),
    )
)
def test_a_command_line_says_all_that_the_options_hold(options: Options) -> None:
    assert parse(arguments_of(options)) == options


def test_defaults_need_no_words() -> None:
    assert arguments_of(Options()) == []
    assert parse([]) == Options()


def test_a_limit_of_refused_events_is_off_unless_it_is_said() -> None:
    assert Options().rejection_limit is None
    assert Options(max_rejected_percent=20).rejection_limit == RejectionLimit(percent=20, minutes=10)
    chosen = Options(max_rejected_percent=20, rejected_minutes=5, on_rejected="stop")
    assert parse(arguments_of(chosen)) == chosen


def test_checkpoints_come_often_only_where_decisions_wait_for_them() -> None:
    assert [Options(guarantee=guarantee).checkpoint_ms for guarantee in ("exactly-once", "at-least-once")] == [100, 1_000]
    assert Options(guarantee="at-least-once", checkpoint_interval_ms=20).checkpoint_ms == 20


def test_a_channel_may_have_any_name_that_a_topic_may_have() -> None:
    options = Options(channels="email, whatsapp,print.mail,line_2-b")
    assert options.channel_names == ("email", "whatsapp", "print.mail", "line_2-b")
    assert options.outputs[:2] == ("actions.email", "actions.whatsapp")


def test_only_a_job_that_links_ids_has_the_topic_of_identity() -> None:
    assert "identity" not in Options().outputs
    assert "identity" not in [topic.name for topic in topics(Options())]
    for chosen in ("on", "any"):
        options = parse(["--link-ids", chosen, "--identity-topic", "shop.identity"])
        assert "shop.identity" in options.outputs
        assert "shop.identity" in [topic.name for topic in topics(options)]
        (kept,) = [topic for topic in wanted(NO_POLICY, options) if topic.name == "shop.identity"]
        assert kept.config["retention.ms"] == str(7 * 24 * 3_600_000)
        assert "Read on topic shop.identity" in [str(grant) for grant in grants(options, audit="audit")["job"]]


def test_without_brokers_those_of_the_file_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kafka.properties"
    file.write_text("bootstrap.servers = a:1,\\\n  b:2\r\n")
    assert parse(["--kafka-properties", str(file)]).brokers == "a:1,b:2"
    assert parse([f"--kafka-properties={file}", "--brokers=127.0.0.1:9092"]).brokers == "127.0.0.1:9092"
    kept = parse([f"--kafka-properties={file}", "--brokers=127.0.0.1:9092"])
    assert parse(arguments_of(kept)) == kept, "a default that was said is not lost on the way"
    file.write_text(
        "bootstrap.servers=${env:OUR_BROKERS}\nconfig.providers=env,file\nssl.key.password=${file:/nowhere:password}\n"
        "config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\n"
        "config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"
    )
    monkeypatch.setenv("OUR_BROKERS", "c:3")
    assert parse(["--kafka-properties", str(file)]).brokers == "c:3", "and no secret is needed for it"
    file.write_text("security.protocol=PLAINTEXT\n")
    assert parse(["--kafka-properties", str(file)]).brokers == Options().brokers


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--kafka-properties", str(tmp_path / "none")])
    assert capsys.readouterr().err == f"decide: error: {tmp_path}/none: the file of properties cannot be read (No such file or directory)\n"


def test_from_is_the_flag_of_start() -> None:
    assert parse(["--from", "latest"]).start == "latest"


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"parallelism": 0}, "--parallelism is 0: at least 1"),
        ({"parallelism": 1025}, "at most 1,024"),
        ({"checkpoint_interval_ms": 9}, "--checkpoint-interval-ms is 9: at least 10"),
        ({"link_ids": "perhaps"}, "--link-ids is 'perhaps': choose one of off, on, any"),
        ({"clock": "sundial"}, "--clock is 'sundial': choose one of live, replay"),
        ({"start": "yesterday"}, "--from is 'yesterday'"),
        ({"max_rejected_percent": 100}, "--max-rejected-percent is 100: at most 99"),
        ({"max_rejected_percent": -1}, "--max-rejected-percent is -1: at least 0"),
        ({"max_rejected_percent": 5, "rejected_minutes": 61}, "--rejected-minutes is 61: at most 60"),
        ({"rejected_minutes": 0}, "--rejected-minutes is 0: at least 1"),
        ({"on_rejected": "stop"}, "--on-rejected stop needs a limit"),
        ({"decisions_topic": "events"}, "two topics share a name"),
        ({"channels": "email,email"}, "two topics share a name"),
        ({"channels": "email,Push"}, "--channels names 'Push': a channel's name is made of lower-case letters"),
        ({"channels": "email;push"}, "--channels names 'email;push'"),
        ({"channels": "any"}, "any means every channel"),
        ({"events_topic": "e;v"}, "'e;v' is not a topic name"),
        ({"brokers": "https://kafka:9092"}, "'https://kafka:9092' is not the address of a broker"),
        ({"brokers": ""}, "is not the address of a broker: host:port"),
        ({"actions_prefix": "a" * 249}, "is not a topic name"),
    ],
)
def test_what_no_run_could_honour_is_refused_with_its_flag(told: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("--", "")):
        Options(**told)  # type: ignore[arg-type]


def test_a_mistake_on_the_command_line_is_one_line_and_an_unknown_flag_shows_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--parallelism", "0"])
    assert capsys.readouterr().err == "decide: error: --parallelism is 0: at least 1\n"
    with pytest.raises(SystemExit):
        parse(["--paralelism", "1"])
    assert capsys.readouterr().err.startswith("usage: decide")


def test_live_and_replay_share_neither_group_nor_transactions() -> None:
    assert Options(clock="live").identity != Options(clock="replay").identity


def test_channels_become_topics() -> None:
    options = Options(channels="email, sms")
    assert options.outputs == ("actions.email", "actions.sms", "decisions", "rejected", "segments", "outcomes", "people", "responses", "erasures")
