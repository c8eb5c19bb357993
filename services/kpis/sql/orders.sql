-- Orders as the engine counts them: each once, by the report that came first, less what was paid back, in its own currency or, where the policy
-- has rates, in the shop's. kpi_rates: currency, and how much of the shop's one unit is worth.
CREATE TEMP TABLE kpi_told AS
WITH read AS (
    SELECT person, message, event, "at", place, properties AS told, upper(nullif(trim(text_of(properties, '$.currency')), '')) AS unit
    FROM kpi_log WHERE event IN ('order_completed', 'order_refunded', 'order_cancelled')
)
SELECT person, message, event, "at", unit,
       row_number() OVER (ORDER BY place, message) AS seq,
       plain_id(any_of(told, '$.order_id')) AS order_id,
       coalesce(plain_id(any_of(told, '$.refund_id')), nullif(plain_id(any_of(told, '$.id')), plain_id(any_of(told, '$.order_id')))) AS refund_id,
       coalesce(number_of(told, '$.total'), number_of(told, '$.revenue'), number_of(told, '$.value'), worth_of(lines_of(told), unit)) AS amount,
       coalesce(json_type(told, '$.total'), json_type(told, '$.revenue'), json_type(told, '$.value'),
                CASE WHEN json_type(told, '$.products') = 'ARRAY' AND json_array_length(told, '$.products') > 0 THEN 'ARRAY' END) IS NOT NULL AS says_amount
FROM read;

CREATE TEMP TABLE kpi_first AS
SELECT person, key, first("at" ORDER BY seq) AS "at", min(seq) AS seq, first(message ORDER BY seq) AS message,
       first(amount ORDER BY seq) FILTER (amount IS NOT NULL) AS amount,
       first(unit ORDER BY seq) FILTER (amount IS NOT NULL) AS unit
FROM (SELECT *, coalesce('id ' || order_id, 'message ' || message) AS key FROM kpi_told WHERE event = 'order_completed')
GROUP BY person, key;

-- A refund that names no order is of the only one that the person had placed until then.
CREATE TEMP TABLE kpi_undone AS
WITH meant AS (
    SELECT *, 'id ' || order_id AS key FROM kpi_told WHERE event <> 'order_completed' AND order_id IS NOT NULL
    UNION ALL
    SELECT told.*, placed.key FROM kpi_told AS told JOIN kpi_first AS placed ON placed.person = told.person AND placed.seq < told.seq
    WHERE told.event <> 'order_completed' AND told.order_id IS NULL
    QUALIFY count(*) OVER (PARTITION BY told.seq) = 1
)
SELECT * FROM meant
QUALIFY event = 'order_cancelled' OR refund_id IS NULL OR row_number() OVER (PARTITION BY person, key, event, refund_id ORDER BY seq) = 1;

CREATE TEMP TABLE kpi_ledger AS
WITH placed AS (
    SELECT first.person, first.key, first."at", first.seq, first.message, coalesce(first.unit, shop.base) AS said,
           coalesce(rates.rate, 1) AS rate, rates.rate IS NOT NULL AS has_rate, first.amount
    FROM kpi_first AS first CROSS JOIN kpi_shop AS shop LEFT JOIN kpi_rates AS rates ON rates.unit = coalesce(first.unit, shop.base)
),
back AS (
    SELECT placed.person, placed.key,
           bool_or(undone.event = 'order_cancelled' OR NOT undone.says_amount) AS whole,
           bool_or(undone.event = 'order_refunded' AND undone.says_amount AND (undone.amount IS NULL OR NOT (
               undone.unit IS NULL OR undone.unit IS NOT DISTINCT FROM placed.said OR (placed.has_rate AND rates.rate IS NOT NULL)))) AS unclear,
           sum(abs(undone.amount) * CASE WHEN undone.unit IS NULL OR undone.unit IS NOT DISTINCT FROM placed.said THEN placed.rate
                                      WHEN placed.has_rate THEN rates.rate END)
               FILTER (undone.event = 'order_refunded') AS amount
    FROM kpi_undone AS undone JOIN placed ON placed.person = undone.person AND placed.key = undone.key
    LEFT JOIN kpi_rates AS rates ON rates.unit = undone.unit
    GROUP BY placed.person, placed.key
)
SELECT placed.person, placed.key, placed."at", placed.seq, placed.message,
       coalesce(CASE WHEN placed.has_rate THEN shop.base ELSE placed.said END, '') AS currency,
       placed.amount * placed.rate AS total,
       back.person IS NOT NULL AS refunded,
       CASE WHEN back.unclear THEN NULL ELSE coalesce(back.amount, 0) END AS back,
       coalesce(back.whole OR back.amount > placed.amount * placed.rate - 0.005, false) AS undone
FROM placed CROSS JOIN kpi_shop AS shop LEFT JOIN back ON back.person = placed.person AND back.key = placed.key;

CREATE TEMP TABLE kpi_placed_orders AS SELECT person, "at", undone, refunded, total, currency FROM kpi_ledger;

CREATE TEMP TABLE kpi_orders AS
SELECT person, "at", total, CASE WHEN total - back < 0 THEN 0 ELSE total - back END AS net,
       CASE WHEN back > total THEN total ELSE back END AS refunded, currency,
       row_number() OVER person_by_time AS number,
       epoch_ms("at" - lag("at") OVER person_by_time) / 1000 AS since_last
FROM kpi_ledger WHERE NOT undone
WINDOW person_by_time AS (PARTITION BY person ORDER BY "at", seq);
