-- What events say of ids, without what repeats what the event of the same browser before it said. That is no repetition where the browser, or the
-- person whom it names, may have become somebody else's in between.
WITH told AS (
    SELECT recorded, person, anonymous, previous, (recorded, topic_partition, topic_offset, topic_item) AS place
    FROM events WHERE anonymous IS DISTINCT FROM person OR previous IS NOT NULL
)
SELECT epoch_ms(recorded), person, anonymous, previous FROM (
    SELECT *, lag(person) OVER (PARTITION BY anonymous ORDER BY place) AS before, row_number() OVER (PARTITION BY person ORDER BY place) AS nth
    FROM told
)
WHERE nth = 1 OR previous IS NOT NULL OR anonymous IN (SELECT previous FROM told)
    OR person IN (SELECT unnest([previous, anonymous]) FROM told)
    OR (anonymous IS NOT NULL AND before IS DISTINCT FROM person) ORDER BY place
