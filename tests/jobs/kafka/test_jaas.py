import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.kafka.jaas import parse
from jobs.kafka.properties import BadProperties

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


def test_a_login_is_read() -> None:
    login = parse(f'{SCRAM} required\n  username="ada"\n  password=\'p;="w\';')
    assert (login.module, login.options) == (SCRAM, {"username": "ada", "password": 'p;="w'})
    assert parse(f"{SCRAM} required username=ada;").options == {"username": "ada"}
    assert parse("software.amazon.msk.auth.iam.IAMLoginModule required;").options == {}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r")))
def test_any_password_can_be_written_in_quotes(password: str) -> None:
    written = password.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'{SCRAM} required username="a" password="{written}";').options["password"] == password


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{SCRAM} required username="a" password="b"', "with the semicolon"),
        (f"{SCRAM};", "is not complete"),
        (f'{SCRAM} required username "a";', 'NAME="VALUE" pairs'),
        (f'{SCRAM} required username="a" password="b"c";', "cannot be read at character"),
        (f"{SCRAM} required username=a password=p@ss;", "stands in double quotes"),
        (f'{SCRAM} required username="a" password="secret\n";', "must not end in a line break"),
    ],
)
def test_mistakes_are_named_without_repeating_a_password(text: str, told: str) -> None:
    with pytest.raises(BadProperties) as refused:
        parse(text)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value).replace("A secret", "")
