"""A file of Kafka properties as it stands in the job graph: references unresolved, secrets never, and class names of the Kafka in the jar."""

import re
from collections.abc import Mapping
from pathlib import Path

from jobs.kafka import jaas
from jobs.kafka.properties import BadProperties, of_file, read
from jobs.kafka.python_client import require_known
from jobs.kafka.references import PROVIDERS, REFERENCE, require_providers

SHADED = "org.apache.flink.kafka.shaded."
"""Where Kafka's classes are in Flink's SQL connector jar."""
KAFKA = "org.apache.kafka."
CLASSES = (jaas.KEY, "sasl.login.callback.handler.class", "sasl.client.callback.handler.class")
SECRET_NAMES = ("password", "secret", "token", "passphrase", "key")
"""A setting, or an option of a login, is secret if its name ends so, whatever its case."""
SECRET_VALUE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/?#\s]*@")
"""A private key, and a URL with a login, are secret whatever they are called."""


def properties_of(file: Path, *, prefix: str = "") -> dict[str, str]:
    """The properties of a file for Flink's connector, without the brokers. `prefix` is SHADED where the jar has Kafka's classes there.

    Raises BadProperties if a secret stands in the file in the clear: the graph goes to REST pages, checkpoints and logs.
    """
    told = read(file)
    with of_file(file):
        require_known({key: value for key, value in told.items() if not key.startswith(PROVIDERS)})
        require_providers(told)
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
    clear = [key for key, value in properties.items() if is_clear(key, value)]
    if jaas.KEY in properties and not _is_reference(properties[jaas.KEY]):
        options = jaas.parse(REFERENCE.sub("reference", properties[jaas.KEY])).options
        if any(option.lower().endswith(SECRET_NAMES) and value != "reference" for option, value in options.items()):
            clear.append(jaas.KEY)
    if clear:
        message = (
            f"{name} holds a secret in the clear ({', '.join(sorted(clear))}), which would be written into the job graph, its checkpoints and "
            "Flink's pages. Put it into a file that only the processes can read, and refer to it: "
            f"`{PROVIDERS}=file`, `{PROVIDERS}.file.class=org.apache.kafka.common.config.provider.FileConfigProvider`, "
            "and `${file:/run/secrets/kafka.properties:password}` in place of the secret"
        )
        raise BadProperties(message)


def is_clear(key: str, value: str) -> bool:
    """Whether a setting holds a secret that is no reference, by its name or by what it looks like."""
    return SECRET_VALUE.search(value) is not None or (key.lower().endswith(SECRET_NAMES) and bool(value) and not _is_reference(value))


def _is_reference(value: str) -> bool:
    return REFERENCE.fullmatch(value.strip()) is not None


def _relocated(key: str, value: str, prefix: str) -> str:
    named = key in CLASSES or (key.startswith(f"{PROVIDERS}.") and key.endswith(".class"))
    return prefix + value if named and prefix and value.startswith(KAFKA) else value
