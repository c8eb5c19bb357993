"""What each job was started from: the zip of its code and its options. An upgrade that fails goes back to it."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.options import MAX_PARALLELISM, Options, arguments_of, parse
from services.devstack.package import PACKAGES, package
from services.devstack.settings import Settings
from services.devstack.state import folder_of
from udfs.core.values.errors import InvalidInput

KEPT = 10
"""How many zips are kept. Those that a job was last started from are never deleted."""


@dataclass(frozen=True, kw_only=True)
class JobCode:
    """The code of a job: the packages in its zip, the module that builds the graph, and the number of key groups of that graph."""

    main: str = "jobs.decide"
    packages: tuple[str, ...] = PACKAGES
    key_groups: int = MAX_PARALLELISM


MAIN_JOB = JobCode()


@dataclass(frozen=True, kw_only=True)
class Release:
    """Code and options of one job."""

    zip: str
    """Path of the zip; its name is the beginning of the SHA-256 of what is in it."""
    main: str
    identity: str
    """`Options.identity` of the job."""
    arguments: Sequence[str]
    """The options, as the job's command line gives them. Those of an older version may be other ones than today's."""

    @property
    def options(self) -> Options:
        """The options, as this version reads them. Raises InvalidInput, if it does not know one of them."""
        try:
            return parse(list(self.arguments))
        except SystemExit as problem:
            message = f"this version does not know the options that {self.identity} was started with: {' '.join(self.arguments)}"
            raise InvalidInput(message) from problem

    @property
    def name(self) -> str:
        """A short name for the code."""
        return Path(self.zip).stem

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "arguments": list(self.arguments)}

    @staticmethod
    def of_json(told: Mapping[str, Any]) -> "Release":
        """From a file. Raises KeyError for one that is not complete."""
        return Release(zip=told["zip"], main=told["main"], identity=told["identity"], arguments=tuple(told["arguments"]))


def pack(settings: Settings, options: Options, *, code: JobCode = MAIN_JOB) -> Release:
    """Zip this checkout's code under the name of its hash. The same code gives the same file."""
    return adopt(settings, package(_folder(settings) / f".{os.getpid()}.zip", code.packages), options, main=code.main, move=True)


def adopt(settings: Settings, file: Path, options: Options, *, main: str = MAIN_JOB.main, move: bool = False) -> Release:
    """Keep a zip that was made elsewhere, such as by another version. `move`: instead of copying it."""
    data = file.read_bytes()
    place = _folder(settings) / f"{hashlib.sha256(data).hexdigest()[:12]}.zip"
    fresh = place.with_suffix(f".{os.getpid()}.tmp")
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_bytes(data)
    fresh.replace(place)
    if move:
        file.unlink()
    return Release(zip=str(place), main=main, identity=options.identity, arguments=tuple(arguments_of(options)))


def remember(settings: Settings, release: Release) -> None:
    """Write down what its job was started from, and delete zips that no job needs any more."""
    write_json(_note(settings, release.identity), release.as_json())
    needed = {json.loads(note.read_text())["zip"] for note in _folder(settings).glob("*.json")}
    zips = sorted(_folder(settings).glob("*.zip"), key=lambda file: file.stat().st_mtime_ns)
    for old in zips[:-KEPT]:
        if str(old) not in needed:
            old.unlink()


def remembered(settings: Settings, identity: str) -> Release | None:
    """What the job of this identity was last started from; None if that was not written down, or its zip is gone."""
    try:
        found = Release.of_json(json.loads(_note(settings, identity).read_text()))
    except FileNotFoundError:
        return None
    return found if Path(found.zip).exists() else None


def write_json(place: Path, value: Mapping[str, Any]) -> None:
    """Write a file that is either the old one or the new one, whenever this process is killed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(json.dumps(value, indent=2) + "\n")
    fresh.replace(place)


def _folder(settings: Settings) -> Path:
    return settings.home / "releases"


def _note(settings: Settings, identity: str) -> Path:
    return _folder(settings) / f"{folder_of(identity)}.json"
