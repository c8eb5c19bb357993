"""A file of Kafka properties as it stands in the job graph: references unresolved, secrets never, and class names of the Kafka in the jar."""

from collections.abc import Mapping
from pathlib import Path

from jobs.kafka import jaas
from jobs.kafka.properties import BadProperties, read
from jobs.kafka.python_client import require_known
from jobs.kafka.references import PROVIDERS, REFERENCE

SHADED = "org.apache.flink.kafka.shaded."
"""Where Kafka's classes are in Flink's SQL connector jar."""
KAFKA = "org.apache.kafka."
CLASSES = (jaas.KEY, "sasl.login.callback.handler.class", "sasl.client.callback.handler.class")
SECRETS = frozenset(
    {"ssl.key.password", "ssl.keystore.password", "ssl.truststore.password", "ssl.keystore.key", "sasl.oauthbearer.assertion.private.key.passphrase"}
)
SECRET_OPTIONS = ("password", "secret", "token", "passphrase", "key")
"""An option of a login is secret if its name ends so, whatever its case."""


def properties_of(file: Path, *, prefix: str = "") -> dict[str, str]:
    """The properties of a file for Flink's connector, without the brokers. `prefix` is SHADED where the jar has Kafka's classes there.

    Raises BadProperties if a secret stands in the file in the clear: the graph goes to REST pages, checkpoints and logs.
    """
    told = read(file)
    require_known({key: value for key, value in told.items() if not key.startswith(PROVIDERS)})
    require_references(told, name=str(file))
    if prefix and _is_reference(told.get(jaas.KEY, "")):
        message = (
            f"{file}: {jaas.KEY} is one reference as a whole. Flink's SQL connector has Kafka's login modules under names of its own, so the "
            f'module must stand here: `{KAFKA}common.security.scram.ScramLoginModule required username="…" password="${{file:…}}";`'
        )
        raise BadProperties(message)
    return {key: _relocated(key, value, prefix) for key, value in told.items() if key != "bootstrap.servers"}


def require_references(properties: Mapping[str, str], *, name: str) -> None:
    """Refuse secrets in the clear. Raises BadProperties, which says what to write instead and repeats no value."""
    clear = [key for key, value in properties.items() if key in SECRETS and value and not _is_reference(value)]
    if jaas.KEY in properties and not _is_reference(properties[jaas.KEY]):
        options = jaas.parse(REFERENCE.sub("reference", properties[jaas.KEY])).options
        if any(option.lower().endswith(SECRET_OPTIONS) and value != "reference" for option, value in options.items()):
            clear.append(jaas.KEY)
    if clear:
        message = (
            f"{name} holds a secret in the clear ({', '.join(sorted(clear))}), which would be written into the job graph, its checkpoints and "
            "Flink's pages. Put it into a file that only the processes can read, and refer to it: "
            f"`{PROVIDERS}=file`, `{PROVIDERS}.file.class=org.apache.kafka.common.config.provider.FileConfigProvider`, "
            "and `${file:/run/secrets/kafka.properties:password}` in place of the secret"
        )
        raise BadProperties(message)


def _is_reference(value: str) -> bool:
    return REFERENCE.fullmatch(value.strip()) is not None


def _relocated(key: str, value: str, prefix: str) -> str:
    named = key in CLASSES or (key.startswith(f"{PROVIDERS}.") and key.endswith(".class"))
    return prefix + value if named and prefix and value.startswith(KAFKA) else value
