-- The log: every event once, under the person whose it turned out to be, at the time at which it happened, but not later than it was reported.
-- kpi_ids says from when on an id's records are whose; kpi_passive names the events that are nothing a person did just then.
CREATE TEMP TABLE kpi_log AS
WITH resolved AS (
    SELECT coalesce(ids.person, told.person) AS person, told.message, told.type, told.event,
           least(coalesce(told."at", told.recorded), told.recorded) AS "at", told.recorded,
           (told.recorded, told.topic_partition, told.topic_offset, told.topic_item) AS place,
           told.anonymous IS DISTINCT FROM told.person AS known,
           told.type IN ('page', 'screen') AS is_page,
           CASE WHEN $keeps_properties OR told.event IN (SELECT event FROM kpi_read) THEN told.properties END AS properties
    FROM events AS told ASOF LEFT JOIN kpi_ids AS ids ON told.person = ids.name AND told.recorded >= ids.since
),
once AS (
    SELECT * FROM resolved QUALIFY row_number() OVER (PARTITION BY person, message ORDER BY place) = 1
),
seen AS (
    SELECT *,
           is_page OR (type = 'track' AND event NOT LIKE 'message\_%' ESCAPE '\'
                       AND event NOT IN (SELECT event FROM kpi_passive)) AS is_visit,
           event IN ('message_opened', 'message_clicked') AND coalesce(flag_of(properties, '$.machine'), false) AS is_machine
    FROM once
),
begun AS (
    SELECT *, is_visit AND coalesce("at" - lag("at") OVER visits > INTERVAL 30 MINUTE, true) AS begins
    FROM seen WINDOW visits AS (PARTITION BY person, is_visit ORDER BY "at", place)
)
SELECT *, CASE WHEN is_visit THEN sum(begins::INT) OVER (PARTITION BY person, is_visit ORDER BY "at", place ROWS UNBOUNDED PRECEDING) END AS session,
       row_number() OVER (PARTITION BY person ORDER BY "at", place) AS number
FROM begun;
