r"""`sasl.jaas.config`, read as Java reads it: a login module, a flag, and options, whose values may stand in quotes with `\` before a quote."""

import re
from dataclasses import dataclass

from jobs.kafka.properties import BadProperties

KEY = "sasl.jaas.config"
_TOKEN = re.compile(r"""\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|([A-Za-z_$][A-Za-z0-9_.$-]*)|([=;]))""", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|[0-7]{1,2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b", "a": "\a", "v": "\v"}


@dataclass(frozen=True, kw_only=True)
class Jaas:
    """One login module with its options."""

    module: str
    options: dict[str, str]


def parse(text: str) -> Jaas:
    """Read one. Raises BadProperties, whose message repeats nothing of the text, because it may hold a password."""
    tokens = _tokens(text)
    if len(tokens) < 3 or tokens[-1] != (False, ";"):
        message = f'{KEY} is not complete: `<login module> required username="…" password="…";`, with the semicolon'
        raise BadProperties(message)
    (_, module), _flag, *rest = tokens[:-1]
    options: dict[str, str] = {}
    while rest:
        if len(rest) < 3 or rest[1] != (False, "="):
            message = f'{KEY}: after the flag come NAME="VALUE" pairs; a quote or a backslash in a value is written \\" or \\\\'
            raise BadProperties(message)
        if (name := rest[0][1]) in options:
            message = f"{KEY} has an option twice: the clients take the last one, and the other may be a secret that nobody hides"
            raise BadProperties(message)
        options[name] = rest[2][1]
        rest = rest[3:]
    return Jaas(module=module, options=options)


def _tokens(text: str) -> list[tuple[bool, str]]:
    """The words and signs; True for what stood in quotes."""
    found: list[tuple[bool, str]] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        matched = _TOKEN.match(text, place)
        if matched is None:
            message = (
                f"{KEY} cannot be read at character {place + 1}: a value with special characters stands in double quotes, "
                'and a quote or a backslash in it is written \\" or \\\\. A secret must not end in a line break'
            )
            raise BadProperties(message)
        quoted = matched[1] if matched[1] is not None else matched[2]
        found.append((True, _plain(quoted)) if quoted is not None else (False, matched[3] or matched[4]))
        place = matched.end()
    return found


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda each: chr(int(each[1], 8)) if each[1][0] in "01234567" else _LETTERS.get(each[1], each[1]), text)
