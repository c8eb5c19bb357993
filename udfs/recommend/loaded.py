"""What recommends in this process: a stand that follows what control says."""

from collections.abc import Callable, Sequence
from functools import partial

from udfs.core.items.published import Layer
from udfs.core.recommend.recommender import NoRecommender, Recommender, ShortReason
from udfs.published.files import copied
from udfs.published.followed import AGAIN_S, Followed, Kind, Tell
from udfs.recommend.layout import BadRecommender
from udfs.recommend.packed import PackedRecommender


class LoadedRecommender(Followed[PackedRecommender, Recommender]):
    """A stand (`udfs.core.recommend.recommender.Stand`)."""

    def __init__(self, tell: Tell, *, read: Callable[[Layer], PackedRecommender] | None = None, again_s: tuple[float, ...] = AGAIN_S) -> None:
        """`tell` takes what is to be reported on `rejected`; `read` returns a verified file or raises BadRecommender."""
        kind: Kind[PackedRecommender, Recommender] = Kind(
            "recommender",
            read=read or partial(fetch, tell=tell),
            whole=_only,
            nothing=NoRecommender(),
            loading=NoRecommender(ShortReason.LOADING),
            refused=NoRecommender(ShortReason.REFUSED),
        )
        super().__init__(kind, tell, again_s=again_s)


def fetch(layer: Layer, tell: Tell = lambda _: None) -> PackedRecommender:
    """The file, complete and verified, from `file:` or any URI that pyarrow reads. Raises BadRecommender."""
    return PackedRecommender(copied(layer, BadRecommender), layer.sha256[:12], tell=tell)


def _only(parts: Sequence[PackedRecommender], version: str) -> PackedRecommender:
    """A recommender is one file."""
    (found,) = parts
    return found
