from pathlib import Path

import pytest

from jobs.kafka.java_client import SHADED, properties_of
from jobs.kafka.properties import BadProperties

PROVIDER = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


def written(folder: Path, text: str) -> Path:
    place = folder / "client.properties"
    place.write_text(text)
    return place


def test_references_stay_and_class_names_follow_the_jar(tmp_path: Path) -> None:
    reference = 'password="${file:/run/secrets/kafka.properties:password}"'
    login = f'sasl.jaas.config={LOGIN} required username="a" {reference};'
    file = written(tmp_path, f"bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\n{PROVIDER}{login}\n")
    assert properties_of(file, prefix=SHADED) == {
        "security.protocol": "SASL_SSL", "config.providers": "file",
        "config.providers.file.class": f"{SHADED}org.apache.kafka.common.config.provider.FileConfigProvider",
        "sasl.jaas.config": f'{SHADED}{LOGIN} required username="a" {reference};',
    }  # fmt: skip
    assert properties_of(file)["sasl.jaas.config"].startswith(LOGIN)


def test_classes_of_plug_ins_keep_their_names(tmp_path: Path) -> None:
    told = "sasl.mechanism=AWS_MSK_IAM\nsasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;\n"
    handler = "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n"
    kept = properties_of(written(tmp_path, told + handler), prefix=SHADED)
    assert kept["sasl.jaas.config"] == "software.amazon.msk.auth.iam.IAMLoginModule required;"
    assert kept["sasl.client.callback.handler.class"] == "software.amazon.msk.auth.iam.IAMClientCallbackHandler"


@pytest.mark.parametrize(
    "line",
    [
        f'sasl.jaas.config={LOGIN} required username="a" password="hunter2";',
        f'sasl.jaas.config={LOGIN} required username="a" password="${{file:/x:y}}hunter2";',
        'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="a" clientSecret="hunter2";',
        "ssl.key.password=hunter2",
        "ssl.keystore.password=hunter2",
        "ssl.keystore.key=-----BEGIN PRIVATE KEY----- hunter2",
        "ssl.keystore.certificate.chain=-----BEGIN ENCRYPTED PRIVATE KEY----- hunter2",
        "ssl.truststore.certificates=-----BEGIN CERTIFICATE----- a -----BEGIN RSA PRIVATE KEY----- hunter2",
        "sasl.oauthbearer.client.credentials.client.secret=hunter2",
        "sasl.oauthbearer.something.of.tomorrow.apiKey=hunter2",
        "sasl.oauthbearer.token.endpoint.url=https://kairos:hunter2@login.example.com/token",
    ],
)
def test_a_secret_in_the_clear_never_gets_into_the_graph(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadProperties) as refused:
        properties_of(written(tmp_path, f"{PROVIDER}{line}\n"))
    assert "holds a secret in the clear" in str(refused.value)
    assert "${file:/run/secrets/kafka.properties:password}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_whole_value_may_be_a_reference(tmp_path: Path) -> None:
    line = "sasl.jaas.config=${file:/run/secrets/kafka.properties:login}\n"
    assert properties_of(written(tmp_path, PROVIDER + line))["sasl.jaas.config"] == "${file:/run/secrets/kafka.properties:login}"
    with pytest.raises(BadProperties, match="the module must stand here"):  # nobody could rename the class in that file
        properties_of(written(tmp_path, PROVIDER + line), prefix=SHADED)


def test_names_that_only_sound_secret_are_none(tmp_path: Path) -> None:
    lines = (
        "sasl.oauthbearer.token.endpoint.url=https://login.example.com/a@b\n"
        "ssl.keystore.certificate.chain=-----BEGIN CERTIFICATE----- public\n"
        "sasl.oauthbearer.assertion.private.key.file=/run/secrets/kafka/key.pem\n"
    )
    assert len(properties_of(written(tmp_path, lines))) == 3


def test_of_an_option_that_stands_twice_none_is_hidden(tmp_path: Path) -> None:
    login = f'sasl.jaas.config={LOGIN} required username="a" password="hunter2" password="${{file:/x:y}}";'
    with pytest.raises(BadProperties, match="has an option twice") as refused:
        properties_of(written(tmp_path, f"{PROVIDER}{login}\n"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "config.providers=vault\nconfig.providers.vault.class=com.example.Vault\nconfig.providers.vault.param.token=hunter2",
            "what runs in Python knows",
        ),
        (f"{PROVIDER}config.providers.file.param.token=hunter2", "config.providers.file.param.token has no effect: its providers take class"),
        ("config.providers.vault.param.token=hunter2", "config.providers does not name 'vault'"),
    ],
)
def test_a_provider_that_python_does_not_have_and_its_secrets_stay_out(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(BadProperties, match=f"^{tmp_path}/client.properties: .*{told}") as refused:
        properties_of(written(tmp_path, f"{lines}\n"))
    assert "hunter2" not in str(refused.value)
