"""Writes the code that reads a field: `event.invoice_id` is sent as invoice_id, or as invoiceId."""

from collections.abc import Iterable

from udfs.core.values.names import twins


def code_of(root: str, names: Iterable[str]) -> str:
    """The code that walks from `root` down to a field. Where a name of the way is absent, its other spelling is read."""
    for name in names:
        others = twins(name)
        root = f"part({root}, {name!r}, {others!r})" if others else f"part({root}, {name!r})"
    return root
