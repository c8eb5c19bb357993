import pytest

from udfs.codecs.catalogue import catalogue
from udfs.core.values.names import normalise


@pytest.mark.parametrize(
    "written", ["Product Added", "productAdded", "ProductAdded", "product-added", "product_added", "PRODUCT_ADDED", "  product.added! "]
)
def test_one_event_in_many_spellings(written: str) -> None:
    assert normalise(written) == "product_added"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("SMSSent", "sms_sent"),
        ("Order Completed V2", "order_completed_v2"),
        ("step2Done", "step2_done"),
        ("Größe gewählt", "größe_gewählt"),
        ("商品", "商品"),
    ],
)
def test_words_are_found_in(written: str, name: str) -> None:
    assert normalise(written) == name


def test_nothing_said_is_nothing() -> None:
    assert normalise(" -_!? ") == ""


def test_every_name_of_the_catalogue_is_its_own_normal_form() -> None:
    assert [name for name in catalogue().events if normalise(name) != name] == []
