"""Usual slips in a template, and how each is written instead: of people who know Liquid, Handlebars or JavaScript."""

import re

from udfs.core.values.other_dates import as_pattern, is_strftime
from udfs.core.values.other_words import CURLY, ROOTS

_CURLY = 'write straight quotes around a text: "DE"'
_SLIPS: tuple[tuple[str, str], ...] = (
    (r"\{\{\s*[#/]", "write {% if user.first_name %} … {% endif %}"),
    (r"\$\{", "write {{ user.first_name }}"),
    (r"\{\{\{", "write two braces, {{ user.html }}: three have no meaning here"),
    (f"[{CURLY}]", _CURLY),
    (r"\belsif\b|\belse\s+if\b|\belseif\b", "write {% elif … %}"),
    (r"\{%-?\s*(?:assign|set|capture)\b", "there are no variables: write the value where it is needed, or declare a feature"),
    (r"\{%-?\s*unless\b", "write {% if not user.vip %} … {% endif %}"),
    (r"\{%-?\s*(?:include|render|extends|import)\b", "write the words into the template itself"),
    (r"\{%-?\s*(?:case|when|switch)\b", "write {% if … %} {% elif … %} {% endif %}"),
    (r"\{%-?\s*(?:comment|raw)\b", "write a comment as {# … #}"),
    (r"\blimit\s*:", "write {% for p in event.products[:2] %} for the first two"),
    (r"\bcontains\b", 'write {% if "vip" in user.tags %}: the part stands first'),
    (r"\{%[^%]*\b(?:AND|OR|NOT)\b", "write and, or and not in lower case"),
    (r"&&", "write and for &&"),
    (r"\|\|", 'write {{ user.first_name | default("there") }} for what is missing, and or between conditions'),
    (r"\{\{[^}]*\?[^}]*\}\}", 'write {{ "a" if user.vip else "b" }}'),
    (r"===|!==|<>", "write == for equal, and != for not equal"),
    (r"\{%[^%]*[^=!<>]=(?!=)", "write == to compare"),
    (r"\{%[^%]*!(?!=)", "write not for !"),
    (r"\{\{[^}]*$", "close it with }}"),
    (r"\{%[^%]*$", "close it with %}"),
)
_LIQUID = re.compile(r"\|\s*(\w+)\s*:\s*((?:\"[^\"]*\"|'[^']*'|[^|}%])*)")
FILTERS = {
    "upcase": "upper",
    "downcase": "lower",
    "capitalise": "capitalize",
    "titlecase": "title",
    "strip": "trim",
    "size": "length",
    "url_encode": "urlencode",
    "currency": "money",
    "number_with_delimiter": "money",
    "escape_html": "escape",
    "html_escape": "escape",
    "fallback": "default",
    "ifnull": "default",
}
"""Filters as others call them -> as they are called here."""
_NO_FILTER = {
    "sort": "there is no sorting: a list keeps its order",
    "sum": "declare a feature, or give the sum as an offer: total: sum(event.products, price * quantity)",
    "replace": "there is no replacing: send the words as they are to be read",
    "split": "there is no splitting: truncate cuts a text at a word",
    "map": 'write join(", ", "name"): the second argument names the field of each item',
    "divided_by": "write {{ event.total / 2 }}",
    "times": "write {{ event.total * 2 }}",
    "plus": "write {{ event.total + 2 }}",
    "minus": "write {{ event.total - 2 }}",
}
TESTS = {"null": "none", "nil": "none", "empty": "none", "blank": "none", "set": "defined", "known": "defined"}
_USER = ("first_name", "last_name", "name", "email", "phone", "city", "country", "company", "birthday")


def usual_slip(line: str) -> str | None:
    """What was probably meant in a line that cannot be read."""
    liquid = _LIQUID.search(line)
    if liquid and "$" not in line:
        name, arguments = FILTERS.get(liquid[1], liquid[1]), liquid[2].strip()
        if name == "date" and is_strftime(arguments):
            return f"write date({as_pattern(arguments)}): what a filter takes stands in brackets, and a date is written in letters"
        return _NO_FILTER.get(name) or f"write {name}({arguments}): what a filter takes stands in brackets"
    return next((hint for pattern, hint in _SLIPS if re.search(pattern, line)), None)


def name_meant(name: str) -> str | None:
    """The name here of what others call so at the beginning of a name."""
    if name in _USER:
        return f"write user.{name}"
    if name in ROOTS:
        return f"write {ROOTS[name]}.…, such as {ROOTS[name]}.{'total' if ROOTS[name] == 'event' else 'value' if ROOTS[name] == 'cart' else 'name'}"
    if "unsubscribe" in name:
        return "your delivery system puts the link for unsubscribing into the message"
    if name in {"now", "today", "date"}:
        return "a message has no clock: give the date as a trait or a property of the event"
    return None


def filter_meant(name: str) -> str | None:
    """The filter here of what others call so."""
    return f"write {FILTERS[name]}" if name in FILTERS else _NO_FILTER.get(name)
