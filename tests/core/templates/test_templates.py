"""Templates print what a marketer means."""

from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from udfs.core.templates.compile import TemplateError, compile_template

CART = {
    "user": {"first_name": "Ana", "tags": ["vip", "new"]},
    "cart": {"value": 1234.5, "currency": "EUR", "items": [{"name": "Tent", "price": 120.0, "quantity": 2}, {"name": "Rope", "price": 9.99}]},
    "offer": {"percent": 15.0, "none": None},
    "event": {"text": "x" * 100_000, "list": list(range(100_000)), "other": list(range(100_000)), "html": "<b>&"},
}


def render(source: str, *, html: bool = False, context: dict[str, Any] | None = None) -> str:
    return compile_template(source, html=html).render(CART if context is None else context)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("Hi {{ user.first_name }}!", "Hi Ana!"),
        ("Hi {{ user.last_name }}!", "Hi !"),
        ("{{ user.last_name | default('there') }}", "there"),
        ("{{ user.last_name | default(user.first_name) | upper }}", "ANA"),
        ("{{ '' | default('there') }}{{ '  ' | default('there') }}{{ [] | default('none') }}{{ 0 | default('one') }}", "theretherenone0"),
        ("{{ nothing.at.all }}", None),
        ("{{ user.nothing.at.all }}", ""),
        ("{{ cart.value | money(cart.currency) }}", "€1,234.50"),
        ("{{ 2.675 | money('USD') }} {{ 2.675 | money(cart.gone) }}", "$2.68 2.68"),
        ("{{ -3 | money('SEK') }}", "-3.00 SEK"),
        ("{{ 1500 | money('JPY') }}", "¥1,500"),
        ("{{ offer.percent }} %", "15 %"),
        ("{{ 0.1 + 0.2 }}", "0.3"),
        ("{{ cart.value - offer.nothing }}", ""),
        ("{{ 1 / 0 }}", ""),
        ("{{ 7 / 2 | round }}", "3.5"),
        ("{{ (7 / 2) | round }}", "4"),
        ("{{ 'a' ~ 1 ~ none }}", "a1"),
        (
            "{% for i in cart.items %}{{ loop.index }}. {{ i.name }} x{{ i.quantity | default(1) }}{{ ', ' if not loop.last }}{% endfor %}",
            "1. Tent x2, 2. Rope x1",
        ),
        ("{% for item in cart.items if item.price > 100 %}{{ item.name }}{% endfor %}", "Tent"),
        ("{% for item in cart.items[:1] %}{{ item.name }}{% endfor %}", "Tent"),
        ("{% for item in cart.gone %}{{ item }}{% else %}empty{% endfor %}", "empty"),
        ("{{ cart.items | join(' and ', attribute='name') }}", "Tent and Rope"),
        ("{{ (cart.items | first).name }} {{ (cart.items | last).name }} {{ cart.items | length }}", "Tent Rope 2"),
        ("{{ cart.items[1].name }}{{ cart.items[9].name }}", "Rope"),
        ("{% if cart.value > 99 and 'vip' in user.tags %}A{% elif true %}B{% else %}C{% endif %}", "A"),
        ("{% if user.gone > 3 %}A{% else %}B{% endif %}", "B"),
        ("{% if user.gone is defined or user.first_name is not string %}A{% else %}B{% endif %}", "B"),
        ("{{ 'the quick brown fox' | truncate(12) }}", "the quick…"),
        ("{{ 'o neil' | title }} {{ ' a ' | trim }} {{ '12.7' | int }} {{ 'x' | int(3) }}", "O Neil a 12 3"),
        ("https://shop.example/?q={{ 'a b&c' | urlencode }}", "https://shop.example/?q=a%20b%26c"),
        ("{% raw %}{{ user }}{% endraw %}{# gone #}", "{{ user }}"),
    ],
)
def test_prints_what_a_marketer_means(source: str, result: str | None) -> None:
    if result is None:
        with pytest.raises(TemplateError):
            render(source)
    else:
        assert render(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("{{ 'A' if user.gone > 3 else 'B' }}", ""),
        ("{{ 'A' if user.gone == 'x' else 'B' }}", ""),
        ("{{ 'A' if user.gone != 'x' else 'B' }}", ""),
        ("{{ 'A' if not user.gone == 'x' else 'B' }}", ""),
        ("{{ 'A' if 'x' in user.gone else 'B' }}", ""),
        ("{{ 'A' if 'x' not in user.gone else 'B' }}", ""),
        ("{{ 'A' if user.gone not in ['x'] else 'B' }}", ""),
        ("{{ 'A' if user.first_name > 3 else 'B' }}", ""),
        ("{{ 'A' if user.gone > 3 or cart.value > 9999 else 'B' }}", ""),
        ("{{ 'A' if cart.value > 9999 or user.gone > 3 else 'B' }}", ""),
        ("{{ 'A' if cart.value > 9999 and user.gone > 3 else 'B' }}", "B"),
        ("{{ 'A' if user.gone > 3 and cart.value > 9999 else 'B' }}", "B"),
        ("{{ 'A' if user.gone > 3 and cart.value > 9 else 'B' }}", ""),
        ("{{ 'A' if user.gone > 3 or cart.value > 9 else 'B' }}", "A"),
        ("{{ 'A' if (true if user.gone > 3 else false) else 'B' }}", ""),
        ("{{ 'A' if not (true if user.gone > 3 else false) else 'B' }}", ""),
        ("{{ ('A' if user.gone > 3 else 'B') | default('C') }}", "C"),
        ("{{ 'A' if user.gone | default(0) > 3 else 'B' }}", "B"),
        ("{{ 'A' if user.gone else 'B' }}", "B"),
        ("{{ 'A' if not user.gone else 'B' }}", "A"),
        ("{{ 'A' if user.gone is defined else 'B' }}", "B"),
        ("{{ 'A' if user.gone == none else 'B' }}{{ 'A' if user.gone != none else 'B' }}", "AB"),
        ("{{ 'A' if user.gone and user.gone > 3 else 'B' }}", "B"),
        ("{% if user.gone != 'x' %}A{% else %}B{% endif %}", "B"),
        ("{% if not (user.gone == 'x' or cart.value > 9999) %}A{% else %}B{% endif %}", "B"),
        ("{% for i in cart.items if i.quantity != 2 %}{{ i.name }}{% endfor %}", ""),
        ("{{ user.gone == 1 or user.gone == 2 }}{{ user.gone == 1 }}", ""),
        ("{{ cart.value > 9 and cart.value < 99 }}", "false"),
    ],
)
def test_what_is_missing_is_not_a_no(source: str, result: str) -> None:
    assert render(source) == result


def test_a_template_tells_what_it_compares_that_may_be_missing() -> None:
    source = """{{ 'A' if user.age > 3 else 'B' }}{{ 'A' if user.plan | lower == 'pro' }}
    {% if user.country != 'US' %}x{% endif %}{% if user.city == 'x' %}y{% else %}z{% endif %}
    {{ 'A' if user.a | default(0) > 3 else 'B' }}{{ 'A' if user.b and user.b > 3 else 'B' }}{% if user.c %}{{ 1 if user.c > 3 else 2 }}{% endif %}
    """
    assert [(each.name, each.line, each.otherwise, each.inline) for each in compile_template(source).doubts] == [
        ("user.age", 1, "0", True),
        ("user.country", 2, "''", False),
    ]


def test_html_escapes_values_once_and_leaves_the_text_alone() -> None:
    assert render("<p>{{ event.html }}</p>", html=True) == "<p>&lt;b&gt;&amp;</p>"
    assert render("{{ event.html | escape }}", html=True) == "&lt;b&gt;&amp;"
    assert render("{{ event.html ~ '<i>' }}", html=True) == "&lt;b&gt;&amp;&lt;i&gt;"
    assert render("{{ event.html }}") == "<b>&"


def test_names_are_the_dotted_names_that_a_template_reads() -> None:
    template = compile_template(
        "{{ user.first_name | default('x') }}{% for i in cart.items %}{{ i.name }}{{ loop.index }}{% endfor %}{{ features.views_7d }}"
    )
    assert template.names >= {"user.first_name", "cart.items", "cart.items[].name", "features.views_7d"}
    assert not any(name.startswith("loop") for name in template.names)


@pytest.mark.parametrize(
    ("source", "line", "suggestion", "words"),
    [
        ("Hello\n{{ usr.first_name }}", 2, "user", "unknown name 'usr'"),
        ("{{ user.first_name | uper }}", 1, "upper", "unknown filter"),
        ("{% if user is defned %}{% endif %}", 1, "defined", "unknown test"),
        ("a\n\n{{ user.first_name ", 3, "close it with }}", ""),
        ("{% for i in cart.items %}{{ loop.indx }}{% endfor %}", 1, "index", "loop.indx"),
        ("{{ cart.items }}", None, None, "a list cannot be printed"),
        ("{{ user }}", None, None, "an object cannot be printed"),
        ("{{ user.first_name + 1 }}", None, None, "a number is needed"),
        ("{{ cart.value | money(1, 2, 3) }}", 1, None, "too many positional"),
        ("{% for x in user.first_name %}{% endfor %}", None, None, "a loop runs over a list"),
    ],
)
def test_an_error_says_where_and_what_was_meant(source: str, line: int | None, suggestion: str | None, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(source)
    assert words in caught.value.message
    assert (caught.value.hint or "") in {f"did you mean {suggestion!r}?", suggestion or ""}
    assert line is None or caught.value.line == line


def test_an_error_points_at_the_wrong_word() -> None:
    source = "Hi {{ user.first_name }},\n  your {{ crt.value | money }} waits {{ cart.id | shout }}"
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    assert source[caught.value.offset(source) :].startswith("crt.value")
    assert TemplateError("a tag", 2).offset(source) == source.index("{{ crt")
    assert TemplateError("beyond", 9).offset(source) == len(source)


def test_a_rendering_leaves_nothing_behind_for_the_next() -> None:
    template = compile_template("{% for i in cart.items %}{{ i.name }}{% endfor %}{{ user.first_name }}")
    assert template.render(CART) == "TentRopeAna"
    assert template.render({}) == ""
    assert template.render(CART) == "TentRopeAna"


@pytest.mark.parametrize(
    "source",
    [
        "{{ user.first_name | upper ~ '!' }}",
        "{% for i in cart.items %}{{ loop.index0 }}{{ i.name }}{% endfor %}",
        "{% for i in cart.items if i.price > 100 %}{{ i.name }}{% else %}none{% endfor %}",
        "{% for i in cart.items -%}   {{ i.name }}   {%- endfor %}",
        "a\n  {% if user.first_name == 'Ana' %}\nb\n  {% endif %}\nc",
        "{{ 1 + 2 * 3 - 4 }} {{ -2 + 1 }} {{ (1 + 2) * 3 }}",
        "{{ 'yes' if 'vip' in user.tags else 'no' }}{{ 'x' if 3 in [1, 2] }}",
        "{{ user.tags | join('-') }} {{ user.tags | first }} {{ user.tags | last }} {{ user.tags | length }}",
        "{{ user.gone | default('a') }} {{ '' | default('b', true) }} {{ 'x' | default('c') }}",
        "{% if not user.gone %}n{% endif %}",
        "{% if user.first_name is defined and user.gone is not defined %}d{% endif %}",
        "{{ cart['currency'] }} {{ user.tags[1] }} {{ user.tags[-1] }} {{ cart.currency[:2] }}",
        "{{ '4' | int + 1 }} {{ 'x' | int(7) }} {{ 'a b' | title }} {{ ' a ' | trim }} {{ 'ABC' | lower | capitalize }}",
        "{{ 'a&b' | urlencode }}",
        "{% for a in user.tags %}{% for b in user.tags %}{{ a[0] ~ b[0] }}{% endfor %}{% endfor %}",
        "{{ user.first_name or 'there' }} {{ user.gone or 'there' }} {{ user.first_name and 'known' }}",
    ],
)
def test_what_is_taken_means_what_it_means_in_jinja(source: str) -> None:
    jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    # in Jinja2 a dot finds the method `items` of a dictionary before its key
    assert render(source) == jinja.from_string(source.replace("cart.items", "cart['items']")).render(CART)


def test_a_template_knows_the_first_names_that_it_reads_those_of_loops_and_conditions_included() -> None:
    looped = compile_template("{% for item in cart.items if item.price > offer.least %}{{ item.name }}{% else %}{{ user['id'] }}{% endfor %}")
    assert looped.roots == ("user", "cart", "offer")
    assert compile_template("{{ event | default('x') }}").roots == ("event",)
    assert compile_template("plain").roots == ()
