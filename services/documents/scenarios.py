"""Scenarios: stories of one or a few customers with the decisions that a campaign must make. They run through the job's own engine.

`<campaign>.scenarios.yaml`, next to the campaign, holds a list of them, or several documents separated by `---`:

    scenario: a cart over 99, idle for half an hour
    given: [{at: "10:00", event: product_added, properties: {product_id: tent, price: 120, quantity: 1}}]
    expect: [{at: "10:30", outcome: acted, channel: email}]

* `given`: events in the order of arrival, late ones included. A receipt names the variant whose latest message it is about:
  {at: "10:40", event: message_opened, of: discount}. Afterwards time moves on until nothing is pending, or to `until`.
* `expect`: every decision of the campaign, by time. Each names only the fields to compare.
* `recalls`: every message that is recalled, each with the fields to compare. Without it, recalls are not compared.
* `policy`: the rules, or the name of a file in the same folder.
* `models`: what each model says; without it, cold starts answer.
* `because`: what each feature adds to the answer of a model: {churn: {visits_30d: -0.4}}. Messages that say why they are sent go by it.
* `catalogue`: the products that item(…) finds, or the name of a feed in the same folder.
* `recommender`: what recommend(…) asks, such as {together: {tent: [stove, lamp]}, popular: [mug]}.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from services.documents.files import CampaignFile, only
from services.documents.findings import BadFile, Finding
from services.documents.scenario import Given, Scenario
from services.documents.scenario_items import catalogue_of
from services.documents.scenario_models import adds_of, models_of
from services.documents.scenario_recommender import learned_of
from services.documents.scenario_shape import EXPECT, GIVEN, RECALL, SCENARIO
from services.documents.yaml12 import Where, YamlDocument, read_all
from udfs.core.policy.language.policy import compile_policy
from udfs.core.values.problems import DocumentError, did_you_mean, short
from udfs.core.values.shapes import keys, words

DAY = date(2026, 1, 5)
"""The default day of a scenario, a Monday."""
USER = "u1"
TIMES = ("at", "deferred_until")
_NOTHING = "nothing is decided then: leave the line out"
_OUTCOMES = {
    **dict.fromkeys(("sent", "send", "delivered", "act", "message_sent"), "write acted: Kairos decides, a delivery system sends"),
    **dict.fromkeys(("skipped", "suppressed", "blocked", "refused", "rejected", "capped", "denied"), "write withheld"),
    **dict.fromkeys(("holdout", "global_holdout", "heldout"), "write held_out"),
    **dict.fromkeys(("control_group", "experiment_control"), "write control"),
    **dict.fromkeys(("delayed", "postponed", "waiting", "throttled", "scheduled"), "write deferred"),
    **dict.fromkeys(("cancelled", "canceled", "exited", "none", "nothing", "unmet"), _NOTHING),
    "recalled": "write it under recalls, without an outcome",
}
"""What others call an outcome, and what it is called here."""
_CLOCK = re.compile(r"(?:([+-]\d+)d\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?")


def load_scenarios(file: Path) -> list[Scenario]:
    """Read a file of scenarios. Raises BadFile with everything that is wrong with it."""
    scenarios: list[Scenario] = []
    findings: list[Finding] = []
    for source in read_all(file):
        for path, value in _told(source):
            reader = _Reader(source, path)
            scenarios += reader.scenario(value)
            findings += reader.findings
    if not scenarios and not findings:
        findings.append(Finding(file=file, line=1, column=1, message="has no scenario", suggestion="begin with `scenario: what happens`"))
    if findings:
        raise BadFile(findings)
    return scenarios


def parse_time(text: Any, *, day: date) -> int:
    """Read a time (UTC): `10:00`, `10:00:30`, `+2d 10:00` (days after the scenario's), or a full ISO date and time. Raises ValueError."""
    match = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        if match is not None:
            days, hour, minute, second, fraction = match.groups()
            clock = time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(3, "0")) * 1000, tzinfo=UTC)
            return _millis(datetime.combine(day + timedelta(days=int(days or 0)), clock))
        found = datetime.fromisoformat(text)
        return _millis(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError) as e:
        msg = f"{text!r} is not a time: write 10:00, 10:00:30, +2d 10:00 or 2026-01-05T10:00:00Z"
        raise ValueError(msg) from e


def spoken(at: int, *, day: date) -> str:
    """Format a time as scenarios write it."""
    found = datetime.fromtimestamp(at / 1000, UTC)
    days = (found.date() - day).days
    clock = found.strftime("%H:%M:%S" if found.second or found.microsecond else "%H:%M")
    clock += f".{found.microsecond // 1000:03}" if found.microsecond else ""
    return f"{days:+}d {clock}" if days else clock


def _millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _told(source: YamlDocument) -> Iterator[tuple[Where, Any]]:
    if isinstance(source.value, list):
        yield from (((index,), value) for index, value in enumerate(source.value))
    else:
        yield (), source.value


class _Reader:
    """Reads one scenario and collects what is wrong with it."""

    def __init__(self, source: YamlDocument, path: Where) -> None:
        self.source = source
        self.path = path
        self.day = DAY
        self.findings: list[Finding] = []

    def refuse(self, where: Where, message: str, suggestion: str | None = None, *, key: bool = False) -> None:
        self.findings.append(self.source.finding((*self.path, *where), message, suggestion=suggestion, key=key))

    def scenario(self, value: Any) -> list[Scenario]:
        if not isinstance(value, dict) or not isinstance(value.get("scenario"), str):
            self.refuse((), "a scenario is a mapping that begins with `scenario: what happens`")
            return []
        self._known((), value, keys(SCENARIO))
        if "day" in value:
            try:
                self.day = date.fromisoformat(str(value["day"]))
            except ValueError:
                self.refuse(("day",), f"{value['day']!r} is not a day: write 2026-01-05")
        campaigns = value.get("campaigns", "own")
        if campaigns not in words(SCENARIO, "campaigns"):
            self.refuse(("campaigns",), f"{campaigns!r}: write `campaigns: all` to run the others with this one, or leave it out")
        given = [self._given(index, item) for index, item in enumerate(self._list(value, "given"))]
        expect = [self._expect(index, item) for index, item in enumerate(self._list(value, "expect"))]
        recalls = [self._recall(index, item) for index, item in enumerate(self._list(value, "recalls"))] if "recalls" in value else None
        policy = self._policy(value["policy"]) if "policy" in value else None
        until = self._at(("until",), value["until"]) if "until" in value else None
        now = _millis(datetime.combine(self.day, time(), tzinfo=UTC))
        catalogue = catalogue_of(value["catalogue"], folder=self.source.file.parent, now=now, refuse=self.refuse) if "catalogue" in value else None
        recommender = learned_of(value["recommender"], folder=self.source.file.parent, refuse=self.refuse) if "recommender" in value else None
        models = models_of(value["models"], refuse=self.refuse) if "models" in value else {}
        because = adds_of(value["because"], refuse=self.refuse) if "because" in value else {}
        if self.findings:
            return []
        return [
            Scenario(
                name=value["scenario"],
                given=tuple(item for item in given if item is not None),
                expect=tuple(expect),
                recalls=None if recalls is None else tuple(recalls),
                until=until,
                all_campaigns=campaigns == "all",
                policy=policy,
                day=self.day,
                source=self.source,
                path=self.path,
                models=models,
                because=because,
                catalogue=catalogue,
                recommender=recommender,
            )
        ]

    def _list(self, value: Mapping[str, Any], name: str) -> list[Any]:
        found = value.get(name)
        if isinstance(found, list):
            return found
        self.refuse(
            (name,) if name in value else (), f"`{name}` is a list" + (" of events" if name == "given" else ", empty when nothing must happen")
        )
        return []

    def _known(self, where: Where, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in found:
            if key not in known:
                self.refuse((*where, key), f"unknown key '{key}'", did_you_mean(key, known) or f"known here: {', '.join(known)}", key=True)

    def _word(self, where: Where, word: Any, known: tuple[str, ...], meant: Mapping[str, str] | None = None) -> None:
        """One of a few words, if it is given at all."""
        what, written = str(where[-1]), "null" if word is None else str(word)
        if word in known or (word is None and what != "outcome"):
            return
        hint = (meant or {}).get(written.lower().replace(" ", "_")) or (f"write {written.upper()}" if written.upper() in known else None)
        near = did_you_mean(written.upper() if what == "reason" else written, known)
        self.refuse(where, f"there is no {what} '{short(written)}'", hint or near or f"write one of {', '.join(known)}")

    def _at(self, where: Where, text: Any) -> int:
        try:
            return parse_time(text, day=self.day)
        except ValueError as e:
            self.refuse(where, str(e))
            return 0

    def _given(self, index: int, item: Any) -> Given | None:
        where: Where = ("given", index)
        if not isinstance(item, dict) or not isinstance(item.get("event"), str) or "at" not in item:
            self.refuse(where, 'an event has a time and a name: {at: "10:00", event: product_viewed, properties: {product_id: tent}}')
            return None
        self._known(where, item, keys(GIVEN))
        for part in ("properties", "traits", "context"):
            if not isinstance(item.get(part, {}), dict):
                self.refuse((*where, part), f"`{part}` is a mapping")
        at, user, name = self._at((*where, "at"), item["at"]), str(item.get("user", USER)), item["event"]
        kind = item.get("type", name if name in {"page", "screen", "identify", "alias", "group"} else "track")
        stamp = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
        payload = {"messageId": str(item.get("message_id", f"m{index + 1}")), "type": kind, "userId": user, "timestamp": stamp}
        payload |= {"event": name} if kind == "track" else {}
        payload |= {part: item[part] for part in ("properties", "traits", "context") if part in item}
        of = item.get("of")
        if of is not None and not isinstance(of, str):
            self.refuse((*where, "of"), "`of` names a variant whose message was sent: {event: message_opened, of: hello}")
            return None
        return Given(at=at, user=user, payload=payload, where=where, of=of)

    def _expect(self, index: int, item: Any) -> dict[str, Any]:
        where: Where = ("expect", index)
        if not isinstance(item, dict) or not {"at", "outcome"} <= item.keys():
            self.refuse(where, 'an expectation has a time and an outcome: {at: "10:30", outcome: acted}')
            return {}
        self._known(where, item, keys(EXPECT))
        self._word((*where, "outcome"), item["outcome"], words(EXPECT, "outcome"), _OUTCOMES)
        self._word((*where, "reason"), item.get("reason"), words(EXPECT, "reason"))
        for part in ("content", "offer"):
            if not isinstance(item.get(part, {}), dict):
                self.refuse((*where, part), f"`{part}` is a mapping of fields")
        return {**item, **{name: self._at((*where, name), item[name]) for name in TIMES if item.get(name) is not None}}

    def _recall(self, index: int, item: Any) -> dict[str, Any]:
        where: Where = ("recalls", index)
        if not isinstance(item, dict) or "at" not in item:
            self.refuse(where, 'a recall has a time: {at: "10:31", variant: reminder}')
            return {}
        self._known(where, item, keys(RECALL))
        self._word((*where, "reason"), item.get("reason"), words(RECALL, "reason"))
        return {"outcome": "recalled", **item, "at": self._at((*where, "at"), item["at"])}

    def _policy(self, value: Any) -> CampaignFile | None:
        """Rules written here, or in a file in the folder of the scenarios."""
        if not isinstance(value, (str, dict)):
            self.refuse(("policy",), "`policy` holds rules, such as {caps: […]}, or names a file in the same folder, such as policy.yaml")
            return None
        if isinstance(value, str):
            try:
                file = only(self.source.file.parent / value, "policy")
            except BadFile as e:
                self.findings += e.findings
                return None
        else:
            file = CampaignFile(file=self.source.file, kind="policy", name="policy", document=value, source=self.source)
        try:
            compile_policy(file.document)
        except DocumentError as e:
            self.findings += [
                file.locate(problem) if isinstance(value, str) else file.locate(problem.under(*self.path, "policy")) for problem in e.problems
            ]
        return file
