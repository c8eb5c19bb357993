"""What is wrong with a document that a person wrote: where in it, what, and what was probably meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from udfs.core.values.errors import InvalidInput

Path = tuple[str | int, ...]
MAX_SHOWN = 60
MAX_MESSAGE = 400


def short(text: str, most: int = MAX_SHOWN) -> str:
    """`text`, cut in the middle when it is longer than anybody would read."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]}…{text[-(most // 3) :]}"


def shown(found: object) -> str:
    """How a value that somebody wrote is repeated to them."""
    try:
        return short(repr(found))
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return "such a number"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the path of keys to the value that holds it, and the column inside that value if it is an expression."""

    path: Path
    message: str
    suggestion: str | None = None
    offset: int | None = None
    at_key: bool = False
    """Whether it is the key that is wrong, not its value."""

    def __post_init__(self) -> None:
        """Names and texts of any length are quoted in messages: nobody wants to read thousands of characters."""
        object.__setattr__(self, "message", short(self.message, MAX_MESSAGE))
        if self.suggestion is not None:
            object.__setattr__(self, "suggestion", short(self.suggestion, MAX_MESSAGE))

    def under(self, *prefix: str | int) -> "Problem":
        """The same problem seen from further out."""
        return replace(self, path=(*prefix, *self.path))

    def __str__(self) -> str:
        where = ".".join(short(str(step), MAX_MESSAGE) for step in self.path)
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{where}: {self.message}{hint}" if where else f"{self.message}{hint}"


class DocumentError(InvalidInput):
    """A campaign, feature set or policy that cannot be taken; carries every problem found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """A suggestion for a misspelt word, None when nothing known is as near as `cutoff` (1: the same)."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff) if len(word) <= MAX_MESSAGE else []
    return f"did you mean {near[0]!r}?" if near else None
