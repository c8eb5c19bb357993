"""The queries of the interest job: who is interested in what, what has changed, and whom that concerns. They are standard SQL but for backticks."""

from dataclasses import dataclass

DAY_MS = 86_400_000
CHANGES = """`product_id` STRING, `name` STRING, `category` STRING, `category_key` STRING, `brand` STRING, `url` STRING, `image_url` STRING,
 `currency` STRING, `price` DOUBLE, `previous_price` DOUBLE, `stock` DOUBLE, `previous_stock` DOUBLE, `in_stock` BOOLEAN,
 `was_in_stock` BOOLEAN, `is_new` BOOLEAN, `at` BIGINT"""
"""Columns of the topic `catalogue-changes`."""
LOOKS = ("person", "anonymous", "kind", "product_id", "category", "at")
"""Columns of the view `looks`, in the order of udfs/interest/looks.py."""
NEWS: dict[str, str] = {
    "id": "STRING",
    "event": "STRING",
    "person": "STRING",
    "anonymous": "BIGINT",
    "interest": "STRING",
    "interested_at": "BIGINT",
    "product_id": "STRING",
    "name": "STRING",
    "category": "STRING",
    "brand": "STRING",
    "url": "STRING",
    "image_url": "STRING",
    "currency": "STRING",
    "price": "DOUBLE",
    "previous_price": "DOUBLE",
    "stock": "DOUBLE",
    "at": "BIGINT",
}
"""Columns of the topic `interest`."""
_OF_PRODUCT = ("product_id", "name", "category", "brand", "url", "image_url", "currency", "price", "previous_price", "stock")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What counts as news, and for how long somebody is interested."""

    days: int = 30
    price_drop_percent: float = 5.0
    low_stock: int = 3


INTERESTS = """
SELECT `product_id`, `person`, `anonymous`,

       CASE WHEN `viewed_at` > `ended_at` THEN `viewed_at` ELSE 0 END AS `viewed_at`,

       CASE WHEN `carted_at` > `ended_at` AND `carted_at` > `uncarted_at` THEN `carted_at` ELSE 0 END AS `carted_at`,
       CASE WHEN `wished_at` > `ended_at` AND `wished_at` > `unwished_at` THEN `wished_at` ELSE 0 END AS `wished_at`

FROM (SELECT `product_id`, `person`, MIN(`anonymous`) AS `anonymous`,
             MAX(CASE WHEN `kind` = 'viewed' THEN `at` ELSE 0 END) AS `viewed_at`,

             MAX(CASE WHEN `kind` = 'carted' THEN `at` ELSE 0 END) AS `carted_at`,
             MAX(CASE WHEN `kind` = 'uncarted' THEN `at` ELSE 0 END) AS `uncarted_at`,

             MAX(CASE WHEN `kind` = 'wished' THEN `at` ELSE 0 END) AS `wished_at`,
             MAX(CASE WHEN `kind` = 'unwished' THEN `at` ELSE 0 END) AS `unwished_at`,

             MAX(CASE WHEN `kind` = 'ended' THEN `at` ELSE 0 END) AS `ended_at`

      FROM `looks` WHERE `product_id` IS NOT NULL
      GROUP BY `product_id`, `person`)"""
"""One row for each person and product: the last time that each kind of interest was shown, 0 where it was not, or is over."""

CATEGORY_INTERESTS = """
SELECT `category` AS `category_key`, `person`, MIN(`anonymous`) AS `anonymous`, MIN(`at`) AS `first_at`, MAX(`at`) AS `last_at`

FROM `looks` WHERE `category` IS NOT NULL AND `kind` IN ('viewed', 'looked')
GROUP BY `category`, `person`"""
"""One row for each person and category that they looked around in."""


def changed(rules: Rules) -> str:
    """What has happened to products, one row for each thing to tell; over the table `changes`."""
    fields = ", ".join(f"`{name}`" for name in (*_OF_PRODUCT, "at"))
    kept = 1 - rules.price_drop_percent / 100
    can_be_bought = "COALESCE(`in_stock`, TRUE)"
    conditions = {
        "price_dropped": f"`price` > 0 AND `price` < `previous_price` AND `price` <= `previous_price` * {kept:.6f} AND {can_be_bought}",
        "back_in_stock": "`in_stock` AND NOT `was_in_stock`",
        "low_stock": f"`stock` > 0 AND `stock` <= {rules.low_stock} AND `previous_stock` > {rules.low_stock} AND {can_be_bought}",
    }
    each = (f"SELECT CAST('{event}' AS STRING) AS `event`, {fields} FROM `changes` WHERE {how}" for event, how in conditions.items())
    return "\nUNION ALL\n".join(each)


def told(rules: Rules) -> str:
    """Whom it concerns: over `changed`, `interests`, `changes` and `category_interests`, with the columns of NEWS.

    Whoever has looked at the product since knows it already: their row goes away again, and with it the news if that still waits for its turn.
    """
    since = f"`c`.`at` - {rules.days * DAY_MS}"

    def is_of(kind: str) -> str:
        return f"`i`.`{kind}_at` > {since} AND `i`.`{kind}_at` <= `c`.`at`"

    kinds = ("wished", "carted", "viewed")
    interest = " ".join(f"WHEN {is_of(kind)} THEN CAST('{kind}' AS STRING)" for kind in kinds)
    when = " ".join(f"WHEN {is_of(kind)} THEN `i`.`{kind}_at`" for kind in kinds)
    product = ", ".join(f"`c`.`{name}`" for name in _OF_PRODUCT)
    own = "CONCAT_WS('|', `c`.`event`, `c`.`product_id`, CAST(`c`.`at` AS STRING), `i`.`person`)"
    of_products = (
        f"SELECT /*+ STATE_TTL('c' = '1d', 'i' = '{rules.days + 1}d') */ CONCAT('interest-', MD5({own})) AS `id`, `c`.`event`, `i`.`person`, \n\n"
        f"`i`.`anonymous`, CASE {interest} END AS `interest`, CASE {when} END AS `interested_at`, {product}, `c`.`at` \n\n"
        f"FROM `changed` AS `c` JOIN `interests` AS `i` ON `c`.`product_id` = `i`.`product_id` WHERE {' OR '.join(f'({is_of(k)})' for k in kinds)}"
    )
    day = f"CAST(`c`.`at` - MOD(`c`.`at`, {DAY_MS}) AS STRING)"
    daily = f"CONCAT_WS('|', 'new_in_category', `c`.`category_key`, {day}, `i`.`person`)"
    of_categories = (
        f"SELECT /*+ STATE_TTL('c' = '1d', 'i' = '{rules.days + 1}d') */ CONCAT('interest-', MD5({daily})) AS `id`, \n\n"
        f"CAST('new_in_category' AS STRING) AS `event`, `i`.`person`, `i`.`anonymous`, CAST('viewed' AS STRING) AS `interest`, "
        f"`i`.`last_at` AS `interested_at`, {product}, `c`.`at` \n\n"
        f"FROM `changes` AS `c` JOIN `category_interests` AS `i` ON `c`.`category_key` = `i`.`category_key` "
        f"WHERE `c`.`is_new` AND COALESCE(`c`.`in_stock`, TRUE) AND `i`.`first_at` <= `c`.`at` AND `i`.`last_at` > {since}"
    )
    return f"{of_products}\nUNION ALL\n{of_categories}"
