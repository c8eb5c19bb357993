"""Money, numbers and dates as they are written where the customer lives."""

from copy import copy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from tests.core.templates.test_templates import CART
from udfs.core.templates.compile import TemplateError, compile_template
from udfs.core.templates.locales import Local, places


def local(source: str, locale: str | None, zone: str = "UTC", **user: Any) -> str:
    """Rendered for somebody there, with plain spaces and quotes."""
    text = compile_template(source).render({**CART, "user": user}, Local(locale, ZoneInfo(zone)))
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("de-DE", "1.234,50 €"),
        ("de_DE", "1.234,50 €"),
        (" de ", "1.234,50 €"),
        ("de-AT,de;q=0.9,en;q=0.8", "€ 1.234,50"),
        ("de_DE.UTF-8", "1.234,50 €"),
        ("fr-FR", "1 234,50 €"),
        ("en-US", "€1,234.50"),
        ("zh-Hans-CN", "€1,234.50"),
        ("de-XX", "1.234,50 €"),
        (None, "€1,234.50"),
        ("", "€1,234.50"),
        ("klingon", "€1,234.50"),
        ("../../etc/passwd", "€1,234.50"),
        ("x" * 500, "€1,234.50"),
    ],
)
def test_money_is_written_as_where_the_customer_lives(locale: str | None, written: str) -> None:
    assert local("{{ cart.value | money(cart.currency) }}", locale) == written


@pytest.mark.parametrize(
    ("amount", "code", "nowhere", "german"),
    [
        (7500, "XPF", "7,500 XPF", "7.500 CFPF"),
        (61.255, "KWD", "61.255 KWD", "61,255 KWD"),
        (61.255, "IQD", "61.255 IQD", "61,255 IQD"),
        (1990, "HUF", "1,990.00 HUF", "1.990,00 HUF"),
        (-3, "SEK", "-3.00 SEK", "-3,00 SEK"),
        (12.5, "", "12.50", "12,50"),
        (12.5, "points", "12.50 POINTS", "12,50 POINTS"),
        (2.675, "USD", "$2.68", "2,68 $"),
    ],
)
def test_a_currency_has_the_decimals_of_iso_4217(amount: float, code: str, nowhere: str, german: str) -> None:
    source = f"{{{{ {amount} | money('{code}') }}}}"
    assert (local(source, None), local(source, "de")) == (nowhere, german)


@pytest.mark.parametrize(
    "tag", ["ar-EG", "bn-IN", "cs-CZ", "da-DK", "de-CH", "es-ES", "fa-IR", "fy", "hi-IN", "nl-NL", "pl-PL", "pt-PT", "sv-SE", "th-TH"]
)
def test_the_short_way_to_write_money_is_babels(tag: str) -> None:
    for code in ("EUR", "JPY", "KWD", "CHF", "INR"):
        for amount in (0, 0.004, -0.004, 5, -12.5, 999.99, 1000, 1234.5, -1234.5, 12_345_678.9):
            written = compile_template("{{ event | money(user) }}").render({"event": amount, "user": code}, Local(tag))
            digits = places(code)
            rounded = Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0
            pattern = copy(Locale.parse(tag, sep="-").currency_formats["standard"])
            pattern.frac_prec = (digits, digits)
            bare = pattern.apply(rounded, Locale.parse(tag, sep="-"), currency=code, currency_digits=False)
            assert written.replace("\N{NO-BREAK SPACE}", "") == bare.replace("\N{NO-BREAK SPACE}", "")


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{{ 1234567.891 | number }}", "1.234.567,891"),
        ("{{ 2 | number(2) }} {{ (0.1 + 0.2) | number }}", "2,00 0,3"),
        ("{{ 1234.5 | number(locale='en') }} {{ 5 | money('CHF', 'de-CH') }}", "1,234.5 CHF 5.00"),
        ("{{ '2026-03-02' | date }}", "02.03.2026"),
        ("{{ '2026-03-02' | date('long') }}", "2. März 2026"),
        ("{{ '2026-03-02' | date('EEEE, d. MMMM') }}", "Montag, 2. März"),
        ("{{ '2026-03-01T23:30:00Z' | date('long') }}", "2. März 2026"),
        ("{{ '2026-03-01T23:30:00Z' | date('d.M. HH:mm') }}", "2.3. 00:30"),
        ("{{ 1772407800000 | date('short', 'en-US') }}", "3/2/26"),
        ("{{ '05-17' | date }}", "17. Mai"),
        ("{{ user.gone | date }}{{ '' | date }}{{ user.gone | number }}", ""),
    ],
)
def test_numbers_and_dates_are_written_as_where_the_customer_lives_by_her_clock(source: str, written: str) -> None:
    assert local(source, "de-DE", "Europe/Berlin") == written


@pytest.mark.parametrize(
    "source", ["{{ 'soon' | date }}", "{{ '2026-03-02' | date('b' ) }}", "{{ true | date }}", "{{ 'x' | number }}", "{{ 5 | number(99) }}"]
)
def test_what_is_no_date_or_number_is_an_error_with_its_line(source: str) -> None:
    with pytest.raises(TemplateError, match="line 2"):
        local(f"\n{{{{ {source} }}}}", "de")
