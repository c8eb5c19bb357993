"""Reading events with the registry that is meant, in a process of a person's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.registry.address import check
from jobs.registry.lookup import Lookup
from jobs.registry.told import told
from udfs.codecs import writers


@contextmanager
def using(flag: str | None = None) -> Iterator[None]:
    """Read events with this registry for a while, or with that of the environment. Raises BadProperties."""
    said = told(flag)
    check(said)
    with writers.using(Lookup.at(said) if said else None):
        yield
