from pathlib import Path

import pytest

from jobs.kafka.properties import BadProperties, parse, read


def test_a_file_is_read_as_java_reads_it() -> None:
    text = "# a comment\n! another\n\n a = 1 \nb:2\nc 3\nd\ne=x\\\n   y\\\n   z\nf\\ g\\=h=i=j\nk=\\u00e9\\t\\n\\\\ \\: \\!\nlast=end\\\\"
    assert parse(text, name="x") == {
        "a": "1 ", "b": "2", "c": "3", "d": "", "e": "xyz", "f g=h": "i=j", "k": "é\t\n\\ : !", "last": "end\\",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a=1\r\nb=2\r\n", "a=1\rb=2", "a=0\na=1\nb=2", "a=1\nb=2\\"])
def test_line_ends_of_all_systems_and_the_last_of_two_counts(text: str) -> None:
    assert parse(text, name="x") == {"a": "1", "b": "2"}


def test_a_comment_does_not_go_on_and_a_continued_line_may_look_like_one() -> None:
    assert parse("# comment \\\na=1\nb=x\\\n#y", name="x") == {"a": "1", "b": "x#y"}


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_key(tmp_path: Path) -> None:
    (tmp_path / "x.properties").write_bytes(b"\xef\xbb\xbfsecurity.protocol=SSL\n")
    assert read(tmp_path / "x.properties") == {"security.protocol": "SSL"}


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadProperties, match=r"x, line 2: \\u needs four"):
        parse("a=1\npath=C:\\users", name="x")
    with pytest.raises(BadProperties, match="cannot be read"):
        read(tmp_path / "missing")
    (tmp_path / "store.jks").write_bytes(b"\xfe\xed\xfe\xed\x00")
    with pytest.raises(BadProperties, match="a keystore, not a file of properties"):
        read(tmp_path / "store.jks")
