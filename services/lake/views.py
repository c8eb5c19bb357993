"""What the lake shows besides its tables: views, made of them as they are asked, so that nothing is kept twice."""

import duckdb

from udfs.lake.tables import BY_NAME

RECOMMENDATIONS = "recommendations"
"""One row for each item that was shown, of each list of each decision; one row without an item for a list that is empty."""
NAMES = (*BY_NAME, RECOMMENDATIONS)
"""Everything that a query may read from."""
_LISTS = """
CREATE VIEW recommendations AS
SELECT decision, person, campaign, campaign_version, outcome, variant, "at",
  list->>'$.asked' AS asked, list->>'$.strategy' AS strategy, list->>'$.strategy_version' AS strategy_version,
  list->>'$.recommender' AS recommender, list->>'$.ranker' AS ranker, list->>'$.reason' AS reason,
  CASE WHEN item IS NULL THEN NULL ELSE place END AS place,
  item->>'$.item' AS item, TRY_CAST(item->>'$.score' AS DOUBLE) AS score, item->>'$.source' AS source, item->>'$.because_of' AS because_of,
  TRY_CAST(item->>'$.probability' AS DOUBLE) AS probability, recorded, dt
FROM (
  SELECT *, unnest(items) AS item, generate_subscripts(items, 1) AS place
  FROM (
    SELECT *, coalesce(nullif(from_json(list->'$.items', '["JSON"]'), []), [NULL]) AS items
    FROM (SELECT *, unnest(from_json(recommended, '["JSON"]')) AS list FROM decisions WHERE json_valid(recommended) AND recommended LIKE '[%')
  )
)
"""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views, once the tables are there."""
    connection.execute(_LISTS)
