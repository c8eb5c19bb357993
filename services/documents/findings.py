"""A mistake in a file, shown with file, line, column, the line itself, a caret, and a suggestion."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from udfs.core.values.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One mistake in a file. Lines and columns count from 1."""

    file: Path
    line: int
    column: int
    message: str
    suggestion: str | None = None
    text: str = ""
    """The text of the line."""

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {self.message}"
        hint = f"\n  hint: {self.suggestion}" if self.suggestion else ""
        if not self.text.strip():
            return head + hint
        shown, before = self._window()
        return f"{head}\n  {shown}\n  {' ' * before}^{hint}"

    def _window(self) -> tuple[str, int]:
        """Cut a long line around the mistake: the part to show, and the position of the mistake in it."""
        start = max(0, self.column - 80)
        shown = self.text.replace("\t", " ")[start : start + 120].rstrip()
        blank = 0 if start else len(shown) - len(shown.lstrip())
        return shown[blank:], max(0, self.column - 1 - start - blank)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, line and column."""
    return sorted(findings, key=lambda finding: (str(finding.file), finding.line, finding.column))


class BadFile(InvalidInput):
    """A file that cannot be taken; carries everything found, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(in_order(findings))
        super().__init__("\n".join(map(str, self.findings)))
