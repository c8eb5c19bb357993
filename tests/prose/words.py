"""What is refused in prose: phrases of docs/prose/words.txt, and sentences that are too long."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "docs" / "prose" / "words.txt"
MAX_WORDS = 40
"""In one sentence."""
_END = re.compile(r"(?<=[.!?])[\"”\u2019)*_]*\s+(?=[\"“\u2018(*_]*[A-Z0-9`])")
_ABBREVIATION = re.compile(r"\b(?:vs|No|Fig|St)\.$")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A phrase that is refused, and what to write instead."""

    phrase: re.Pattern[str]
    advice: str


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """A place at which somebody would stumble."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def rules(file: Path = WORDS) -> list[Rule]:
    """Read the word list. Raises ValueError, with the line, where one cannot be read."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        phrase, arrow, advice = re.split(r"\s+(=>)\s+", line, maxsplit=1) if " => " in line else (line, "", "")
        if not arrow:
            message = f"{file}:{number}: a rule is a phrase, `=>` and advice"
            raise ValueError(message)
        anywhere = phrase.replace(" ", r"\s+")  # a phrase may go over the end of a line
        found.append(Rule(phrase=re.compile(rf"(?<![\w-])(?:{anywhere})(?![\w-])", re.IGNORECASE), advice=advice))
    return found


def faults(text: str, refused: list[Rule]) -> Iterator[tuple[int, str]]:
    """The offset and the message of everything in a paragraph that is refused."""
    for rule in refused:
        for match in rule.phrase.finditer(text):
            yield match.start(), f"“{' '.join(match[0].split())}”: {rule.advice}"
    for start, sentence in sentences(text):
        if (length := len(sentence.split())) > MAX_WORDS:
            yield start, f"a sentence of {length} words, {MAX_WORDS} at most: “{' '.join(sentence.split()[:6])} …”"


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence of a paragraph, with its offset."""
    start = 0
    for end in _END.finditer(text):
        if not _ABBREVIATION.search(text[: end.start()]):
            yield start, text[start : end.start()]
            start = end.end()
    yield start, text[start:]
