"""Writes the code that reads a field: `event.invoice_id` is sent as invoice_id, or as invoiceId."""

from collections.abc import Iterable

from udfs.core.values.names import twins


def code_of(root: str, names: Iterable[str], *, is_mapping: bool = False) -> str:
    """The code that walks from `root` down to a field. Where a name of the way is absent, its other spelling is read.

    `is_mapping`: `root` is always one, so that a name with one spelling needs no check and no call.
    """
    for place, name in enumerate(names):
        others = twins(name)
        if is_mapping and place == 0 and not others:
            root = f"{root}.get({name!r})"
            continue
        root = f"part({root}, {name!r}, {others!r})" if others else f"part({root}, {name!r})"
    return root
