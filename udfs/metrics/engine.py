"""The metrics of the operator: what the engine counts, and what the operator itself adds."""

from udfs.core.counts import Count
from udfs.metrics.metric import Metric, in_operator

NOTHING = "Nothing."

_TABLE: dict[Count, tuple[str, str, str]] = {
    "events": ("events", "Events processed, duplicates included.", "No growth while the shop is open: check what sends the events."),
    "duplicates": ("events", "An event id that was seen before; nothing else happened.", "A sudden rise: a sender repeats itself. Tell its owner."),
    "late_events": (
        "events",
        "Older than the customer's newest event. They are remembered; by more than five minutes, they triggered nothing.",
        "A constant share above a few percent: a sender holds events back, or its clock is slow.",
    ),
    "orders_retold": ("events", "An order that was reported before. It counted once and triggered nothing more.", NOTHING),
    "events_not_stored": ("events", "Of customers without consent to storage.", NOTHING),
    "events_of_erased": (
        "events",
        "Of customers who were erased a while ago. Nothing of them is kept.",
        "Many, and for long: a system still holds somebody who was erased. Its owner should read the topic `erasures`.",
    ),
    "users_erased": ("customers", "Customers who were erased, repeats included.", NOTHING),
    "requests": ("requests", "Questions that were answered on the topic `responses`.", NOTHING),
    "clamped_events": ("events", "Their clock was more than five minutes ahead, so they got the time of arrival.", "See the alert ClockSkew."),
    "derived_ids": (
        "events",
        "Events without a message id; one made from the content is used.",
        "Have the sender set messageId: two equal events are one without it.",
    ),
    "records_rejected": (
        "records",
        "Records that were refused whole.",
        "See the alert RejectedShare. Once the cause is fixed, `kairos rejected replay` sends them again.",
    ),
    "parts_set_aside": (
        "fields",
        "Parts of events that could not be read; the events were processed.",
        "`kairos tail rejected` shows a sample with source and field.",
    ),
    "unknown_events": (
        "events",
        "Names that the catalogue does not have; the events were accepted.",
        "`kairos events` lists the names. A misspelt one triggers nothing.",
    ),
    "unknown_zones": (
        "events",
        "Time zones that the IANA database does not have.",
        "`kairos tail rejected` shows them. Quiet hours are then strict.",
    ),
    "unknown_dates": (
        "traits",
        "Traits that a date trigger waits for, and that are no date between 1901 and 2100.",
        "`kairos events` shows what arrives. Have the sender write days as 1990-05-17.",
    ),
    "traits_dropped": ("traits", "Traits that are not plain values, or one too many.", "Have the sender leave out what no campaign reads."),
    "profiles_forgotten": ("profiles", "Customers whose retention time was over. What they denied is kept.", NOTHING),
    "triggers": ("triggers", "Triggers of campaigns that fired, whatever followed.", NOTHING),
    "triggers_unmet": (
        "triggers",
        "Triggers whose condition did not hold.",
        "A campaign that sends nothing: `kairos explain USER` says which part was not met.",
    ),
    "triggers_warming": ("triggers", "Of these, those that read a feature whose window has not filled yet.", "Wait until the window has passed."),
    "entries_blocked": ("triggers", "Triggers of customers who may not enter, or not yet again.", NOTHING),
    "pending_cancelled": ("entries", "Something pending that an exit event cancelled, such as a purchase.", NOTHING),
    "pending_dropped": (
        "entries",
        "Something pending whose campaign or cart is gone, or one too many.",
        "A rise without a removed campaign: a customer has too much pending; look for a loop in what sends events.",
    ),
    "journeys_entered": ("journeys", "Runs of journeys that began.", NOTHING),
    "journeys_lost": (
        "journeys",
        "Runs that ended because their journey no longer has such a step.",
        "Expected after a step was removed. Otherwise publish the earlier version again.",
    ),
    "waits_cut": (
        "waits",
        "Waits of journeys that would have taken more than 400 days, and take 400.",
        "Look at the property or trait from which the wait is computed: it may be in another unit.",
    ),
    "decisions": ("decisions", "Decisions made, whatever the outcome.", "See the alert CampaignSilent."),
    "deferrals": ("decisions", "Of these, those that will be made again later.", NOTHING),
    "failures": (
        "candidates",
        "Candidates on which the engine itself failed. The others of that event were decided.",
        "`kairos tail decisions` shows the reason ENGINE_ERROR. Report it as a bug; withhold with `kairos switch off campaign NAME` if needed.",
    ),
    "actions": (
        "actions",
        "Decisions that acted.",
        "See the alert NothingSent. Far more than usual: `kairos switch off all` withholds everything within a second.",
    ),
    "recalls": ("actions", "Of these, those that were recalled before delivery.", NOTHING),
    "outcomes": ("records", "Records of outcomes, of campaigns that have a goal.", NOTHING),
    "outcomes_cut": (
        "decisions",
        "Outcomes that ended early, since the customer was forgotten or had too many others.",
        "Many of one campaign: it decides so often that windows overlap. Give it an `entry`, or its goal a shorter `within`.",
    ),
}

ENGINE: dict[Count, Metric] = {name: in_operator(name, *told) for name, told in _TABLE.items()}
"""What the engine counts, by the name it counts under."""

CONTROL_REFUSED = in_operator(
    "control_refused",
    "records",
    "Records of control that the operator refused. The last good version stays in force.",
    "`kairos tail rejected` says why. Publish with `kairos campaigns publish`, which checks first.",
)
ENGINE_ERRORS = in_operator(
    "engine_errors",
    "events",
    "Events or timers on which the engine failed as a whole.",
    "Each is on `rejected` as ENGINE_ERROR. Report it as a bug; once it is fixed, `kairos rejected replay`.",
)
REJECTION_ALERTS = in_operator(
    "rejection_alerts",
    "alarms",
    "Times that more of an operator's latest events were refused than `--max-rejected-percent` allows, at most one in each window.",
    '`kairos tail rejected` says why. See "When too many events are refused" in docs/running.md.',
)
MODELS_USABLE = in_operator(
    "models_usable", "versions", "Versions of published models that are loaded and can score.", "See models_refused.", kind="level"
)
MODELS_REFUSED = in_operator(
    "models_refused",
    "versions",
    "Versions of published models that could not be loaded, or were dropped because they failed. The previous version or the cold start is used.",
    "See the alert ModelRefused.",
    kind="level",
)
IDS_LINKED = in_operator("ids_linked", "ids", "Histories that were merged into that of the person, also empty ones.", NOTHING)
LINKS_REFUSED = in_operator(
    "links_refused",
    "links",
    "Links between two ids that are both known as user ids, without an alias. The two stay apart.",
    "A tracker sends user ids as anonymousId: tell its owner. If it is meant so, see docs/identity.md.",
)
RECORDS_PARKED = in_operator("records_parked", "records", "Records that waited for the history of another id.", NOTHING)
RECORDS_PASSED_ON = in_operator(
    "records_passed_on",
    "records",
    "Records and histories that came for an id which is somebody else by now, and were passed on to the person.",
    "A high rate: senders go on using ids that were changed by an alias. Have them send the new ones.",
)
HISTORIES_OVERDUE = in_operator(
    "histories_overdue",
    "histories",
    "Histories that were not waited for any longer. They are merged when they come.",
    "Look at the topic of identity: it cannot be read, or a history does not fit (`kairos tail rejected` says UNSENDABLE).",
)
HISTORIES_DROPPED = in_operator(
    "histories_dropped",
    "histories",
    "Histories whose link was not found within ten minutes, or of which one person had too many. After a crash this is right: their links "
    "were found again, and had another answer.",
    "Without a crash: report it as a bug.",
)
LINKING = (IDS_LINKED, LINKS_REFUSED, RECORDS_PARKED, RECORDS_PASSED_ON, HISTORIES_OVERDUE, HISTORIES_DROPPED)
"""What the job counts that takes several ids for one person; without `--link-ids` they stay at 0."""
CAMPAIGN_DECISIONS = in_operator(
    "decisions", "decisions", "Decisions by campaign, whatever the outcome.", "See the alert CampaignSilent.", labels=("campaign",)
)
CAMPAIGN_ACTIONS = in_operator("actions", "actions", "Actions by campaign.", "Compare with the forecast.", labels=("campaign",))
REASON_DECISIONS = in_operator(
    "decisions", "decisions", "Decisions by reason, such as CAP_REACHED or EXPIRED.", "See the alert TooLateToSend.", labels=("reason",)
)
MODEL_DECISIONS = in_operator(
    "decisions",
    "decisions",
    "Scores of decisions, by the result: SCORED, CACHED, NO_MODEL, FAILED and so on.",
    "See the alert ModelMissing. The share of CACHED in CACHED and SCORED is how often a kept answer was used.",
    labels=("model_reason",),
)
CHALLENGER_ANSWERS = in_operator(
    "answers",
    "answers",
    "Scores of decisions about customers of a challenger, by what happened to its answer: SCORED, CACHED, REFUSED and so on.",
    "`kairos models list` shows the rollout. `kairos models rollback NAME` ends it.",
    labels=("challenger_reason",),
)
SHADOW_ANSWERS = in_operator(
    "answers",
    "answers",
    "Scores of decisions for which a shadow was to be asked, by what happened to it. OVER_BUDGET: dropped, since its time was used up.",
    "Mostly OVER_BUDGET: the shadow is slow. Give it more time (`shadow.ms_per_s` of the rollout), or another estimator.",
    labels=("shadow_reason",),
)

OPERATOR_METRICS = (
    *ENGINE.values(), CONTROL_REFUSED, ENGINE_ERRORS, REJECTION_ALERTS, *LINKING, MODELS_USABLE, MODELS_REFUSED,
    CAMPAIGN_DECISIONS, CAMPAIGN_ACTIONS, REASON_DECISIONS, MODEL_DECISIONS, CHALLENGER_ANSWERS, SHADOW_ANSWERS,
)  # fmt: skip
"""All metrics of the operator."""
