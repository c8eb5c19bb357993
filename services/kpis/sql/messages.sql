-- Messages that were decided, with what happened to each, by receipts, and with the newest revision of its outcome.
CREATE TEMP TABLE kpi_receipts AS
WITH told AS (
    SELECT any_of(properties, '$.decision_id') AS decision, event, is_machine, "at",
           event = 'message_bounced' AND lower(text_of(properties, '$.bounce_type')) IS NOT DISTINCT FROM 'soft' AS is_soft
    FROM kpi_log WHERE event LIKE 'message\_%' ESCAPE '\' OR event = 'unsubscribed'
)
SELECT decision,
       bool_or(event = 'message_sent') AS sent,
       bool_or(event = 'message_delivered') AS delivered,
       bool_or(event = 'message_opened' AND NOT is_machine) AS opened,
       bool_or(event = 'message_clicked' AND NOT is_machine) AS clicked,
       bool_or(event = 'message_opened' AND is_machine) AS machine_opened,
       bool_or(event = 'message_clicked' AND is_machine) AS machine_clicked,
       bool_or(event = 'message_dismissed') AS dismissed,
       bool_or(event = 'message_bounced' AND NOT is_soft) AS bounced,
       bool_or(event = 'message_complained') AS complained,
       bool_or(event = 'unsubscribed') AS unsubscribed,
       min("at") FILTER (event = 'message_clicked' AND NOT is_machine) AS clicked_at,
       min("at") FILTER (event = 'message_delivered') AS delivered_at
FROM told WHERE decision IS NOT NULL GROUP BY decision;

CREATE TEMP TABLE kpi_results AS
SELECT * FROM outcomes QUALIFY row_number() OVER (PARTITION BY decision ORDER BY revision DESC, recorded, topic_partition, topic_offset) = 1;

CREATE TEMP TABLE kpi_decided AS
WITH decided AS (
    SELECT * FROM decisions WHERE outcome IN ('acted', 'control', 'held_out')
    QUALIFY row_number() OVER (PARTITION BY decision ORDER BY recorded, topic_partition, topic_offset) = 1
)
SELECT coalesce(ids.person, decided.person) AS person, decided."at", decided.decision, coalesce(decided.campaign, '') AS campaign,
       coalesce(decided.variant, '') AS variant, coalesce(decided.channel, '') AS channel, decided.outcome
FROM decided ASOF LEFT JOIN kpi_ids AS ids ON decided.person = ids.name AND decided.recorded >= ids.since;

-- Where a channel reports no deliveries at all, what did not bounce and was not recalled has arrived.
CREATE TEMP TABLE kpi_channels AS
SELECT decided.channel, count(*) AS messages, bool_or(coalesce(receipts.delivered, false)) AS reports
FROM kpi_decided AS decided LEFT JOIN kpi_receipts AS receipts ON receipts.decision = decided.decision
WHERE decided.outcome = 'acted' GROUP BY decided.channel;

CREATE TEMP TABLE kpi_all_messages AS
WITH joined AS (
    SELECT decided.*, results.status, results.conversions, results.value, results.credit, results.credited_value, results.decision IS NOT NULL AS has_goal,
           coalesce(receipts.sent, false) AS sent, coalesce(receipts.delivered, false) AS reported, coalesce(receipts.opened, false) AS opened,
           coalesce(receipts.clicked, false) AS clicked, coalesce(receipts.machine_opened, false) AS machine_opened,
           coalesce(receipts.machine_clicked, false) AS machine_clicked, coalesce(receipts.dismissed, false) AS dismissed,
           coalesce(receipts.bounced, false) AS bounced, coalesce(receipts.complained, false) AS complained,
           coalesce(receipts.unsubscribed, false) OR json_type(results.engagement, '$.unsubscribed') IS NOT NULL AS unsubscribed,
           json_type(results.engagement, '$.recalled') IS NOT NULL AS recalled,
           coalesce(channels.reports, false) AS reports
    FROM kpi_decided AS decided
    LEFT JOIN kpi_receipts AS receipts ON receipts.decision = decided.decision AND decided.outcome = 'acted'
    LEFT JOIN kpi_results AS results ON results.decision = decided.decision
    LEFT JOIN kpi_channels AS channels ON channels.channel = decided.channel
)
SELECT person, "at", campaign, variant, channel, outcome, status, has_goal, sent, opened, clicked, opened OR clicked AS engaged, machine_opened,
       machine_clicked, dismissed, bounced, complained, recalled, unsubscribed,
       outcome = 'acted' AND (opened OR clicked OR dismissed OR machine_opened OR machine_clicked
           OR (CASE WHEN reports THEN reported ELSE NOT recalled OR sent END AND NOT bounced)) AS delivered,
       conversions, conversions > 0 AS converted, value, (SELECT coalesce(base, '') FROM kpi_shop) AS currency,
       number_of(credit, '$.last') AS credit_last, number_of(credit, '$.first') AS credit_first, number_of(credit, '$.linear') AS credit_linear,
       number_of(credit, '$.decay') AS credit_decay, number_of(credit, '$.position') AS credit_position,
       number_of(credited_value, '$.last') AS credited_last, number_of(credited_value, '$.first') AS credited_first,
       number_of(credited_value, '$.linear') AS credited_linear, number_of(credited_value, '$.decay') AS credited_decay,
       number_of(credited_value, '$.position') AS credited_position
FROM joined;

CREATE TEMP TABLE kpi_messages AS SELECT * FROM kpi_all_messages WHERE outcome = 'acted';
CREATE TEMP TABLE kpi_held_out AS SELECT * FROM kpi_all_messages WHERE outcome <> 'acted';
