"""Which file of Kafka properties this process connects with. The environment holds it, so that every process started from here gets it, too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.kafka.properties import of_file, read
from jobs.kafka.references import PROVIDERS, resolved

VARIABLE = "KAIROS_KAFKA_PROPERTIES"
SERVERS = "bootstrap.servers"


def chosen() -> Path | None:
    """The file, None for a broker without security."""
    told = os.environ.get(VARIABLE)
    return Path(told).absolute() if told else None


def use(file: str | Path) -> None:
    """Connect with this file from now on; with an empty name, without one."""
    if str(file):
        os.environ[VARIABLE] = str(Path(file).absolute())
    else:
        os.environ.pop(VARIABLE, None)


@contextmanager
def using(file: str | Path) -> Iterator[None]:
    """Connect with this file for a while."""
    before = os.environ.get(VARIABLE, "")
    use(file)
    try:
        yield
    finally:
        use(before)


def brokers_of(file: str | Path) -> str:
    """`bootstrap.servers` of a file, or nothing; it may be a reference, and what else the file refers to is not looked up. Raises BadProperties."""
    with of_file(Path(file)):
        told = {key: value for key, value in read(Path(file)).items() if key == SERVERS or key.startswith(PROVIDERS)}
        return ",".join(part.strip() for part in resolved(told).get(SERVERS, "").split(",") if part.strip())
