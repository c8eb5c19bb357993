"""The queries of the arms job: which decisions count, which outcome of each, and what is counted. They are standard SQL but for backticks.

Of a linear bandit, products of the features are summed up: an array begins at 1, and has nothing (NULL) behind its end.
"""

from udfs.core.bandits.linear import MAX_FEATURES, MAX_VALUE
from udfs.core.campaigns.uplift import NOTHING

DECISIONS = """`decision_id` STRING, `campaign` STRING, `variant` STRING, `outcome` STRING, `probability` DOUBLE,
 `choice` ROW<`epoch` BIGINT, `context` STRING, `probabilities` MAP<STRING, DOUBLE>, `vector` ARRAY<DOUBLE>, `split` STRING, `way` STRING>,
 `read_at` AS PROCTIME()"""
OUTCOMES = """`decision_id` STRING, `outcome` STRING, `revision` INT, `status` STRING, `conversions` INT, `value` DOUBLE,
 `starts` BIGINT, `first_at` BIGINT"""
_PLACES = range(1, MAX_FEATURES + 2)


def _sums(*terms: str) -> str:
    """An array of sums; nothing where there was no vector."""
    listed = ", ".join(f"COALESCE(SUM({term}), 0)" for term in terms)
    return f"CASE WHEN COUNT(`vector`[1]) > 0 THEN ARRAY[{listed}] END"


MEASURES = {
    "exposures": ("BIGINT", "COUNT(*)"),
    "conversions": ("BIGINT", "SUM(CASE WHEN `conversions` > 0 THEN 1 ELSE 0 END)"),
    "value": ("DOUBLE", "SUM(`value`)"),
    "squares": ("DOUBLE", "SUM(`value` * `value`)"),
    "weights": ("DOUBLE", "SUM(1 / `probability`)"),
    "weighted": ("DOUBLE", "SUM(CASE WHEN `conversions` > 0 THEN 1 / `probability` ELSE 0 END)"),
    "delay_hours": ("DOUBLE", "SUM(CASE WHEN `conversions` > 0 THEN `delay` / 3600000.0 ELSE 0 END)"),
    "moments": ("ARRAY<DOUBLE>", _sums(*(f"`vector`[{row}] * `vector`[{column}]" for column in _PLACES for row in range(1, column + 1)))),
    "reached": ("ARRAY<DOUBLE>", _sums(*(f"CASE WHEN `conversions` > 0 THEN `vector`[{place}] END" for place in _PLACES))),
    "worth": ("ARRAY<DOUBLE>", _sums(*(f"`vector`[{place}] * `value`" for place in _PLACES))),
}
"""Column -> its type, and how it is counted."""
KEY = "`campaign`, `variant`, `context`, `epoch`"
_OF_A_BANDIT = f"(`choice`.`way` IS NOT NULL OR `choice`.`probabilities`['{NOTHING}'] IS NULL)"
"""Uplift draws as well, by what each customer is expected to do: that says nothing about all of them."""
_SEEN = " AND ".join(f"COALESCE(ABS(`choice`.`vector`[{place}]), 0) <= {MAX_VALUE}" for place in _PLACES)
_IS_SANE = f"(`choice`.`vector` IS NULL OR (`choice`.`vector`[1] = 1 AND `choice`.`vector`[{MAX_FEATURES + 2}] IS NULL AND {_SEEN}))"
"""A vector as the job writes them. Of another one the sums could not be computed with any more, and no decision could be taken out of them again."""

DRAWN = f"""
SELECT `decision_id`, `campaign`, `variant`, `context`, `epoch`, `vector`, `probability`

FROM (SELECT `decision_id`, `campaign`,
             CASE WHEN `choice`.`way` IS NULL THEN `variant` ELSE `choice`.`split` || '/' || `choice`.`way` END AS `variant`,
             `choice`.`context` AS `context`, `choice`.`epoch` AS `epoch`,
             `choice`.`vector` AS `vector`, `probability`,
             ROW_NUMBER() OVER (PARTITION BY `decision_id` ORDER BY `read_at`) AS `n`

      FROM `decisions`
      WHERE `decision_id` IS NOT NULL AND `campaign` IS NOT NULL AND `variant` IS NOT NULL AND `outcome` = 'acted' AND `probability` > 0

        AND `choice`.`context` IS NOT NULL AND `choice`.`epoch` IS NOT NULL

        AND {_OF_A_BANDIT} AND {_IS_SANE})
WHERE `n` = 1"""
"""A decision that acted, and that a bandit drew. One that was written twice (at least once) counts once. Where a bandit drew the way of a journey,
the way is counted."""

ENDED = """
SELECT `decision_id`, `conversions`, COALESCE(`value`, 0) AS `value`, `first_at` - `starts` AS `delay`

FROM (SELECT `decision_id`, `status`, `conversions`, `value`, `starts`, `first_at`,
             ROW_NUMBER() OVER (PARTITION BY `decision_id` ORDER BY `revision` DESC) AS `n`

      FROM `outcomes` WHERE `decision_id` IS NOT NULL AND `outcome` = 'acted')
WHERE `n` = 1 AND `status` = 'final'"""
"""The newest revision of an outcome, once it is final."""


def counted() -> str:
    """The query that counts, over the views `drawn` and `ended`."""
    measures = ", ".join(how for _, how in MEASURES.values())
    return f"SELECT {KEY}, {measures} FROM `drawn` JOIN `ended` ON `drawn`.`decision_id` = `ended`.`decision_id` GROUP BY {KEY}"
