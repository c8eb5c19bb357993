"""Prometheus' text format: merging what several processes export, and reading single values."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families


class Sample(NamedTuple):
    """One value."""

    name: str
    labels: Mapping[str, str]
    value: float


def merged(texts: Iterable[bytes]) -> bytes:
    """One text of several. Lines of one metric must stand together, whoever exports them."""
    families: dict[bytes, tuple[list[bytes], list[bytes]]] = {}
    for text in texts:
        name = b""
        for line in text.splitlines():
            if line.startswith((b"# TYPE ", b"# HELP ")):
                name = line.split(b" ", 3)[2]
                about = families.setdefault(name, ([], []))[0]
                if not any(held[:7] == line[:7] for held in about):
                    about.append(line)
            elif line and not line.startswith(b"#"):
                families.setdefault(name, ([], []))[1].append(line)
    return b"".join(line + b"\n" for about, lines in families.values() for line in (*about, *lines))


def samples(text: bytes) -> list[Sample]:
    """Every value. Raises ValueError for what is not in the format."""
    families = text_string_to_metric_families(text.decode("utf-8", "replace"))
    return [Sample(each.name, each.labels, each.value) for family in families for each in family.samples]
