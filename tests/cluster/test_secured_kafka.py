"""A broker with TLS, SCRAM and ACLs: the job, heartbeats and every command work with exactly the listed permissions, and no secret shows."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from kafka.admin import ACL, ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourcePatternFilter, ResourceType

from jobs.kafka.access import require_access
from jobs.kafka.chosen import using
from jobs.kafka.connect import KafkaRefused, KafkaUnavailable
from jobs.kafka.grants import Grant, grants
from jobs.options import Options
from jobs.read_to_end import read_to_end
from services.control.audit import audit_name
from services.devstack import processes
from services.devstack.settings import load
from services.devstack.topics import topics
from services.flink.rest import Rest
from services.kafka.client import admin, consumer, ensure_topics
from services.metrics.read import read as read_metrics
from tests.cluster.deployment import until
from tests.conftest import settings_in
from tests.kafka_security.broker import ADMIN, ADMIN_SECRET, JOB_SECRET, SecuredBroker
from tests.kafka_security.certificates import Authority
from tests.kafka_security.files import PROVIDER, escaped, tls
from udfs.metrics.services import MONITORED, UNREAD

pytestmark = [pytest.mark.cluster, pytest.mark.apart]

USERS = ("heartbeat", "deployer", "sender", "reader", "marketer", "explainer", "replayer")
SECRETS = {user: f"s3cret-of-{user}" for user in USERS} | {ADMIN: ADMIN_SECRET, "job": JOB_SECRET}
HISTORY = {"type": "track", "event": "Product Added", "messageId": "m1", "userId": "bob", "timestamp": "2026-01-01T00:00:00Z"}
CAMPAIGN = """
campaign: tents
trigger: {event: product_added}
variants:
  hello: {channel: email, content: {subject: "A tent", body: "Hello"}}
send: {expires: 6h}
"""


class Company:
    """The broker of a company, its users, and the files with which they connect."""

    def __init__(self, home: Path) -> None:
        self.home, self.broker = home, SecuredBroker(home)
        self.secrets = home / "secrets.properties"

    def start(self) -> None:
        self.broker.start()
        self.broker.users(SECRETS)
        self.secrets.write_text("".join(f"{user}={escaped(secret)}\n" for user, secret in SECRETS.items()) + "wrong=nothing\n")
        self.secrets.chmod(0o600)
        for user in SECRETS:
            self.file(user)

    def file(self, user: str, *, secret: str = "", mechanism: str = "SCRAM-SHA-512", more: str = "") -> Path:
        module = "plain.Plain" if mechanism == "PLAIN" else "scram.Scram"
        login = f"org.apache.kafka.common.security.{module}LoginModule"
        text = f"{tls(self.broker.authority)}{PROVIDER}security.protocol=SASL_SSL\nsasl.mechanism={mechanism}\n"
        text += f'sasl.jaas.config={login} required username="{user}" password="${{file:{self.secrets}:{secret or user}}}";\n'
        place = self.home / f"{user}{secret}{mechanism}.properties"
        place.write_text(text + more)
        return place

    def with_tls(self, name: str, text: str) -> Path:
        place = self.home / f"{name}.properties"
        place.write_text(f"security.protocol=SSL\n{text}")
        return place

    @property
    def clear(self) -> str:
        return f"127.0.0.1:{self.broker.clear}"

    def allow(self, user: str, wanted: Sequence[Grant]) -> None:
        with using(""), closing(admin(self.clear)) as client:
            assert not client.create_acls([_acl(user, grant) for grant in wanted])["failed"]

    def forbid(self, user: str, grant: Grant) -> None:
        pattern = _acl(user, grant).resource_pattern
        kind = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
        with using(""), closing(admin(self.clear)) as client:
            client.delete_acls([ACLFilter(f"User:{user}", "*", _operation(grant), ACLPermissionType.ALLOW, kind)])


def _operation(grant: Grant) -> ACLOperation:
    names = {"AlterConfigs": "ALTER_CONFIGS", "DescribeConfigs": "DESCRIBE_CONFIGS"}
    return ACLOperation[names.get(grant.operation, grant.operation.upper())]


def _acl(user: str, grant: Grant) -> ACL:
    kind = ResourceType[grant.resource.upper().replace("-", "_")]
    pattern = ACLResourcePatternType.PREFIXED if grant.prefixed else ACLResourcePatternType.LITERAL
    return ACL(f"User:{user}", "*", _operation(grant), ACLPermissionType.ALLOW, ResourcePattern(kind, grant.name, pattern))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("secured"))
    try:
        made.start()
        yield made
    finally:
        made.broker.stop()


def needs(options: Options) -> dict[str, list[Grant]]:
    return grants(options, audit=audit_name(options.control_topic))


def refusal(file: Path | str, brokers: str) -> str:
    with using(file), pytest.raises((KafkaRefused, KafkaUnavailable)) as refused:
        admin(brokers)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_each_way_in_works(company: Company) -> None:
    mutual = company.broker.authority.signs("client", password="k e'y\"\\")
    key = f"{tls(company.broker.authority)}ssl.keystore.type=PEM\nssl.keystore.location={mutual}\nssl.key.password=k e'y\"\\\\\n"
    for file, port in [
        (company.file(ADMIN), company.broker.scram),
        (company.file("job", mechanism="PLAIN"), company.broker.plain),
        (company.with_tls("mutual", key), company.broker.mutual),
    ]:
        with using(file), closing(admin(f"localhost:{port}")) as client:
            assert isinstance(client.list_topics(), list)


def test_what_is_wrong_is_said_in_one_line(company: Company) -> None:
    broker, authority = company.broker, company.broker.authority
    assert "does not accept user 'job'" in refusal(company.file("job", secret="wrong"), broker.brokers)
    assert "has no SCRAM-SHA-256 at this port, but SCRAM-SHA-512" in refusal(company.file("job", mechanism="SCRAM-SHA-256"), broker.brokers)
    other = Authority(company.home / "other")
    assert "signed by an authority that ssl.truststore.location does not hold" in refusal(company.with_tls("o", tls(other)), broker.brokers)
    stranger, old = other.signs("stranger"), authority.signs("old", days=-1)
    for identity in (stranger, old):
        text = f"{tls(authority)}ssl.keystore.type=PEM\nssl.keystore.location={identity}\n"
        assert "does not accept the certificate" in refusal(company.with_tls("s", text), f"localhost:{broker.mutual}")
    nobody = company.with_tls("n", tls(authority))
    assert "wants a certificate of the client" in refusal(nobody, f"localhost:{broker.mutual}")
    assert "does not speak TLS there" in refusal(nobody, company.clear)


def test_every_permission_of_the_job_is_needed_and_named(company: Company) -> None:
    options = Options(brokers=company.broker.brokers, deployment="least", kafka_properties=str(company.file("job")), channels="email")
    ensure_topics(company.clear, topics(options))
    wanted = needs(options)["job"]
    company.allow("job", wanted)
    with using(options.kafka_properties):
        require_access(options)
        for grant in wanted:
            company.forbid("job", grant)
            with pytest.raises(KafkaRefused) as refused:
                until_refused(options)
            assert str(grant) in str(refused.value)
            company.allow("job", [grant])
        until(lambda: _allowed(options), seconds=20)


def until_refused(options: Options) -> None:
    """A broker applies a change of its permissions a moment later."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        require_access(options)
        time.sleep(0.1)


def _allowed(options: Options) -> bool:
    try:
        require_access(options)
    except KafkaRefused:
        return False
    return True


def test_from_submit_to_tail_with_least_permissions_and_without_a_secret_in_sight(company: Company, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    environment = {**os.environ, "KAIROS_HOME": str(settings.home)}

    def kairos(*words: str | Path, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).parent / "kairos", *words]
        done = subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, check=False, timeout=400)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    options = Options(brokers=company.broker.brokers, channels="email")
    of = needs(options)
    company.allow("job", of["job"])
    company.allow("heartbeat", [*of["heartbeat"], *of["monitor"]])  # a local stack has one file for both
    company.allow("deployer", [*of["submit"], *of["submit --create-topics"]])
    company.allow("sender", of["send"])
    company.allow("marketer", of["publish"])
    company.allow("explainer", of["explain"])
    company.allow("replayer", of["replay"])
    company.allow("reader", of["tail, events, training"])
    (tmp_path / "tents.yaml").write_text(CAMPAIGN)
    ports = [f"--{name.replace('_', '-')}={getattr(settings, name)}" for name in ("rest_port", "rpc_port", "metrics_port", "heartbeat_metrics_port")]
    submit: list[str | Path] = [
        "submit", "--kafka-properties", company.file("job"), "--admin-kafka-properties", company.file("deployer"), "--channels", "email",
        "--campaigns", tmp_path / "tents.yaml",
    ]  # fmt: skip
    try:
        kairos("up", *ports, "--brokers", options.brokers, "--kafka-properties", company.file("heartbeat"))
        with using(""), closing(admin(company.clear)) as client:
            client.delete_topics(client.list_topics())
        until(lambda: not _topics(company), seconds=20)
        missing = kairos(*submit, "--no-create-topics", check=False)
        assert missing.returncode == 1
        assert f"kafka-topics.sh --bootstrap-server {options.brokers} --command-config" in missing.stderr
        assert "--create --topic events --partitions 4 --config" in missing.stderr

        denied = next(grant for grant in of["job"] if grant.name == "decisions")
        company.forbid("job", denied)
        refused = kairos(*submit, check=False)
        assert refused.returncode == 1
        assert "does not allow the user of" in refused.stderr
        assert str(denied) in refused.stderr
        company.allow("job", [denied])

        kairos(*submit)
        page = f"http://127.0.0.1:{settings.metrics_port}/metrics"
        until(lambda: {"kafka", "control"} <= {each.labels["source"] for each in read_metrics(page) if each.name == MONITORED.name}, seconds=60)
        until(lambda: any(each.name == UNREAD.name for each in read_metrics(page)), seconds=60)
        kairos("send", "product_added", "product_id=tent", "price=120", "--user", "ada", KAIROS_KAFKA_PROPERTIES=str(company.file("sender")))

        def by(user: str) -> list[str | Path]:
            return ["--brokers", options.brokers, "--kafka-properties", company.file(user)]

        reader = ["--from", "earliest", "-n", "1", "--json", *by("reader")]
        [line] = kairos("tail", "decisions", *reader).stdout.splitlines()
        assert json.loads(line)["value"]["outcome"] == "acted"
        assert '"subject":"A tent"' in kairos("tail", "actions", *reader).stdout
        with using(company.file("reader")), closing(consumer(options.brokers, ["events"])) as read:
            values = {record.value for records in read_to_end(read) for record in records}
        assert b"heartbeat" in values
        assert "product_added" in kairos("events", "--campaigns", tmp_path / "tents.yaml", *by("reader")).stdout
        assert "tents" in kairos("campaigns", "list", *by("marketer")).stdout
        kairos("campaigns", "pause", "tents", *by("marketer"))
        assert "hello by email" in kairos("explain", "ada", *by("explainer")).stdout
        (tmp_path / "history.jsonl").write_text(json.dumps(HISTORY))
        kairos("replay", tmp_path / "history.jsonl", "--no-wait", "--rest", "http://127.0.0.1:1", *by("replayer"))
        for command in (["campaigns", "pause", "tents"], ["tail", "decisions", "--no-follow"], ["events"]):
            refused = kairos(*command, *by("sender"), check=False)
            assert refused.returncode == 1
            assert "Traceback" not in refused.stderr
            assert "or this user may not" in refused.stderr or "does not allow" in refused.stderr

        found = scanned(settings.home, load(settings.home).rest, company)
        found[page] = "\n".join(str(each) for each in read_metrics(page))
        assert len(found) > 20
        for place, text in found.items():
            assert "s3cret-of-" not in text, f"a secret stands in {place}"  # every one begins so, however the rest is escaped
        assert any("${file:" in text for text in found.values())  # it was looked at where the references are
    finally:
        kairos("down", check=False)
        for name in processes.programs(pids=settings.pids):
            processes.stop([name], pids=settings.pids, grace=1)


def _topics(company: Company) -> list[str]:
    with using(""), closing(admin(company.clear)) as client:
        return [name for name in client.list_topics() if not name.startswith("__")]


def scanned(home: Path, address: str, company: Company) -> dict[str, str]:
    """Everything that somebody could look at: Flink's pages, the job graph in checkpoints and on disk, logs, files and arguments."""
    rest, found = Rest(address), dict[str, str]()
    job = rest.unfinished()[0]["jid"]
    vertices = [vertex["id"] for vertex in rest.get(f"/jobs/{job}")["vertices"]]
    pages = ["/jobmanager/config", "/jobmanager/environment", "/jobmanager/logs", "/taskmanagers", "/config", "/jobs/overview"]
    of_the_job = ("", "/config", "/plan", "/exceptions", "/checkpoints/config", "/jobmanager/config", "/jobmanager/environment")
    pages += [f"/jobs/{job}{page}" for page in of_the_job]
    pages += [f"/jobs/{job}/vertices/{vertex}" for vertex in vertices]
    for page in pages:
        with urlopen(f"{address}{page}") as answer:
            found[page] = answer.read().decode("utf-8", "replace")
    for file in home.rglob("*"):
        if file.is_file() and not file.is_symlink() and file.stat().st_size < 50_000_000 and ".jar" not in file.suffixes:
            found[str(file)] = file.read_bytes().decode("utf-8", "replace")
    arguments = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    found["ps"] = arguments
    found["log of the broker"] = company.broker.log.read_text(errors="replace")
    return found
