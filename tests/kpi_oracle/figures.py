"""Every metric that comes with Kairos, by hand: which rows, which of them, and what they come to."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.kpi_oracle.orders import Row
from tests.kpi_oracle.shop import Shop
from tests.kpi_oracle.world import DAY, MINUTE

Met = Callable[[Row], bool]


class Said(NamedTuple):
    """One figure."""

    value: float | None
    numerator: float | None
    denominator: int | None
    pending: int = 0


Key = tuple[str, tuple[str, ...], str | None, str | None]
"""Metric, group, currency, stage."""


def every(_: Row) -> bool:
    return True


def final(row: Row) -> bool:
    return bool(row["status"] == "final")


def recommended(name: str) -> Met:
    return lambda row: row["name"] == name and row["properties"].get("recommended") is True


def named(name: str) -> Met:
    return lambda row: row["name"] == name


SHARES: dict[str, tuple[str, Met, Met]] = {
    "add-to-cart-rate": ("sessions", every, lambda row: row["added"] > 0),
    "checkout-rate": ("sessions", lambda row: row["added"] > 0, lambda row: row["checkouts"] > 0),
    "cart-abandonment": ("carts", every, lambda row: not row["ordered"]),
    "delivery-rate": ("messages", every, lambda row: row["delivered"]),
    "open-rate": ("messages", lambda row: row["delivered"], lambda row: row["opened"]),
    "click-rate": ("messages", lambda row: row["delivered"], lambda row: row["clicked"]),
    "click-to-open-rate": ("messages", lambda row: row["opened"] or row["clicked"], lambda row: row["clicked"]),
    "engagement-rate": ("messages", lambda row: row["delivered"], lambda row: row["opened"] or row["clicked"]),
    "machine-open-rate": ("messages", lambda row: row["delivered"], lambda row: row["machine_opened"] and not row["opened"]),
    "message-bounce-rate": ("messages", every, lambda row: row["bounced"]),
    "unsubscribe-rate": ("messages", lambda row: row["delivered"], lambda row: row["unsubscribed"]),
    "complaint-rate": ("messages", lambda row: row["delivered"], lambda row: row["complained"]),
    "bounce-rate": ("sessions", every, lambda row: row["bounced"]),
    "conversion-rate": ("messages", final, lambda row: row["converted"]),
    "conversion-rate-held-out": ("held_out", final, lambda row: row["converted"]),
    "session-conversion-rate": ("sessions", every, lambda row: row["orders"] > 0),
    "refund-rate": ("placed_orders", every, lambda row: row["refunded"]),
}
COLUMNS: dict[str, tuple[str, str, Met, Callable[[list[float]], float]]] = {
    "dwell-time": ("pages", "seconds", every, median),
    "session-duration": ("sessions", "seconds", lambda row: row["seconds"] > 0, median),
    "pages-per-session": ("sessions", "pages", every, lambda values: math.fsum(values) / len(values)),
    "average-order-value": ("orders", "net", every, lambda values: math.fsum(values) / len(values)),
    "average-cart-value": ("carts", "value", every, lambda values: math.fsum(values) / len(values)),
    "revenue": ("orders", "net", every, math.fsum),
    "credited-revenue": ("messages", "decay", final, math.fsum),
    "credited-revenue-linear": ("messages", "linear", final, math.fsum),
    "time-to-repeat-purchase": ("orders", "since_last", lambda row: row["number"] == 2, median),
}
SUMS = ("revenue", "credited-revenue", "credited-revenue-linear")
MONEY = ("average-order-value", "average-cart-value", *SUMS)
FOLLOWED: dict[str, tuple[str, Met, str, Met, int, int, bool, str]] = {
    "promotion-click-rate": ("events", named("promotion_viewed"), "events", named("promotion_clicked"), 0, 30 * MINUTE, False, "promotion_id"),
    "recommendation-click-rate": (
        "events",
        recommended("product_list_viewed"),
        "events",
        recommended("product_clicked"),
        0,
        30 * MINUTE,
        False,
        "list_id",
    ),
    "recommendation-add-rate": ("events", recommended("product_clicked"), "events", named("product_added"), 0, DAY, False, "product_id"),
    "sign-up-rate": ("people", every, "events", named("signed_up"), 0, 30 * DAY, True, ""),
    "repeat-purchase-rate-90d": ("orders", lambda row: row["number"] == 1, "orders", every, 0, 90 * DAY, False, ""),
    "retention-7d": ("people", every, "sessions", every, 7 * DAY, 14 * DAY, False, ""),
    "retention-30d": ("people", every, "sessions", every, 30 * DAY, 60 * DAY, False, ""),
    "churn-30d": ("people", every, "sessions", every, 0, 30 * DAY, False, ""),
    "clv-90d": ("orders", lambda row: row["number"] == 1, "orders", every, 0, 90 * DAY, True, ""),
    "clv-180d": ("orders", lambda row: row["number"] == 1, "orders", every, 0, 180 * DAY, True, ""),
}
RATIOS = {
    "sessions-per-user": "",
    "revenue-per-user": "net",
    "revenue-per-session": "net",
    "value-per-message": "value",
    "customer-conversion-rate": "",
}
ADDED, ORDERED = ("product_added",), ("order_completed",)
SEEN = ("product_viewed", "product_added")
STAGES: dict[str, tuple[str, int, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "funnel-drop-off": (
        "sessions",
        0,
        (("visit", ()), ("product", SEEN), ("cart", ADDED), ("checkout", ("checkout_started", "order_completed")), ("order", ORDERED)),
    ),
    "stage-drop-off": (
        "people",
        30 * DAY,
        (("acquisition", ()), ("consideration", SEEN), ("conversion", ADDED), ("loyalty", ORDERED), ("repeat", ORDERED)),
    ),
}
"""Metric -> of whom, in what time, and the events by which each stage is reached; none: any."""
NAMES = (*SHARES, *COLUMNS, *FOLLOWED, *RATIOS, *STAGES)
OF_MESSAGES = ("campaign", "channel")


class Figures:
    """What a report says of a shop, divided by some dimensions, over a period."""

    def __init__(self, shop: Shop, since: int, until: int, zone: ZoneInfo, by: tuple[str, ...]) -> None:
        self.shop, self.since, self.until, self.zone, self.by = shop, since, until, zone, by

    def all(self) -> dict[Key, Said]:
        return dict(self.figures())

    def figures(self) -> Iterator[tuple[Key, Said]]:
        for name, (table, below, met) in SHARES.items():
            for group, rows in self.groups(table, below):
                hits, number = sum(met(row) for row in rows), len(rows)
                yield (name, group, None, None), Said(hits / number if number else None, hits, number)
        for name, (table, column, chosen, come_to) in COLUMNS.items():
            for group, rows in self.groups(table, chosen):
                for unit in self.units(rows) if name in MONEY else [None]:
                    values = [row[column] for row in rows if row[column] is not None and unit in (None, row.get("currency"))]
                    found = (
                        come_to(values) if values else 0.0 if name in SUMS and not any(unit in (None, row.get("currency")) for row in rows) else None
                    )
                    yield (name, group, unit, None), Said(found, found, None)
        for name in FOLLOWED:
            yield from self.followed(name)
        yield from self.ratios()
        for name in STAGES:
            yield from self.funnel(name)

    def rows(self, table: str, met: Met = every) -> list[Row]:
        return [row for row in self.shop.tables[table] if met(row) and self.since <= row["at"] < self.until]

    def units(self, rows: list[Row]) -> list[str]:
        return sorted({row["currency"] for row in rows}) or [self.shop.world.base or ""]

    def groups(self, table: str, met: Met = every) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
        """All rows, and then those of each group."""
        yield from self.grouped(self.rows(table, met), [each for each in self.by if each not in OF_MESSAGES or table in ("messages", "held_out")])

    def grouped(self, rows: list[Row], by: list[str]) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
        yield (), rows
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in rows if by else ():
            for group in self.belongs(row, by):
                groups.setdefault(group, []).append(row)
        yield from groups.items()

    def belongs(self, row: Row, by: list[str]) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = [()]
        for dimension in by:
            found = [(*group, word) for group in found for word in self.words(row, dimension)]
        return found

    def words(self, row: Row, dimension: str) -> list[str]:
        if dimension in OF_MESSAGES:
            return [row[dimension]]
        if dimension == "week":
            return [week_of(row["at"], self.zone)]
        if dimension == "segment":
            return sorted({name for name, since, until in self.shop.inside[row["person"]] if since <= row["at"] < until}) or ["(none)"]
        firsts = self.shop.stands[row["person"]]
        return [next((stage for stage in ("loyalty", "conversion", "consideration") if firsts.get(stage, row["at"]) < row["at"]), "acquisition")]

    def followed(self, name: str) -> Iterator[tuple[Key, Said]]:
        table, below, other, follows, after, until, itself, same = FOLLOWED[name]
        horizon = self.shop.horizon

        def following(row: Row) -> list[Row]:
            return [
                each
                for each in self.shop.of(row["person"], other)
                if follows(each)
                and each["at"] <= row["at"] + until
                and (each["at"] > row["at"] + after or (itself and each["at"] == row["at"] + after))
                and (not same or (row["properties"].get(same) is not None and each["properties"].get(same) == row["properties"].get(same)))
            ]

        for group, rows in self.groups(table, below):
            over = [row for row in rows if row["at"] + until <= horizon]
            young = len(rows) - len(over)
            if name.startswith("clv"):
                spent = [each for row in over for each in following(row)]
                for unit in self.units(spent):
                    mine = [each for each in spent if each["currency"] == unit]
                    known = [each["net"] for each in mine if each["net"] is not None]
                    total = None if mine and not known else math.fsum(known)
                    yield (name, group, unit, None), Said(None if total is None or not over else total / len(over), total, len(over), young)
            else:
                hits = sum(bool(following(row)) != (name == "churn-30d") for row in over)
                yield (name, group, None, None), Said(hits / len(over) if over else None, hits, len(over), young)

    def ratios(self) -> Iterator[tuple[Key, Said]]:
        people = {group: len({row["person"] for row in rows}) for group, rows in self.groups("sessions")}
        visits = {group: len(rows) for group, rows in self.groups("sessions")}
        buyers = {group: len({row["person"] for row in rows if row["orders"]}) for group, rows in self.groups("sessions")}
        for group, number in people.items():
            yield ("sessions-per-user", group, None, None), divided(visits[group], number)
            yield ("customer-conversion-rate", group, None, None), divided(buyers[group], number)
        valued = dict(self.groups("messages", lambda row: final(row) and row["value"] is not None))
        yield from self.money("value-per-message", "value", valued, {group: len(rows) for group, rows in valued.items()})
        spent = dict(self.groups("orders"))
        yield from self.money("revenue-per-user", "net", spent, people)
        yield from self.money("revenue-per-session", "net", spent, visits)

    def money(self, name: str, column: str, above: dict[tuple[str, ...], list[Row]], below: dict[tuple[str, ...], int]) -> Iterator[tuple[Key, Said]]:
        for group in above.keys() | below.keys():
            rows = above.get(group, [])
            for unit in self.units(rows):
                mine = [row for row in rows if row["currency"] == unit]
                known = [row[column] for row in mine if row[column] is not None]
                yield (name, group, unit, None), divided(None if mine and not known else math.fsum(known), below.get(group, 0))

    def funnel(self, name: str) -> Iterator[tuple[Key, Said]]:
        of, within, stages = STAGES[name]
        ways = []
        for row in self.rows("sessions") if of == "sessions" else self.shop.tables["people"] + self.others():
            events = self.shop.of(row["person"], "events")
            if of == "sessions":
                events = [each for each in events if each["session"] == row["number"]]
            else:
                events = [each for each in events if each["at"] >= self.since]
                if not events or events[0]["at"] >= self.until:
                    continue
            reached = walk(events, [event for _, event in stages], within)
            if reached:
                at = row["at"] if of == "sessions" else events[0]["at"]
                ways.append({"person": row["person"], "at": at, "reached": reached, "over": of == "sessions" or at + within <= self.shop.horizon})
        for group, rows in self.grouped(ways, [each for each in self.by if each not in (*OF_MESSAGES, "stage")]):
            counts = [sum(row["over"] and row["reached"] > number for row in rows) for number in range(len(stages))]
            for number, (stage, _) in enumerate(stages):
                lost = counts[number] - counts[number + 1] if number + 1 < len(stages) else None
                share = lost / counts[number] if lost is not None and counts[number] else None
                pending = sum(not row["over"] for row in rows) if number == 0 else 0
                yield (name, group, None, stage), Said(share, lost, counts[number], pending)

    def others(self) -> list[Row]:
        """People who never came: only their mailbox is known."""
        came = {row["person"] for row in self.shop.tables["people"]}
        return [{"person": person} for person in {row["person"] for row in self.shop.tables["events"]} - came]


def walk(events: list[Row], stages: list[tuple[str, ...]], within: int) -> int:
    """How many stages are reached. The events are in order of time."""
    place = began = 0
    for number, stage in enumerate(stages):
        start = place + 1 if number and stage in stages[:number] else place
        found = next((here for here in range(start, len(events)) if not stage or events[here]["name"] in stage), None)
        if found is None or (number and within and events[found]["at"] > began + within):
            return number
        place = found
        began = events[found]["at"] if not number else began
    return len(stages)


def divided(above: float | None, below: int) -> Said:
    return Said(above / below if above is not None and below else None, above, below)


def week_of(at: int, zone: ZoneInfo) -> str:
    year, week, _ = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date().isocalendar()
    return f"{year}-W{week:02}"


def day_bounds(first: date, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """From the midnight that begins the first day to the one that ends the last."""

    def midnight(day: date) -> int:
        return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)

    return midnight(first), midnight(last + timedelta(days=1))
