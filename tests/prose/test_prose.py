"""The prose check finds what it is for, at its line, and leaves code alone."""

from pathlib import Path

import pytest

from tests.prose import markdown, python
from tests.prose.__main__ import main
from tests.prose.words import ROOT, rules, sentences

RULES = rules()
PAGE = Path("page.md")
LONG = " ".join(["word"] * 41)


def found(text: str) -> list[str]:
    return [f"{fault.line}: {fault.message}" for fault in markdown.check(PAGE, text, RULES)]


def found_in_code(text: str) -> list[int]:
    return sorted(fault.line for fault in python.check(Path("file.py"), text, RULES))


def test_a_phrase_is_found_at_its_line_with_advice() -> None:
    assert found("# Title\n\nOne line.\nIt comes\ntrue here.\n") == ['4: “comes true”: "fires" or "becomes true"']


@pytest.mark.parametrize("place", ["# {}", "* {}", "1. {}", "> {}", "| {} |\n|---|\n| b |", "**{}**", "[{}](x.md)"])
def test_it_is_found_wherever_people_read(place: str) -> None:
    assert len(found(place.format("till tomorrow"))) == 1


@pytest.mark.parametrize("place", ["`{}`", "```\n{}\n```", "    {}", "[x](till.md)", "<!-- {} -->"])
def test_code_and_addresses_are_left_alone(place: str) -> None:
    assert found(place.format("till tomorrow")) == []


def test_only_whole_words_count() -> None:
    assert found("The still tiller, a no-more-tills policy.") == []


def test_a_sentence_of_more_than_forty_words_is_too_long() -> None:
    assert found(f"{LONG.replace('word', 'w')}.") == ["1: a sentence of 41 words, 40 at most: “w w w w w w …”"]
    assert found(" ".join(["w"] * 40) + ". And another one.") == []


def test_a_line_of_more_than_110_columns_is_too_long_but_not_in_a_table_or_with_an_address() -> None:
    line = "a. " + "x" * 108
    assert found(line) == ["1: a line of 111 columns, 110 at most"]
    assert found(f"| {line} |\n|---|\n| b |") == []
    assert found(f"[{line}](https://example.com)") == []


def test_sentences_end_at_full_stops_only() -> None:
    text = "Use 3.11, or `a.b`. Really? (Yes.) It is so, e. g. here."
    assert [sentence for _, sentence in sentences(text)] == ["Use 3.11, or `a.b`.", "Really?", "(Yes.", "It is so, e. g. here."]


def test_docstrings_comments_and_messages_are_read_in_python() -> None:
    text = '''\
"""A module.

It waits till tomorrow.
"""

# It waits
# till tomorrow.
wait = "it waits till tomorrow"
said = f"it waits till {wait} tomorrow"
till = "till"
'''
    assert found_in_code(text) == [3, 7, 8, 9]


def test_a_rule_without_advice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("# fine\ntill\n")
    with pytest.raises(ValueError, match=r"words\.txt:2: a rule is a phrase"):
        rules(tmp_path / "words.txt")


def test_folders_are_searched_and_python_only_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.md").write_text("Wait till tomorrow.\n")
    (tmp_path / "file.py").write_text('"""It waits till tomorrow."""\n')
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == f'{tmp_path}/deep/page.md:1: “till”: "until"\n'
    assert main(["--code", "--count", str(tmp_path)]) == 1
    assert capsys.readouterr().out.split() == ["1", str(tmp_path), "1", f"{tmp_path}/deep"]


def test_what_is_left_out_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.md").write_text("Wait till tomorrow.\n")
    assert main([str(tmp_path), "--but", str(tmp_path / "deep")]) == 0


def test_the_keys_of_a_document_are_not_one_sentence(tmp_path: Path) -> None:
    assert found_in_code(f'text = """{LONG[:120]}\nkey: {LONG[:120]}"""') == []
    assert found_in_code(f'text = """{LONG[:120]}\nand {LONG[:120]}"""') == [1]


def test_there_is_no_file_is_english() -> None:
    assert found("There is no file here, and there is no campaign.") == []
    assert len(found("It is no campaign.")) == 1


@pytest.mark.slow
def test_the_documentation_passes() -> None:
    pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs"]
    assert main([str(ROOT / page) for page in pages]) == 0


def test_comments_at_the_ends_of_lines_and_branches_of_a_tree_are_not_one_sentence() -> None:
    words, lines = "some words that go on and on", range(1, 9)
    assert found_in_code("".join(f"a{n} = {n}  # {words}\n" for n in lines)) == []
    assert found_in_code('"""A tree.\n\n' + "".join(f"├── {words}\n" for _ in lines) + '"""\n') == []
    assert found_in_code("".join(f"# {words}\n" for _ in lines)) == [1]
