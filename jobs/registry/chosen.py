"""Which schema registry this process reads events with. The environment holds it, as it does the file of Kafka properties."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.registry.lookup import Lookup
from udfs.codecs import writers

VARIABLE = "KAIROS_SCHEMA_REGISTRY"


def told(flag: str | None = None) -> str:
    """What the flag says, or else the environment; a file with its whole path, for it goes to other processes. Empty: no registry."""
    said = (flag if flag is not None else os.environ.get(VARIABLE, "")).strip()
    return said if not said or "://" in said else str(Path(said).absolute())


@contextmanager
def using(flag: str | None = None) -> Iterator[None]:
    """Read events with this registry for a while. Raises BadProperties."""
    said = told(flag)
    with writers.using(Lookup.at(said) if said else None):
        yield
