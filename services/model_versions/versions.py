"""Versions of models, and the names that say what each is for. Where they are kept is another matter: a folder, or MLflow.

A version's files never change. Aliases are replaced whole.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from udfs.core.values.errors import InvalidInput, NotAllowed, NotFound
from udfs.core.values.problems import did_you_mean

ALIASES = ("champion", "challenger", "shadow")
MANIFEST, LINEAGE = "manifest.json", "lineage.json"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
VERSION = re.compile(r"[0-9a-f]{12}")
MAX_AT = 253_402_300_800_000
"""The year 10000, epoch milliseconds: no date of a registration is later."""
MAX_HELD = 20
"""How many earlier holders of an alias are remembered."""


class RegistryError(InvalidInput):
    """A registry that cannot be read or written; the message says why."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A version that holds an alias, or held it, and since when (epoch milliseconds)."""

    version: str
    at: int
    by: str = ""


class Aliases(msgspec.Struct, kw_only=True):
    """The aliases of a model: the holders of each, the present one first."""

    held: dict[str, list[Held]] = {}
    retired: dict[str, int] = {}
    """Version -> when it was retired, epoch milliseconds."""

    def of(self, version: str) -> list[str]:
        """The aliases of a version."""
        return [alias for alias in ALIASES if self.held.get(alias) and self.held[alias][0].version == version]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model, as registered."""

    model: str
    version: str
    place: str
    """Where its files are, for people."""
    read: Callable[[str], bytes | None]
    """The content of one of its files; None if it has no such file."""
    manifest: Mapping[str, Any]
    lineage: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    retired: bool = False

    @property
    def at(self) -> int:
        """When it was registered, epoch milliseconds; 0 if that cannot be read."""
        at = self.lineage.get("at", 0)
        return at if isinstance(at, int) and 0 <= at < MAX_AT else 0


class Versions(ABC):
    """A registry. `at` is epoch milliseconds everywhere."""

    where: str
    """The folder or the address, for people."""

    @abstractmethod
    def models(self) -> list[str]:
        """The names of all models."""

    @abstractmethod
    def aliases(self, model: str) -> Aliases:
        """The aliases of a model."""

    @abstractmethod
    def add(self, model: str, manifest: Mapping[str, Any], files: Mapping[str, bytes], lineage: Mapping[str, Any]) -> Version:
        """Add a version; one that is there already stays as it is. Raises RegistryError if it cannot be written."""

    @abstractmethod
    def _all(self, model: str) -> list[Version]:
        """Every version that was added whole, in any order."""

    @abstractmethod
    def _changing(self, model: str) -> AbstractContextManager[Aliases]:
        """The aliases, to be changed during the block and written at its end."""

    def versions(self, model: str) -> list[Version]:
        """Every version of a model, the newest first. Raises NotFound if there is no such model."""
        if model not in self.models():
            known = f"registered are {', '.join(self.models())}" if self.models() else "none is registered yet: `python -m training run` does that"
            message = f"no model {model!r} in {self.where}: {did_you_mean(model, self.models()) or known}"
            raise NotFound(message)
        return sorted(self._all(model), key=lambda each: (each.at, each.version), reverse=True)

    def version(self, model: str, which: str) -> Version:
        """A version by its alias, or by its number or the beginning of it. Raises NotFound."""
        known = self.versions(model)
        found = [each for each in known if which in each.aliases or each.version.startswith(which)]
        if len(found) != 1 or not which:
            told = ", ".join(" ".join([each.version, *(f"({alias})" for alias in each.aliases)]) for each in known[:10])
            what = f"{model} has {len(found)} versions that begin with {which!r}" if found else f"{model} has no version {which!r}"
            message = f"{what}; registered are {told or 'none'}"
            raise NotFound(message)
        return found[0]

    def holder(self, model: str, alias: str) -> Version | None:
        """The version that holds an alias, if any does. Raises RegistryError if that version is gone: it cannot be told from none."""
        if model not in self.models():
            return None
        held = self.aliases(model).held.get(alias)
        if not held:
            return None
        known = self.versions(model)
        found = next((each for each in known if each.version == held[0].version), None)
        if found is None:
            other = f"promote another version with `kairos models promote {model}`" if known else f"begin from the start without {self.where}/{model}"
            message = f"{model}:{held[0].version} is {alias}, and is not in {self.where} any more: put it back there, or {other}"
            raise RegistryError(message)
        return found

    def promote(self, model: str, which: str, alias: str, *, at: int, by: str = "") -> Version:
        """Give a version an alias. Raises NotFound, or NotAllowed for a retired version."""
        found = self.version(model, which)
        if found.retired:
            message = f"{model}:{found.version} is retired: promote another version"
            raise NotAllowed(message)
        with self._changing(model) as aliases:
            before = aliases.held.get(alias, [])
            if not before or before[0].version != found.version:
                aliases.held[alias] = [Held(version=found.version, at=at, by=by), *before][:MAX_HELD]
            if alias == "champion":  # it is no longer on trial
                for other in ("challenger", "shadow"):
                    aliases.held[other] = [each for each in aliases.held.get(other, []) if each.version != found.version]
        return self.version(model, found.version)

    def previous(self, model: str, alias: str = "champion") -> Version:
        """The version that held an alias before the present one and is not retired. Raises NotAllowed if there is none."""
        self.versions(model)
        aliases = self.aliases(model)
        held = aliases.held.get(alias, [])
        for each in held[1:]:
            if each.version not in aliases.retired and each.version != held[0].version:
                return self.version(model, each.version)
        message = f"{model} has no {alias} before {held[0].version if held else 'this'}: promote a version by name"
        raise NotAllowed(message)

    def rollback(self, model: str, alias: str = "champion", *, to: str | None = None) -> Version:
        """Give an alias back to an earlier holder, by default the one before; those after it are forgotten. Raises NotAllowed."""
        earlier = self.version(model, to) if to else self.previous(model, alias)
        with self._changing(model) as aliases:
            held = aliases.held.get(alias, [])
            place = next((n for n, each in enumerate(held) if each.version == earlier.version), None)
            if place is None:
                message = f"{model}:{earlier.version} was never {alias}: promote it instead"
                raise NotAllowed(message)
            aliases.held[alias] = held[place:]
        return self.version(model, earlier.version)

    def back_to(self, model: str, version: str, *, at: int, by: str = "") -> Version:
        """Make an earlier champion champion again, so that the one it replaces is nothing to go back to; or promote one that never was."""
        if any(each.version == version for each in self.aliases(model).held.get("champion", [])):
            return self.rollback(model, to=version)
        return self.promote(model, version, "champion", at=at, by=by)

    def release(self, model: str, which: str) -> Version:
        """Take a version off trial: it is neither challenger nor shadow any more."""
        found = self.version(model, which)
        with self._changing(model) as aliases:
            for alias in ("challenger", "shadow"):
                aliases.held[alias] = [each for each in aliases.held.get(alias, []) if each.version != found.version]
        return self.version(model, found.version)

    def retire(self, model: str, which: str, *, at: int) -> Version:
        """Take a version out of use. Its files stay, for the record. Raises NotAllowed for the champion."""
        found = self.version(model, which)
        if "champion" in found.aliases:
            message = f"{model}:{found.version} is the champion: promote another version first"
            raise NotAllowed(message)
        with self._changing(model) as aliases:
            aliases.retired.setdefault(found.version, at)
            for alias in ("challenger", "shadow"):
                aliases.held[alias] = [each for each in aliases.held.get(alias, []) if each.version != found.version]
        return self.version(model, found.version)


def require_names(model: str, version: str) -> None:
    """Raise RegistryError for what would be no file name, or no name of a model elsewhere."""
    if not NAME.fullmatch(model) or not VERSION.fullmatch(version):
        message = f"{model}:{version} is not a name and a version: a name is in lower case, and a version is twelve hex digits"
        raise RegistryError(message)


def written(value: Any) -> bytes:
    """JSON, for people to read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
