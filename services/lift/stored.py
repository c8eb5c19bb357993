"""Decisions, outcomes and orders from the lake, where people are pseudonyms."""

import json
from collections.abc import Sequence
from typing import Any

import duckdb

from services.lake.ask import fetched, opened, run
from services.lake.store import Lake
from services.lift.ledger import Ledgers
from services.lift.records import Decided, Log, Order, Told
from udfs.core.policy.rules import Policy
from udfs.core.profile import orders
from udfs.core.records import Event
from udfs.core.values.errors import NotFound

_GROUPS = "('acted', 'held_out', 'control')"
_DECISIONS = f"""SELECT decision, person, campaign, outcome, epoch_ms("at"), coalesce(campaign_version, ''), coalesce(channel, ''),
coalesce(variant, ''), coalesce(shares_version, ''), {{features}} FROM decisions WHERE outcome IN {_GROUPS} {{only}}"""
_OUTCOMES = """SELECT decision, revision, status, person, campaign, coalesce(campaign_version, ''), outcome, coalesce(variant, ''),
coalesce(channel, ''), epoch_ms(starts), epoch_ms(ends), conversions, value, coalesce(unvalued, 0), engagement, epoch_ms("at")
FROM outcomes {only} ORDER BY decision, revision"""
_UNTIL = """SELECT epoch_ms(greatest(coalesce((SELECT max(recorded) FROM outcomes), TIMESTAMP '1970-01-01'),
coalesce((SELECT max(recorded) FROM decisions), TIMESTAMP '1970-01-01'), coalesce((SELECT max(recorded) FROM events), TIMESTAMP '1970-01-01')))"""
_LINKS = """SELECT anonymous, min(person) FROM (SELECT person, anonymous FROM events UNION ALL SELECT person, previous FROM events)
WHERE anonymous IS NOT NULL AND anonymous <> person GROUP BY anonymous HAVING count(DISTINCT person) = 1"""
_ORDERS = f"""SELECT person, event, epoch_ms("at"), epoch_ms(recorded), message, properties FROM events
WHERE event IN ({", ".join(f"'{name}'" for name in sorted(orders.EVENTS))}) ORDER BY recorded, topic_partition, topic_offset, topic_item"""


def read_lake(lake: Lake, *, campaign: str | None, figures: Sequence[str] = (), policy: Policy | None = None, with_orders: bool = False) -> Log:
    """What the lake says of one campaign, or of all. `policy`: whose currency orders are read in. Raises LakeError and NotFound."""
    log = Log()
    with opened(lake) as connection:
        only, values = ("AND campaign = $1", [campaign]) if campaign else ("", [])
        features = "features" if figures else "'{}'"
        for row in fetched(run(connection, _DECISIONS.format(features=features, only=only), values)):
            decision, user, name, group, at, version, channel, variant, shares, told = row
            log.take_decided(
                Decided(
                    decision=decision,
                    user=user,
                    campaign=name,
                    group=group,
                    at=at,
                    version=version,
                    channel=channel,
                    variant=variant,
                    shares=shares,
                    features=_kept(told, figures),
                )
            )
        for row in fetched(run(connection, _OUTCOMES.format(only=only.replace("AND", "WHERE")), values)):
            log.take_told(_told(row))
        if campaign is not None and not log.decided and not log.told:
            known = [row[0] for row in fetched(run(connection, "SELECT DISTINCT campaign FROM decisions ORDER BY 1 LIMIT 20"))]
            message = f"the lake holds no decision of {campaign!r} that acted or was held out"
            raise NotFound(message, f"it knows {', '.join(known)}" if known else "fill it with `kairos lake submit`")
        log.until = max(log.until, next(fetched(run(connection, _UNTIL)))[0])
        log.same += [(one, other) for one, other in fetched(run(connection, _LINKS))]
        if with_orders:
            log.orders = _orders(connection, policy or Policy())
    epochs = {each.user.partition("-")[0] for each in log.decided.values()}
    if len(epochs) > 1:
        told = "whoever came before and after counts as two people; --since the change avoids it"
        log.notes.append(f"the lake's key changed ({len(epochs)} epochs): {told}")
    return log


def _kept(told: str | None, figures: Sequence[str]) -> dict[str, Any]:
    known = json.loads(told or "{}") if figures else {}
    return {name: known[name] for name in figures if name in known}


def _told(row: tuple[Any, ...]) -> Told:
    decision, revision, status, user, campaign, version, group, variant, channel, starts, ends, conversions, value, unvalued, engagement, at = row
    return Told(
        decision=decision,
        revision=revision,
        status=status,
        user=user,
        campaign=campaign,
        version=version,
        group=group,
        variant=variant,
        channel=channel,
        starts=starts,
        ends=ends,
        conversions=conversions,
        value=value,
        unvalued=unvalued,
        happened=frozenset(json.loads(engagement or "{}")),
        at=at,
    )


def _orders(connection: duckdb.DuckDBPyConnection, policy: Policy) -> dict[str, list[Order]]:
    ledgers = Ledgers(policy)
    for person, name, at, recorded, message, properties in fetched(run(connection, _ORDERS)):
        event = Event(
            message_id=message,
            type="track",
            name=name,
            user_id=person,
            at=min(at, recorded),
            properties=json.loads(properties or "{}"),
            traits={},
            context={},
        )
        ledgers.take(event)
    return ledgers.orders()
