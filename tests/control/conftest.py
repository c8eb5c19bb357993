"""The folder of campaigns that the tests of campaigns break, too."""

from tests.documents.conftest import folder

__all__ = ["folder"]
