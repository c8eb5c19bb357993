"""Addresses of brokers, as Kafka's clients take them: host:port, several with commas between."""

import re

from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import short

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.-]+):(?P<port>\d{1,5})", re.ASCII)
MAX_PORT = 65_535


class BadAddress(InvalidInput):
    """What cannot be the address of a broker. Java's client would refuse it, too, when the job has started."""


def places(brokers: str) -> list[tuple[str, int]]:
    """Host and port of each broker. Raises BadAddress."""
    found = []
    for told in brokers.split(","):
        matched = _ADDRESS.fullmatch(told.strip())
        if matched is None or not 0 < int(matched["port"]) <= MAX_PORT:
            message = (
                f"{short(told.strip())!r} is not the address of a broker: host:port, such as kafka-1.example.com:9092, without http:// or a path"
            )
            raise BadAddress(message)
        found.append((matched["host"].strip("[]"), int(matched["port"])))
    return found
