import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from udfs.core.values.errors import NotFound
from udfs.lake.pseudonyms import BadKeys, Pseudonyms, add_key, read_keys

KEY = bytes(range(32))


def test_a_pseudonym_is_the_hmac_of_the_id_with_its_epoch() -> None:
    known = Pseudonyms(keys={3: KEY})
    assert known.of("ada") == "3-" + hmac.new(KEY, b"ada", hashlib.sha256).hexdigest()[:32]


def test_the_newest_key_is_written_and_every_key_finds_somebody() -> None:
    known = Pseudonyms(keys={1: KEY, 2: KEY[::-1]})
    assert known.of("ada").startswith("2-")
    assert known.all_of("ada") == {known.at(1, "ada"), known.at(2, "ada")}


def test_a_message_has_nothing_in_common_with_a_person_of_the_same_name() -> None:
    known = Pseudonyms(keys={1: KEY})
    assert known.record("ada") != known.of("ada")


def test_ids_that_are_no_unicode_have_pseudonyms_too() -> None:
    assert Pseudonyms(keys={1: KEY}).of("\ud800").startswith("1-")


def test_a_new_file_of_keys_is_for_its_owner_alone_and_grows_by_epochs(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    assert add_key(file) == 1
    first = read_keys(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert add_key(file) == 2
    both = read_keys(file)
    assert both.epoch == 2
    assert both.keys[1] == first.keys[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        ("1 abcd", "at least 32"),
        (f"1 {'zz' * 32}", "hexadecimal"),
        (f"{'ab' * 32}", "an epoch and a key"),
        (f"one {'ab' * 32}", "an epoch and a key"),
        (f"1 {'ab' * 32}\n1 {'cd' * 32}", "has a key already"),
        ("1 gehe\u00efm", "cannot be read"),
    ],
)
def test_bad_keys_are_refused_without_being_shown(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "keys"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadKeys) as refused:
        read_keys(file)
    assert said in str(refused.value)
    for word in content.split():
        if len(word) > 3 and word != "nothing":
            assert word not in str(refused.value)
    assert "ab" * 32 not in repr(Pseudonyms(keys={1: bytes.fromhex("ab" * 32)}))


def test_a_missing_file_of_keys_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="kairos lake key"):
        read_keys(tmp_path / "none")
