"""Amounts as people and shops write them. Read where they can mean only one number; `Ambiguous` where they could mean two."""

import re
from math import isfinite
from typing import NamedTuple

CURRENCIES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ANG",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XCG",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWG",
    ]
)
"""The codes of ISO 4217 in use."""
SIGNS = {"€": "EUR", "$": "$", "£": "£", "¥": "¥", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₫": "VND", "₴": "UAH", "zł": "PLN"}
"""Sign -> the code that it means; a sign that several currencies share means itself."""

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_UNIT = "|".join(re.escape(sign) for sign in SIGNS) + "|[A-Za-z]{3}"
_PRICED = re.compile(rf"(?P<before>{_UNIT})?\s*(?P<sign>[+-])?\s*(?P<digits>\d[\d.,' ]*?)\s*(?P<after>{_UNIT})?")
_GROUPED = re.compile(r"(?P<whole>\d{1,3}(?:(?P<gap>[.,' ])\d{3})(?:(?P=gap)\d{3})*)(?:(?!(?P=gap))[.,](?P<part>\d*))?")
_DECIMAL = re.compile(r"(?P<whole>\d+)[.,](?P<part>\d+)")
_BLANKS = str.maketrans(
    dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " ") | {"\N{MINUS SIGN}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"}
)
_THREE = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")

NO_DECIMALS = frozenset(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"])
"""Currencies that have whole units only, by ISO 4217: in them three figures after a separator are a group."""
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "LYD", "OMR", "TND"])
"""Currencies that have three decimals, and are written so."""

MAX_FIGURE = 60
"""Characters of a text that is read as a number."""


class Numeral(NamedTuple):
    """What a text says."""

    amount: float
    unit: str | None = None
    """Code of the currency that is written with it, or a sign that several currencies share."""


class Ambiguous(ValueError):
    """A text that could mean two numbers: three figures after one separator are a group, or decimals."""

    def __init__(self, digits: str, sign: float = 1.0, unit: str | None = None) -> None:
        super().__init__(f"{digits} is a thousand and more to one reader and one and a bit to another")
        self.digits = digits
        self.sign = sign
        self.unit = unit
        """The currency that is written with it, as `Numeral` has it."""

    @property
    def has_point(self) -> bool:
        """Whether the separator is a point, as programs write decimals."""
        return "." in self.digits

    @property
    def decimal(self) -> float:
        """With the separator taken for the decimal point."""
        return self.sign * float(self.digits.replace(",", "."))

    def in_currency(self, code: str | None) -> float | None:
        """The one reading that an amount in this currency has, None when it has two."""
        if code in NO_DECIMALS:
            return self.sign * float(self.digits.replace(",", "").replace(".", ""))
        return self.decimal if code in THREE_DECIMALS and self.has_point else None


def numeral(text: str) -> Numeral | None:
    """What a text says in figures, None when it is not a number. Raises Ambiguous.

    >>> [numeral(text).amount for text in ("19.90", "19,90", "1,234.56", "1.234,56", "1 234", "60.00 EUR")]
    [19.9, 19.9, 1234.56, 1234.56, 1234.0, 60.0]
    """
    text = text.translate(_BLANKS).strip()
    if _PLAIN.fullmatch(text):
        if _THREE.fullmatch(text.lstrip("+-")):
            raise Ambiguous(text.lstrip("+-"), -1.0 if text[0] == "-" else 1.0)
        return Numeral(float(text))
    found = _PRICED.fullmatch(text) if len(text) <= 60 else None
    if found is None or (found["before"] and found["after"]):
        return None
    unit = found["before"] or found["after"]
    if unit is not None:
        unit = SIGNS.get(unit, unit.upper())
        if len(unit) == 3 and unit not in CURRENCIES:
            return None
    sign = -1.0 if found["sign"] == "-" else 1.0
    if _THREE.fullmatch(found["digits"]):
        raise Ambiguous(found["digits"], sign, unit)
    amount = _amount(found["digits"])
    return None if amount is None else Numeral(sign * amount, unit)


def _amount(digits: str) -> float | None:
    if digits.isdecimal():
        return float(digits)
    if (found := _DECIMAL.fullmatch(digits)) is not None:
        return float(f"{found['whole']}.{found['part']}")
    if (found := _GROUPED.fullmatch(digits)) is not None:
        return float(f"{re.sub(r'[^0-9]', '', found['whole'])}.{found['part'] or 0}")
    return None


def figure(text: str) -> int | float | None:
    """The number that a text says; None where it says none, one of two, or one with its currency.

    >>> figure("5.00"), figure("1.234,56"), figure("1,234"), figure("5 EUR")
    (5, 1234.56, None, None)
    """
    try:
        found = numeral(text) if len(text) <= MAX_FIGURE else None
    except Ambiguous:
        return None
    if found is None or found.unit is not None or not isfinite(found.amount):
        return None
    return int(found.amount) if found.amount.is_integer() and abs(found.amount) < 1 << 53 else found.amount
