"""docker/Dockerfile and docker/compose.yaml as the tests read them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


@dataclass
class Stage:
    """One FROM, and the instructions after it: (name in capitals, rest of its logical line)."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.steps if name == instruction]


def stages(text: str) -> dict[str, Stage]:
    """Every stage by its name."""
    found: dict[str, Stage] = {}
    current: Stage | None = None
    for name, rest in instructions(text):
        if name == "FROM":
            base, _, label = rest.partition(" AS ")
            current = found[label or base] = Stage(label or base, base)
        elif current is not None:
            current.steps.append((name, rest))
    return found


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Logical lines, without comments."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"[ \t]*\\\n\s*", " ", kept).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), rest.strip()


def copied(rest: str) -> tuple[str | None, list[str]]:
    """The stage that a COPY takes from, None for the context, and its sources."""
    words = shlex.split(rest)
    flags = [word for word in words if word.startswith("--")]
    stage = next((flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")), None)
    return stage, [word for word in words if not word.startswith("--")][:-1]


def dockerfile() -> dict[str, Stage]:
    """The stages of ours."""
    return stages((DOCKER / "Dockerfile").read_text())


def compose() -> dict[str, Any]:
    """docker/compose.yaml, its anchors and merges done."""
    read: dict[str, Any] = YAML(typ="safe").load(DOCKER / "compose.yaml")
    return read


def locked(package: str) -> str:
    """The version of a package in requirements.lock."""
    found = re.search(rf"^{re.escape(package)}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found is not None, package
    return found[1]
