"""A folder of campaigns to break."""

from pathlib import Path

import pytest

from tests.documents.writing import CAMPAIGN, FEATURES, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good campaign, its template and its features."""
    write(tmp_path / "features.yaml", FEATURES)
    write(tmp_path / "comeback.yaml", CAMPAIGN)
    write(tmp_path / "templates" / "cart.yaml", 'email:\n  subject: Your cart\n  body: "Hi {{ user.first_name }}"\n')
    return tmp_path
