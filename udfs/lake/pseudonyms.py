"""Who somebody is in the lake: HMAC-SHA-256 of the id under a secret key, with the number of the key in front.

The keys are in a file, one a line: an epoch (a whole number) and at least 32 bytes in hexadecimal. The highest epoch is the one that is
written; the others are kept to find what was written with them. Neither a key nor an id is ever part of an error message.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from udfs.core.values.errors import InvalidInput, NotFound

DIGITS = 32
"""Hexadecimal digits of a pseudonym: 128 bits, so that no two of a billion people share one."""
KEY_BYTES = 32


class BadKeys(InvalidInput):
    """The file of keys cannot be used; the message says why, without its content."""


@dataclass(frozen=True, kw_only=True)
class Pseudonyms:
    """Makes pseudonyms with the newest key, and knows the older ones."""

    keys: Mapping[int, bytes] = field(repr=False)

    @property
    def epoch(self) -> int:
        """The epoch that is written."""
        return max(self.keys)

    def of(self, name: str) -> str:
        """The pseudonym of a person's id."""
        return self.at(self.epoch, name)

    def at(self, epoch: int, name: str) -> str:
        """The pseudonym that the key of this epoch gives."""
        return f"{epoch}-{hmac.digest(self.keys[epoch], name.encode('utf-8', 'replace'), 'sha256').hex()[:DIGITS]}"

    def all_of(self, name: str) -> set[str]:
        """Every pseudonym that somebody may have, one an epoch."""
        return {self.at(epoch, name) for epoch in self.keys}

    def record(self, name: str) -> str:
        """What stands for the id of a record (a message, a decision). A message and a person of the same name have nothing in common."""
        return f"{self.epoch}-{hmac.digest(self.keys[self.epoch], b'record:' + name.encode('utf-8', 'replace'), 'sha256').hex()[:DIGITS]}"


def read_keys(path: Path) -> Pseudonyms:
    """The keys of a file. Raises NotFound and BadKeys."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError as problem:
        message = f"there is no file of keys at {path}: `kairos lake key {path}` makes one"
        raise NotFound(message) from problem
    except (OSError, UnicodeDecodeError) as problem:
        message = f"the keys in {path} cannot be read ({type(problem).__name__}): `kairos lake key FILE` makes such a file"
        raise BadKeys(message) from None  # an error of decoding would show the bytes
    keys: dict[int, bytes] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        epoch, key = _key(words, f"{path}, line {number}")
        if epoch in keys:
            message = f"{path}, line {number}: epoch {epoch} has a key already"
            raise BadKeys(message)
        keys[epoch] = key
    if not keys:
        message = f"{path} holds no key: `kairos lake key {path}` adds one"
        raise BadKeys(message)
    return Pseudonyms(keys=keys)


def add_key(path: Path) -> int:
    """Add a new key of the next epoch to a file, which is made if there is none, for its owner alone. Returns the epoch."""
    epoch = read_keys(path).epoch + 1 if path.exists() else 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    before = path.read_text(encoding="ascii")
    path.write_text(f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{epoch} {secrets.token_hex(KEY_BYTES)}\n", encoding="ascii")
    return epoch


def _key(words: list[str], place: str) -> tuple[int, bytes]:
    if len(words) != 2 or not words[0].isdecimal():
        message = f"{place}: write an epoch and a key, as in `1 5f0c…`"
        raise BadKeys(message)
    try:
        key = bytes.fromhex(words[1])
    except ValueError:
        message = f"{place}: the key is not written in hexadecimal"
        raise BadKeys(message) from None
    if len(key) < KEY_BYTES:
        message = f"{place}: the key has {len(key)} bytes: at least {KEY_BYTES}, or ids could be found out by trying"
        raise BadKeys(message)
    return int(words[0]), key
