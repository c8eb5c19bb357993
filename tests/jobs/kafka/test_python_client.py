import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobs.kafka.java_client import properties_of
from jobs.kafka.properties import BadProperties
from jobs.kafka.python_client import arguments, translated
from tests.kafka_security.certificates import Authority, openssl
from tests.kafka_security.files import EXAMPLES, KEYS, documented, escaped, tls

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def login(module: str, user: str = "ada", password: str = "p") -> dict[str, str]:
    return {"sasl.jaas.config": f'{module} required username="{user}" password="{password}";'}


def refused(properties: Mapping[str, str]) -> str:
    with pytest.raises(BadProperties) as problem:
        translated(properties)
    return str(problem.value)


def test_nothing_told_is_a_broker_in_the_clear() -> None:
    assert translated({}) == {"security_protocol": "PLAINTEXT"}
    assert translated({"bootstrap.servers": "a:1", "request.timeout.ms": "5000"}) == {"security_protocol": "PLAINTEXT", "request_timeout_ms": 5000}


def test_scram_over_tls(authority: Authority, tmp_path: Path) -> None:
    secret, place = 'p"w\\ =,;$é#!', tmp_path / "client.properties"
    (tmp_path / "secrets").write_text(f"password={escaped(secret)}\n")
    text = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"
    text += f"security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n{tls(authority)}"
    place.write_text(f'{text}sasl.jaas.config={SCRAM} required username="a=b,c" password="${{file:{tmp_path}/secrets:password}}";\n')
    found = arguments(place)
    assert found.pop("ssl_context").check_hostname
    assert found == {
        "security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": "a=3Db=2Cc", "sasl_plain_password": secret,
    }  # fmt: skip


def test_plain_keeps_the_name_of_the_user() -> None:
    found = translated({"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", **login(PLAIN, "a=b")})
    assert (found["sasl_plain_username"], found["sasl_plain_password"]) == ("a=b", "p")


@pytest.mark.slow
def test_mutual_tls_from_one_file_or_from_text(authority: Authority, tmp_path: Path) -> None:
    both = authority.signs("client", password="k e'y")
    trust = {"security.protocol": "SSL", "ssl.truststore.type": "PEM", "ssl.truststore.location": str(authority.certificate)}
    keys = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(both), "ssl.key.password": "k e'y"}
    assert isinstance(translated({**trust, **keys})["ssl_context"], ssl.SSLContext)
    key, _, chain = authority.signs("open").read_text().partition("-----BEGIN CERTIFICATE-----")
    text = {"ssl.keystore.type": "PEM", "ssl.keystore.key": key, "ssl.keystore.certificate.chain": f"-----BEGIN CERTIFICATE-----{chain}"}
    whole = {"security.protocol": "SSL", "ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority.certificate.read_text()}
    assert isinstance(translated({**whole, **text})["ssl_context"], ssl.SSLContext)
    assert "ssl.key.password does not open" in refused({**trust, **keys, "ssl.key.password": "wrong"})
    assert "is encrypted: set ssl.key.password" in refused({**trust, **{name: value for name, value in keys.items() if name != "ssl.key.password"}})
    assert "a PEM keystore has no password" in refused({**trust, **keys, "ssl.keystore.password": "x"})
    assert "go together" in refused({**trust, "ssl.keystore.key": key})
    old = tmp_path / "old.pem"
    old.write_text("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n")
    assert "openssl pkcs8 -topk8" in refused({**trust, "ssl.keystore.type": "PEM", "ssl.keystore.location": str(old)})


def test_the_name_of_the_broker_is_checked_unless_told_otherwise() -> None:
    assert translated({"security.protocol": "SSL"})["ssl_context"].check_hostname
    assert not translated({"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": ""})["ssl_context"].check_hostname
    assert "https, or nothing" in refused({"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none"})


def test_versions_of_tls() -> None:
    newest = translated({"security.protocol": "SSL", "ssl.enabled.protocols": "TLSv1.3"})["ssl_context"]
    assert (newest.minimum_version, newest.maximum_version) == (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
    assert translated({"security.protocol": "SSL"})["ssl_context"].minimum_version == ssl.TLSVersion.TLSv1_2
    assert "choose from TLSv1.2, TLSv1.3" in refused({"security.protocol": "SSL", "ssl.enabled.protocols": "TLSv1"})


def test_a_keystore_of_java_is_named_with_the_command_that_converts_it(authority: Authority, tmp_path: Path) -> None:
    pkcs12, jks = tmp_path / "trust.p12", tmp_path / "trust.jks"
    openssl("pkcs12", "-export", "-nokeys", "-in", authority.certificate, "-out", pkcs12, "-passout", "pass:changeit")
    jks.write_bytes(b"\xfe\xed\xfe\xed\x00\x00")
    commands = {pkcs12: f"openssl pkcs12 -in {pkcs12} -nokeys", jks: f"keytool -importkeystore -srckeystore {jks}"}
    for store, kind, command in ((pkcs12, "PKCS12", commands[pkcs12]), (jks, "JKS", commands[jks])):
        told = refused({"security.protocol": "SSL", "ssl.truststore.location": str(store), "ssl.truststore.password": "changeit"})
        assert f"a {kind} keystore" in told
        assert command in told
        assert "changeit" not in told
    converted = tmp_path / "store.pem"
    command = f"openssl pkcs12 -in {pkcs12} -nokeys -out {converted} -passin pass:changeit"
    subprocess.run(command.split(), check=True, capture_output=True)
    translated({"security.protocol": "SSL", "ssl.truststore.type": "PEM", "ssl.truststore.location": str(converted)})


def test_pem_has_to_be_declared_because_java_does_not_look(authority: Authority) -> None:
    trust = {"security.protocol": "SSL", "ssl.truststore.location": str(authority.certificate)}
    assert "write `ssl.truststore.type=PEM`" in refused(trust)
    assert "write `ssl.truststore.type=PEM`" in refused({**trust, "ssl.truststore.type": "pem"}), "Java says: pem not found"
    assert "a PEM truststore has no password" in refused({**trust, "ssl.truststore.type": "PEM", "ssl.truststore.password": "x"})
    assert "cannot be read" in refused({"security.protocol": "SSL", "ssl.truststore.location": "/nowhere.pem"})


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"security.protocl": "SSL"}, "did you mean 'security.protocol'"),
        ({"acks": "1"}, "Kairos always waits for all replicas"),
        ({"group.id": "mine"}, "--deployment"),
        ({"security.protocol": "TLS"}, "choose one of PLAINTEXT, SSL"),
        ({"ssl.truststore.location": "/ca.pem"}, "ssl.truststore.location would have no effect: say SSL"),
        ({"security.protocol": "SSL", "sasl.mechanism": "PLAIN"}, "sasl.mechanism would have no effect: say SASL_SSL"),
        ({"security.protocol": "SASL_SSL"}, "sasl.mechanism is GSSAPI (Kafka's default)"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "scram-sha-512"}, "sasl.mechanism is scram-sha-512: write SCRAM-SHA-512"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": '"PLAIN"'}, "write PLAIN"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512"}, f"sasl.jaas.config is missing: `{SCRAM} required"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", **login(PLAIN)}, "for it sasl.mechanism is PLAIN"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", **login("com.example.Login")}, f"for PLAIN it is {PLAIN}"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", **login(PLAIN, password="")}, "has no password"),
        ({"request.timeout.ms": "5s"}, "a whole number is needed"),
    ],
)
def test_what_would_have_no_effect_or_the_wrong_one_is_refused_by_name(properties: dict[str, str], told: str) -> None:
    assert told in refused(properties)


def test_blanks_at_the_end_count_in_passwords_only_as_for_java(authority: Authority) -> None:
    trust = {"ssl.truststore.type": "PEM ", "ssl.truststore.location": f"{authority.certificate} "}
    found = translated({"security.protocol": "sasl_ssl\t", "sasl.mechanism": " SCRAM-SHA-512 ", **trust, **login(SCRAM, password="p ")})
    assert (found["security_protocol"], found["sasl_mechanism"], found["sasl_plain_password"]) == ("SASL_SSL", "SCRAM-SHA-512", "p ")


def test_a_token_is_fetched_or_read_from_a_file(tmp_path: Path) -> None:
    module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    base = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER", "sasl.jaas.config": f'{module} required extension_pool="p1";'}
    assert "sasl.oauthbearer.token.endpoint.url is needed" in refused(base)
    assert "clientId" in refused({**base, "sasl.oauthbearer.token.endpoint.url": "https://issuer.example/token"})
    (tmp_path / "token").write_text("abc\n")
    provider = translated({**base, "sasl.oauthbearer.token.endpoint.url": f"file://{tmp_path}/token"})["sasl_oauth_token_provider"]
    assert (provider.token(), provider.extensions()) == ("abc", {"pool": "p1"})


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_files_of_the_documentation_are_read_by_both_kinds_of_clients(
    file: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert properties_of(file)["security.protocol"] in ("SSL", "SASL_SSL")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert arguments(documented(file, authority, tmp_path))["security_protocol"] in ("SSL", "SASL_SSL")


def test_there_is_an_example_of_each_way_in() -> None:
    assert {"msk-iam", "mutual-tls", "oauth", "plain", "scram"} <= {file.stem for file in EXAMPLES}


def test_there_is_an_example_for_each_kafka_that_has_a_page() -> None:
    pages = {"confluent-cloud": "kafka-confluent", "msk-scram": "kafka-msk", "aiven": "kafka-aiven", "self-run": "kafka-self-run"}
    assert pages.keys() <= {file.stem for file in EXAMPLES}
    for name, page in pages.items():
        text = (EXAMPLES[0].parents[2] / f"{page}.md").read_text()
        assert f"examples/kafka/{name}.properties" in text
        shown = "\n".join(
            line for line in (EXAMPLES[0].parent / f"{name}.properties").read_text().splitlines() if line.startswith(("security", "sasl.mech"))
        )
        assert shown in text, "the page shows what the file says"
