"""Usual slips in a condition, and how each is written instead: of people who know SQL, a spreadsheet, JavaScript or Liquid."""

import re

from udfs.core.values.durations import SECOND, UNITS
from udfs.core.values.other_dates import day_of
from udfs.core.values.other_words import CURLY, NAMES, ROOTS

_SPAN = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\b")
_TIMES = re.compile(r"\bnow\b|\bsession\.(?:started|last|seconds|longest)\b")
_SECONDS = ("session.seconds", "session.longest")
_DATE = re.compile(r"(?<![\w.-])(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})([./-])(\d{1,2})\5(\d{4}))(?![\w.-])")
_TEXTS = re.compile(r"\"[^\"]*\"|'[^']*'")

_SLIPS: tuple[tuple[str, str], ...] = (
    (f"[{CURLY}]", 'write straight quotes around a text: "DE"'),
    (r"\{\{|\}\}|\{%|\$\{", 'a condition is written without {{ }}: user.country == "DE"'),
    (r"[≥≤≠]", "write >= for ≥, <= for ≤ and != for ≠"),
    (r"===|!==", "write == for equal, and != for not equal"),
    (r"<>", "write != for not equal"),
    (r"=>|=<", "write >= or <="),
    (r"=~|\b(?:matches|like|rlike|regex)\b", 'there are no patterns: write "gmail" in user.email, or starts_with(user.email, "info@")'),
    (r"\bAND\b|\bOR\b|\bNOT\b|\bIN\b", "write and, or, not and in in lower case"),
    (r"&&|&", "write and for &&"),
    (r"\|\||\|", 'write or for ||; for what is missing: default(user.first_name, "there")'),
    (r"\b(?:does\s+not|doesn't|not)\s+contains?\b", 'write "gmail" not in user.email'),
    (r"\bcontains?\b|\bincludes?\b|\bhas\b", 'write "gmail" in user.email: the part stands first'),
    (r"\b(?:starts?|begins?)\s+with\b", 'write starts_with(user.email, "info@")'),
    (r"\bends?\s+with\b", 'write ends_with(user.email, "gmail.com")'),
    (r"\bbetween\b", "write 50 <= cart.value <= 99 for between 50 and 99"),
    (r"\b(?:and|or)\s*(?:[<>]|==|!=)", "name again what is compared: cart.value > 50 and cart.value < 99, or 50 < cart.value < 99"),
    (
        r"\bis\s+(?:not\s+)?(?:set|empty|blank|known|unknown|defined|present|missing)\b",
        "write user.country == null where it is missing, != null where it is known",
    ),
    (r"\bexists?\b", "write user.country != null for what is known"),
    (r"\bis\s+(?:greater|more|less|at|equal|above|below)\b|\b(?:greater|less|more|equals?)\b", "write >, <, >=, <= or =="),
    (r"\?[^:]*:", "write 15 if cart.value > 99 else 5 for cart.value > 99 ? 15 : 5"),
    (r"^\s*if\b|\bthen\b", "write the condition alone: cart.value > 99"),
    (r"[$€£¥]\s*\d|\d\s*(?:[$€£¥]|(?:EUR|USD|GBP|CHF|JPY)\b)", "write an amount as a plain number: 99"),
    (r"\d\s*%(?!\s*[\w(.])", "write a share as a number: 0.1 for 10 %"),
    (
        r"\b\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w|days?|hours?|minutes?|weeks?)\b",
        'a time stands in quotes, inside a function: seen("order_completed", "7d")',
    ),
    (r"(?<![=!<>])=(?!=)", "write == to compare"),
    (r"!(?!=)", "write not for !"),
    (r";", "leave the semicolon out; join two conditions with and"),
)


def usual_slip(source: str) -> str | None:
    """What was probably meant where a condition cannot be read. What stands in quotes is left out of account."""
    bare = _TEXTS.sub('""', source)
    if (date := _DATE.search(bare)) is not None:
        return f"a date stands in quotes: {_iso(date)}"
    if (span := _SPAN.search(bare)) is not None and (beside := _TIMES.search(bare)) is not None:
        length = UNITS[span[2]]
        number = f"{float(span[1]) * length / SECOND:g}" if beside[0] in _SECONDS else f"{span[1]} * {length}"
        return f"{beside[0]} counts {'seconds' if beside[0] in _SECONDS else 'milliseconds'}: write {number} for {span[0]}"
    for pattern, hint in _SLIPS:
        if re.search(pattern, bare, re.IGNORECASE if pattern.islower() else 0):
            return hint
    for mark, told in (('"', "a quote is not closed"), ("'", "a quote is not closed")):
        if mark in bare.replace('""', ""):
            return told
    if bare.count("(") != bare.count(")") or bare.count("[") != bare.count("]"):
        return "a bracket is not closed, or one too many is"
    return None


def without_quotes(source: str) -> str | None:
    """The date that stands in an expression as it would in a letter, None where none does."""
    date = _DATE.search(_TEXTS.sub('""', source))
    return None if date is None else date[0]


def _iso(date: re.Match[str]) -> str:
    parts = (date[1], date[2], date[3]) if date[1] else (date[4], date[6], date[7])
    return day_of(*map(int, parts)) or '"2026-07-01"'


METHODS = {
    "lower": "write lower(user.email)",
    "tolowercase": "write lower(user.email)",
    "upper": 'write lower(user.country) == "de": there is no upper',
    "contains": 'write "gmail" in user.email: the part stands first',
    "includes": 'write "gmail" in user.email: the part stands first',
    "startswith": 'write starts_with(user.email, "info@")',
    "endswith": 'write ends_with(user.email, "gmail.com")',
    "int": "write number(user.employees)",
    "float": "write number(user.employees)",
    "tonumber": "write number(user.employees)",
    "parseint": "write number(user.employees)",
    "any": 'write any(event.products, category == "tents")',
    "some": 'write any(event.products, category == "tents")',
    "every": 'write all(event.products, category == "tents")',
    "all": 'write all(event.products, category == "tents")',
    "filter": 'write count(event.products, category == "tents"), or any(event.products, category == "tents")',
    "sum": "write sum(event.products, price * quantity)",
    "length": "write len(cart.items)",
    "size": "write len(cart.items)",
    "count": "write count(event.products, price > 50)",
    "coalesce": 'write default(user.country, "")',
    "ifnull": 'write default(user.country, "")',
    "isnull": "write user.country == null",
    "exists": "write user.country != null",
    "avg": "declare a feature with aggregate: mean",
    "average": "declare a feature with aggregate: mean",
    "days_since": "declare a feature with aggregate: time_since, and unit: d",
    "has": 'write seen("order_completed", "7d")',
    "now": 'write a window: seen("order_completed", "7d")',
    "today": "a date is a trigger: {date: user.birthday}",
    "if": "write 15 if cart.value > 99 else 5",
}
"""Functions and methods of other languages -> how it is said here."""


def meant(dotted: str) -> str | None:
    """The name here of what others call so, as a hint; None when nobody does."""
    for lines in ("cart.items", "cart.products"):
        if dotted.startswith(f"{lines}."):
            field = dotted.removeprefix(f"{lines}.")
            return f'it is a list: write any({lines}, {field} == "…"), count({lines}, {field} == "…") or sum({lines}, {field})'
    name = NAMES.get(dotted)
    root, dot, rest = dotted.partition(".")
    if name is None and dot and root in ROOTS:
        name = f"{ROOTS[root]}.{rest}"
    return f"write {name}" if name else None
