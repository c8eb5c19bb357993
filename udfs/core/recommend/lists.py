"""The lists that one decision recommends: each is made once, and every message of the decision shows the same."""

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from udfs.core.items.item import Catalogue, Item
from udfs.core.items.lookups import Lookups, id_of
from udfs.core.profile.cart_products import product_called
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile
from udfs.core.profile.wanted import in_this_visit
from udfs.core.recommend.because import because
from udfs.core.recommend.call import CALL, IN_VALUES, Asked
from udfs.core.recommend.candidates import LAST, About, Candidate, brought, candidates
from udfs.core.recommend.categories import upwards
from udfs.core.recommend.chosen import Chosen, Pool, chosen
from udfs.core.recommend.filters import Filters
from udfs.core.recommend.fitting import fitted, weight_of
from udfs.core.recommend.history import How, Taken, distinct, history_of, viewed_by, visit_of
from udfs.core.recommend.options import plainly
from udfs.core.recommend.recommender import NoRecommender, Recommender, ShortReason
from udfs.core.recommend.shown import Shown
from udfs.core.recommend.strategy import Strategies, Strategy
from udfs.core.recommended import Place, Recommended
from udfs.core.values.chance import fraction
from udfs.core.values.money import Currency
from udfs.core.values.numbers import plain
from udfs.core.values.problems import short

MAX_LISTS = 8
"""Lists of one decision, each of another call. All that would be one too many are empty, and the record has the first of them."""
MAX_LIKE = 100
"""Things of `like` that are looked at, the last ones."""
MAX_ASKED = 300
"""Characters of a call, in the record."""
_MORE = None
"""In place of a call: of all that would be one list too many."""
_Asks = tuple[Asked, tuple[str, ...] | None]
"""A call with the values of its options, and the items of `like` on their own. As a text, two of them might look the same."""
_COMPARED = frozenset({"price", "currency"})
_OPTIONS = ("category", "brand", "min_price", "max_price", "in_stock")


class _Made(NamedTuple):
    chosen: list[Chosen]
    how: Mapping[str, How]
    record: Recommended


class Recommends:
    """Makes the lists of one decision, from one version of what was learned and one of the catalogue."""

    __slots__ = ("_cart", "_catalogue", "_currency", "_decision_id", "_lookups", "_made", "_profile", "_properties", "_recommender", "_strategies")

    def __init__(
        self,
        *,
        recommender: Recommender,
        strategies: Strategies,
        catalogue: Catalogue,
        lookups: Lookups,
        currency: Currency,
        profile: Profile,
        cart: Cart | None,
        properties: Mapping[str, Any],
        decision_id: Callable[[], str],
    ) -> None:
        self._recommender, self._strategies, self._catalogue, self._lookups = recommender, strategies, catalogue, lookups
        self._currency, self._profile, self._cart, self._properties, self._decision_id = currency, profile, cart, properties, decision_id
        self._made: dict[_Asks | None, _Made] = {}

    def again(self, decision_id: Callable[[], str]) -> "Recommends":
        """The same for another decision at the same moment."""
        return Recommends(
            recommender=self._recommender,
            strategies=self._strategies,
            catalogue=self._catalogue,
            lookups=self._lookups,
            currency=self._currency,
            profile=self._profile,
            cart=self._cart,
            properties=self._properties,
            decision_id=decision_id,
        )

    def shown(self, asked: Asked) -> list[Shown]:
        """A list for a message, whose items read the catalogue when their fields are."""
        made = self._list(asked)
        return [self._shown(each.candidate, made.how) for each in made.chosen]

    def values(self, asked: Asked) -> list[dict[str, Any]]:
        """A list as plain values, as conditions and offers have it: prices in the shop's currency. Fields that are unknown are left out."""
        found = [{name: shown.get(name) for name in IN_VALUES if name not in _COMPARED} for shown in self.shown(asked)]
        for each in found:
            each["price"] = self._lookups.in_base(each["id"], "price")
            each["currency"] = None if each["price"] is None else self._lookups.compared_in(each["id"])
        return [{name: each[name] for name in IN_VALUES if each[name] is not None} for each in found]

    def used(self) -> list[Recommended]:
        """What was recommended so far, for the decision's record."""
        return [made.record for made in self._made.values()]

    def _shown(self, candidate: Candidate, taken: Mapping[str, How]) -> Shown:
        of = candidate.because_of
        how = None if of is None else taken.get(of)

        def why() -> str:
            return because(candidate, how, None if of is None else self._lookups.as_told(of, "name"))

        return Shown(candidate.item, self._lookups, why, candidate, how)

    def _list(self, asked: Asked) -> _Made:
        like = None if asked.like is None else _ids(asked.like)
        asked = plainly(asked._replace(like=None), self._currency)
        told = _told(asked, like)
        key = asked, None if like is None else tuple(like)
        made = self._made.get(key)
        if made is None and len(self._made) >= MAX_LISTS:
            made = self._made.get(_MORE) or _Made([], {}, self._record(self._strategies.of(asked.strategy), told, [], [], None, ShortReason.TOO_MANY))
            self._made[_MORE] = made
        elif made is None:
            made = self._made[key] = self._make(asked, like, told)
        return made

    def _make(self, asked: Asked, like: list[str] | None, told: str) -> _Made:
        recommender, strategy = self._recommender, self._strategies.of(asked.strategy)
        viewed = viewed_by(self._profile)
        taken = history_of(self._profile, self._cart, viewed) if like is None else distinct(Taken(item, at, How.LIKE) for at, item in enumerate(like))
        history = [each.item for each in taken]
        visit = visit_of([each.at for each in taken])  # what is named by `like` counts as one visit
        about = About(history, self._categories(asked, history, is_like=like is not None), self._segments(), visit)
        filters = Filters(
            profile=self._profile,
            catalogue=self._catalogue,
            currency=self._currency,
            strategy=strategy,
            asked=asked,
            like=frozenset(like or ()),
            seen=[each.item for each in viewed],
        )
        weight = weight_of(recommender, strategy)
        sources = brought(recommender, strategy, about)
        ordered = fitted(candidates(recommender, strategy, about, sources), in_this_visit(self._profile), self._catalogue, weight)
        pool = Pool(ordered, filters.allowed)
        found = chosen(pool, strategy, asked.number, lambda place: fraction(f"{told}:{place}\x1f", self._decision_id()))
        shown = list(takewhile(lambda each: self._lookups.has_room_for(each.candidate.item), found))
        reason: ShortReason | None = None
        if len(shown) < len(found):
            found, reason = shown, ShortReason.TOO_MANY
        elif len(found) < asked.number:
            if isinstance(recommender, NoRecommender):
                reason = recommender.reason
            elif self._catalogue.version is None and filters.needs_catalogue:
                reason = ShortReason.NO_CATALOGUE
            else:
                reason = ShortReason.TOO_MANY if pool.is_cut else ShortReason.NOTHING_LEFT
        return _Made(found, {each.item: each.how for each in taken}, self._record(strategy, told, history, found, sources.ranked.ranker, reason))

    def _record(
        self, strategy: Strategy, told: str, history: list[str], found: list[Chosen], ranker: str | None, reason: ShortReason | None
    ) -> Recommended:
        return Recommended(
            asked=short(told, MAX_ASKED),
            strategy=strategy.name,
            strategy_version=strategy.version,
            recommender=self._recommender.version,
            ranker=ranker,
            catalogue=self._catalogue.version,
            history=history[::-1][:LAST],
            wanted=list(dict.fromkeys(fit for each in found for fit in each.candidate.fits)),
            items=[_place(each) for each in found],
            reason=reason,
        )

    def _categories(self, asked: Asked, history: list[str], *, is_like: bool) -> list[str]:
        """The categories looked at: the one that is asked for, else that of the event's product or of the newest item that has one."""
        if asked.category is not None:
            return [asked.category]
        product = None if is_like else self._properties.get("product_id")
        for item_id in [*([str(product)] if product else []), *history[:-4:-1]]:
            item = self._catalogue.find(item_id)
            if isinstance(item, Item) and item.category:
                return upwards(item.category)
        told = None if is_like else self._properties.get("category")
        return upwards(told) if isinstance(told, str) else []

    def _segments(self) -> list[str]:
        since = self._profile.segments
        return sorted(since, key=lambda name: (-since[name], name))


def _place(each: Chosen) -> Place:
    candidate = each.candidate
    return Place(
        item=candidate.item,
        score=candidate.score,
        source=str(candidate.source),
        because_of=candidate.because_of,
        probability=round(each.probability, 6),
    )


def _ids(like: Any) -> list[str]:
    """The items that are meant: ids, or things that have one, such as the lines of a cart. The last one counts most."""
    found: list[str] = []
    for each in like[-MAX_LIKE:] if isinstance(like, list | tuple) else [like]:
        told = each.get("product_id") or each.get("id") if isinstance(each, Mapping) else each
        if (name := id_of(told)) is not None:
            found.append(product_called(name))
    return list(dict.fromkeys(found[::-1]))[::-1]


def _told(asked: Asked, like: list[str] | None) -> str:
    parts = [str(asked.number)]
    if like is not None:
        parts.append(f"like={'|'.join(like)}")
    parts += [f"{name}={plain(value) if isinstance(value, float) else value}" for name in _OPTIONS if (value := getattr(asked, name)) is not None]
    parts += [f"strategy={asked.strategy}"] if asked.strategy != Asked(1).strategy else []
    return f"{CALL}({', '.join(parts)})"
