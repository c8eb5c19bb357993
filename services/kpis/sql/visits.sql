-- The end of what is known: what is younger is not over yet.
CREATE TEMP TABLE kpi_horizon AS
SELECT coalesce((SELECT max(recorded) FROM events), (SELECT max(recorded) FROM decisions), TIMESTAMP '1970-01-01') AS "at";

-- What metrics call events: no receipts by machines, and of the reports of one order only the first.
CREATE TEMP TABLE kpi_events AS
SELECT log.person, log."at", log.event, log.type, log.session, log.number, log.properties
FROM kpi_log AS log
WHERE NOT log.is_machine AND NOT EXISTS (
    SELECT 1 FROM kpi_told AS told JOIN kpi_first AS first ON first.person = told.person AND first.key = coalesce('id ' || told.order_id, 'message ' || told.message)
    WHERE told.person = log.person AND told.message = log.message AND told.event = 'order_completed' AND told.seq > first.seq);

CREATE TEMP TABLE kpi_visits AS
SELECT person, session, min("at") AS "at", max("at") AS ends,
       count(*) FILTER (is_page) AS called,
       count(*) FILTER (event IN ('product_viewed', 'product_list_viewed', 'cart_viewed')) AS looks,
       count(*) FILTER (NOT is_page AND NOT event LIKE '%\_viewed' ESCAPE '\') AS actions,
       count(*) FILTER (event = 'product_viewed') AS products,
       count(*) FILTER (event = 'product_added') AS added,
       count(*) FILTER (event = 'checkout_started') AS checkouts
FROM kpi_log WHERE is_visit GROUP BY person, session;

CREATE TEMP TABLE kpi_sessions AS
WITH bought AS (
    SELECT visits.person, visits.session, count(*) AS orders
    FROM kpi_visits AS visits JOIN kpi_orders AS orders ON orders.person = visits.person AND orders."at" BETWEEN visits."at" AND visits.ends
    GROUP BY visits.person, visits.session
)
SELECT visits.person, visits.session, visits."at", visits.ends, greatest(called, looks) AS pages, actions, products, added, checkouts,
       coalesce(bought.orders, 0) AS orders, epoch_ms(ends - visits."at") / 1000 AS seconds,
       greatest(called, looks) <= 1 AND actions = 0 AS bounced
FROM kpi_visits AS visits LEFT JOIN bought ON bought.person = visits.person AND bought.session = visits.session
WHERE ends + INTERVAL 30 MINUTE <= (SELECT "at" FROM kpi_horizon);

-- A page ends with the next thing that happens in its visit. Shops that send no pages have their looks at products, lists and the cart.
CREATE TEMP TABLE kpi_pages AS
WITH timed AS (
    SELECT person, session, "at", is_page, event,
           epoch_ms(lead("at") OVER (PARTITION BY person, session ORDER BY "at", place) - "at") / 1000 AS seconds
    FROM kpi_log WHERE is_visit
)
SELECT timed.person, timed."at", timed.seconds
FROM timed JOIN kpi_visits AS visits ON visits.person = timed.person AND visits.session = timed.session
WHERE CASE WHEN visits.called >= visits.looks THEN timed.is_page ELSE timed.event IN ('product_viewed', 'product_list_viewed', 'cart_viewed') END;

CREATE TEMP TABLE kpi_carts AS
WITH lines AS (
    SELECT person, session, CASE event WHEN 'product_added' THEN 1 ELSE -1 END
               * number_of(properties, '$.price') * coalesce(number_of(properties, '$.quantity'), 1) AS worth,
           coalesce(upper(nullif(trim(text_of(properties, '$.currency')), '')), (SELECT base FROM kpi_shop), '') AS unit
    FROM kpi_log WHERE is_visit AND event IN ('product_added', 'product_removed')
),
filled AS (
    SELECT person, session, CASE WHEN count(*) = count(worth) AND count(DISTINCT unit) = 1 THEN greatest(0, fsum(worth)) END AS value, min(unit) AS unit
    FROM lines GROUP BY person, session
)
SELECT visits.person, visits."at", filled.value * coalesce(rates.rate, 1) AS value,
       CASE WHEN rates.rate IS NOT NULL THEN (SELECT base FROM kpi_shop) ELSE filled.unit END AS currency,
       EXISTS (SELECT 1 FROM kpi_ledger AS ledger WHERE ledger.person = visits.person
                  AND ledger."at" BETWEEN visits."at" AND visits.ends + INTERVAL 1 DAY) AS ordered
FROM kpi_visits AS visits JOIN filled ON filled.person = visits.person AND filled.session = visits.session
LEFT JOIN kpi_rates AS rates ON rates.unit = filled.unit
WHERE visits.added > 0 AND visits.ends + INTERVAL 1 DAY <= (SELECT "at" FROM kpi_horizon);

CREATE TEMP TABLE kpi_people AS
SELECT person, min("at") FILTER (is_visit) AS "at", bool_or(known) AS known FROM kpi_log GROUP BY person HAVING bool_or(is_visit);

-- Where somebody stands, and since when.
CREATE TEMP TABLE kpi_stands AS
SELECT log.person, min(log."at") FILTER (event = 'product_viewed') AS considers, min(log."at") FILTER (event = 'product_added') AS fills,
       any_value(bought."at") AS buys
FROM kpi_log AS log LEFT JOIN (SELECT person, min("at") AS "at" FROM kpi_orders GROUP BY person) AS bought ON bought.person = log.person
GROUP BY log.person;

-- From when until when somebody was in a segment. Whoever enters twice, under two ids, is in it once: rows are matched, not added up.
CREATE TEMP TABLE kpi_memberships AS
WITH changes AS (
    SELECT coalesce(ids.person, told.person) AS person, told.person AS name, told.segment, told.change, told."at",
           (told.recorded, told.topic_partition, told.topic_offset) AS place
    FROM segments AS told ASOF LEFT JOIN kpi_ids AS ids ON told.person = ids.name AND told.recorded >= ids.since
),
spans AS (
    SELECT person, segment, change, "at" AS since,
           coalesce(lead("at") OVER (PARTITION BY name, segment ORDER BY "at", place), TIMESTAMP '9999-01-01') AS until
    FROM changes
)
SELECT person, segment, since, until FROM spans WHERE change = 'entered';
