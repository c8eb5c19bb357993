"""References to secrets, `${provider:path:key}`, looked up as Kafka's own config providers do it."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from jobs.kafka.properties import BadProperties, read
from udfs.core.values.problems import did_you_mean

REFERENCE = re.compile(r"\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}")
"""Kafka's own pattern. What a secret holds is not looked up again."""
PROVIDERS = "config.providers"
_PACKAGE = "org.apache.kafka.common.config.provider."
_SETTINGS = ("class", "param.allowed.paths", "param.allowlist.pattern")
"""What may be said of a provider. Those of others, such as a token of Vault, would be in the job graph."""


def resolved(properties: Mapping[str, str]) -> dict[str, str]:
    """The properties with every reference replaced by what it names, without those of the providers. Raises BadProperties."""
    declared = [name.strip() for name in properties.get(PROVIDERS, "").split(",") if name.strip()]
    lookups = {name: _lookup(name, properties) for name in declared}

    def of(key: str, value: str) -> str:
        def one(matched: re.Match[str]) -> str:
            provider, path, name = matched[1], matched[2] or "", matched[3]
            if provider not in lookups:
                kind = {"file": "FileConfigProvider", "dir": "DirectoryConfigProvider", "env": "EnvVarConfigProvider"}.get(provider)
                add = f"add `{PROVIDERS}={','.join([*declared, provider])}` and `{PROVIDERS}.{provider}.class={_PACKAGE}{kind}`" if kind else ""
                message = f"{key} refers to the provider {provider!r}, which {PROVIDERS} does not name: {add or 'name it there'}"
                raise BadProperties(message)
            try:
                return lookups[provider](path, name)
            except BadProperties as problem:
                message = f"{key}: {problem.message}"
                raise BadProperties(message) from problem

        return REFERENCE.sub(one, value)

    plain = {key: value for key, value in properties.items() if key != PROVIDERS and not key.startswith(f"{PROVIDERS}.")}
    return {key: of(key, value) for key, value in plain.items()}


def require_providers(properties: Mapping[str, str]) -> None:
    """Refuse providers, and settings of theirs, that have no effect here, without looking anything up. Raises BadProperties."""
    declared = [name.strip() for name in properties.get(PROVIDERS, "").split(",") if name.strip()]
    for name in declared:
        _lookup(name, properties)
    for key in properties:
        provider, _, part = key.removeprefix(f"{PROVIDERS}.").partition(".")
        if not key.startswith(f"{PROVIDERS}.") or (provider in declared and part in _SETTINGS):
            continue
        why = f"its providers take {', '.join(_SETTINGS)}" if provider in declared else f"{PROVIDERS} does not name {provider!r}: name it there"
        message = f"{key} has no effect: {why}"
        raise BadProperties(message)


def _lookup(provider: str, properties: Mapping[str, str]) -> Callable[[str, str], str]:
    named = properties.get(f"{PROVIDERS}.{provider}.class")
    known = {"FileConfigProvider": _from_file, "DirectoryConfigProvider": _from_folder, "EnvVarConfigProvider": _from_environment}
    if named is None:
        message = f"{PROVIDERS} names {provider!r}, but {PROVIDERS}.{provider}.class is missing"
        raise BadProperties(message)
    if (made := known.get(named.removeprefix(_PACKAGE))) is None:
        message = (
            f"{PROVIDERS}.{provider}.class is {named}: what runs in Python knows {', '.join(known)} of {_PACKAGE.rstrip('.')}. "
            "Have your secret store write files, and refer to those"
        )
        raise BadProperties(message)
    start = f"{PROVIDERS}.{provider}.param."
    return made({key.removeprefix(start): value for key, value in properties.items() if key.startswith(start)})


def _from_file(told: Mapping[str, str]) -> Callable[[str, str], str]:
    def look(path: str, key: str) -> str:
        _allowed(path, told)
        entries = read(Path(path))
        if key not in entries:
            message = f"{path} has no entry {key!r}" + (f": {hint}" if (hint := did_you_mean(key, entries)) else "")
            raise BadProperties(message)
        return entries[key]

    return look


def _from_folder(told: Mapping[str, str]) -> Callable[[str, str], str]:
    def look(path: str, key: str) -> str:
        _allowed(path, told)
        try:
            return (Path(path) / key).read_text()
        except (OSError, UnicodeDecodeError) as problem:
            message = f"{path} has no readable file {key!r} ({type(problem).__name__})"
            raise BadProperties(message) from problem

    return look


def _from_environment(told: Mapping[str, str]) -> Callable[[str, str], str]:
    allowed = told.get("allowlist.pattern")

    def look(path: str, key: str) -> str:
        if path:
            message = f"a reference to the environment has one name, ${{env:NAME}}, not {path!r}, too"
            raise BadProperties(message)
        if key not in os.environ or (allowed is not None and not re.fullmatch(allowed, key)):
            why = "is not set" if key not in os.environ else "is not in its allowlist.pattern"
            message = f"the environment variable {key} {why}"
            raise BadProperties(message)
        return os.environ[key]

    return look


def _allowed(path: str, told: Mapping[str, str]) -> None:
    folders = [Path(each.strip()) for each in told.get("allowed.paths", "").split(",") if each.strip()]
    if folders and not any(Path(os.path.normpath(path)).is_relative_to(folder) for folder in folders):
        message = f"{path} is not under the provider's allowed.paths"
        raise BadProperties(message)
