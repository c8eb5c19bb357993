"""What is wrong with a document that a person wrote: where in it, what, and what was probably meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the path of keys to the value that holds it, and the column inside that value if it is an expression."""

    path: Path
    message: str
    suggestion: str | None = None
    offset: int | None = None

    def under(self, *prefix: str | int) -> "Problem":
        """The same problem seen from further out."""
        return replace(self, path=(*prefix, *self.path))

    def __str__(self) -> str:
        where = ".".join(str(step) for step in self.path)
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{where}: {self.message}{hint}" if where else f"{self.message}{hint}"


class DocumentError(ValueError):
    """A campaign, feature set or policy that cannot be taken; carries every problem found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """A suggestion for a misspelt word, None when nothing known is as near as `cutoff` (1: the same)."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"did you mean {near[0]!r}?" if near else None
