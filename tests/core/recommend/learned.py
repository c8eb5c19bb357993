"""Recommenders of a few items for tests, by the code that reads published ones."""

from collections.abc import Callable, Mapping, Sequence

from tests.core.recommend.rankers import facts
from udfs.core.recommend.recommender import FixedStand
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

Near = Mapping[str, Mapping[str, float]]


def recommender(
    together: Near | None = None,
    *,
    alike: Near | None = None,
    popular: Sequence[str] = (),
    leading: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    decay: float = 0.5,
    weights: Mapping[str, float] | None = None,
    version: str = "r1",
    ranker: bytes = b"",
    tell: Callable[[str], None] = lambda _: None,
    **told: dict[str, float],
) -> PackedRecommender:
    """`together` and `alike`: item -> neighbour -> score. `popular`: the best first. `told`: what a ranker reads of items, such as `item_people`."""
    near = {"together": together or {}, "alike": alike or {}}
    leaders = {"popular": {"": popular}, **(leading or {})}
    names = {name for table in near.values() for item, others in table.items() for name in (item, *others)}
    names |= {name for groups in leaders.values() for group in groups.values() for name in group}
    ids = sorted(names)
    number = {name: n for n, name in enumerate(ids)}

    def rows(table: Near) -> Rows:
        ordered = [sorted(table.get(item, {}).items(), key=lambda each: (-each[1], each[0])) for item in ids]
        return Rows.of([([number[name] for name, _ in row], [score for _, score in row]) for row in ordered])

    content = pack(
        Learned(
            ids=ids,
            decay=decay,
            weights=weights or {"together": 1.0, "alike": 0.3},
            near={source: rows(table) for source, table in near.items()},
            leading={
                source: {
                    group: ([number[name] for name in found], [1 - place / (len(found) + 1) for place in range(len(found))])
                    for group, found in groups.items()
                }
                for source, groups in leaders.items()
            },
            of_items=facts(ids, **told) if ranker else {},
            ranker=ranker,
        )
    )
    return PackedRecommender(content, version, tell=tell)


def stand(*arguments: Near, **options: object) -> FixedStand:
    """The same, where the engine finds it."""
    return FixedStand(recommender(*arguments, **options))  # type: ignore[arg-type]  # the options of `recommender`
