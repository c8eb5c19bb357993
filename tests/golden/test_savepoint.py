"""Reading state out of a savepoint's files: only what has the form of an entry is one."""

import pickle
from pathlib import Path
from struct import pack

import pytest

from tests.golden.savepoint import Entry, entries
from udfs.operators.stored import NEVER, write

BLOB = b"\xdc\x00\x18\x01 a profile"


def entry(key: str, value: bytes, *, group: int = 7) -> bytes:
    """As Flink writes it."""
    row = pack(">H", group) + b"\0" + bytes([len(key) + 1]) + key.encode() + b"\0"
    pickled = pickle.dumps(value, protocol=4)
    return pack(">I", len(row)) + row + pack(">I", len(pickled) + 4) + pack(">I", len(pickled)) + pickled


def found(folder: Path, content: bytes) -> list[Entry]:
    (folder / "state").write_bytes(content)
    return entries(folder)


def test_each_state_of_a_key_is_known_by_its_look(tmp_path: Path) -> None:
    user, ties = write(NEVER, BLOB), b"\x99\x01\xa0"
    kept = b"f" * 8 + (1_300_000_000).to_bytes(4) + b"g" * 8 + (1_300_000_001).to_bytes(4)
    content = b"head" + entry("ada", user) + entry("ada", ties) + entry("bob", kept) + b"\xff\xff"
    assert found(tmp_path, content) == [Entry("ada", "ties", ties), Entry("ada", "user", user), Entry("bob", "kept-ids", kept)]


def test_the_flag_that_ends_a_group_of_keys_changes_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, entry("ada", write(NEVER, BLOB), group=0x8007)) == [Entry("ada", "user", write(NEVER, BLOB))]


@pytest.mark.parametrize("cut", [1, 4, 10, 25])
def test_what_is_cut_off_is_no_entry(tmp_path: Path, cut: int) -> None:
    assert found(tmp_path, entry("ada", write(NEVER, BLOB))[:-cut]) == []


def test_a_timer_has_no_value_and_is_left_out(tmp_path: Path) -> None:
    row = pack(">H", 7) + b"\0\x04ada\0"
    assert found(tmp_path, pack(">I", len(row)) + row + pack(">I", 0)) == []


def test_noise_is_no_entry(tmp_path: Path) -> None:
    assert found(tmp_path, bytes(range(256)) * 40) == []
