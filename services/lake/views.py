"""What the lake shows besides its tables: views, made of them as they are asked, so that nothing is kept twice."""

import duckdb

from udfs.lake.tables import BY_NAME

RECOMMENDATIONS = "recommendations"
"""One row for each item that was shown, of each list of each decision; one row without an item for a list that is empty."""
NAMES = (*BY_NAME, RECOMMENDATIONS)
"""Everything that a query may read from."""
_OF_DECISIONS = ("decision", "person", "campaign", "campaign_version", "outcome", "variant", '"at"', "recorded", "dt")
_OF_LISTS = ("asked", "strategy", "strategy_version", "recommender", "ranker", "reason")
_OF_ITEMS = ("item", "source", "because_of")
_FIGURES = ("score", "probability")
_COLUMNS = (
    *_OF_DECISIONS,
    *(f"list->>'$.{name}' AS {name}" for name in _OF_LISTS),
    "CASE WHEN item IS NULL THEN NULL ELSE place END AS place",
    *(f"item->>'$.{name}' AS {name}" for name in _OF_ITEMS),
    *(f"TRY_CAST(item->>'$.{name}' AS DOUBLE) AS {name}" for name in _FIGURES),
)
_LISTS = """SELECT *, unnest(from_json(recommended, '["JSON"]')) AS list FROM decisions WHERE json_valid(recommended) AND recommended LIKE '[%'"""
_ITEMS = f"""SELECT *, coalesce(nullif(from_json(list->'$.items', '["JSON"]'), []), [NULL]) AS items FROM ({_LISTS})"""
_PLACES = f"SELECT *, unnest(items) AS item, generate_subscripts(items, 1) AS place FROM ({_ITEMS})"


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views, once the tables are there."""
    connection.execute(f"CREATE VIEW {RECOMMENDATIONS} AS SELECT {', '.join(_COLUMNS)} FROM ({_PLACES})")
