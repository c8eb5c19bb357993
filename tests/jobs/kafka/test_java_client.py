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
