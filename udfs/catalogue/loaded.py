"""The catalogue of this process: a shelf that follows what control says."""

from collections.abc import Callable

from udfs.catalogue.files import fetch
from udfs.catalogue.snapshot import Layered, Snapshot
from udfs.core.items.item import Absent, Catalogue, ItemReason
from udfs.core.items.published import Layer
from udfs.published.followed import AGAIN_S, Followed, Kind, Tell


class LoadedCatalogue(Followed[Snapshot, Catalogue]):
    """A shelf (`udfs.core.items.item.Shelf`)."""

    def __init__(self, tell: Tell, *, read: Callable[[Layer], Snapshot] = fetch, again_s: tuple[float, ...] = AGAIN_S) -> None:
        """`tell` takes what is to be reported on `rejected`; `read` returns a verified layer or raises BadSnapshot."""
        kind: Kind[Snapshot, Catalogue] = Kind(
            "catalogue",
            read=read,
            whole=Layered,
            nothing=Absent(),
            loading=Absent(ItemReason.LOADING),
            refused=Absent(ItemReason.REFUSED),
        )
        super().__init__(kind, tell, again_s=again_s)
