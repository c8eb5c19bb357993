"""`kairos events` has words for every role in which a file may name an event."""

from typing import get_args

from cli.events import _WAITS
from services.documents.event_names import Role


def test_every_role_of_a_name_has_its_words() -> None:
    assert set(_WAITS) == set(get_args(Role))
