"""Run scenarios through the local job, and report differences from the expected decisions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from services.control.records import book_entries
from services.documents.files import CampaignFile, recommendations_for, segments_for
from services.documents.scenario import Given, Scenario
from services.documents.scenario_recommender import Unread
from services.documents.scenarios import TIMES, spoken
from services.items.local import catalogue_of
from services.local.again import decide_again
from services.local.job import LocalJob, Output
from services.local.told import ToldModels
from services.local.unmet import of_campaign
from services.replay.records import Record
from services.replay.times import date_and_time, with_times
from udfs.codecs.reasons import MISSING
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.items.item import NO_SHELF, Fixed, Shelf
from udfs.core.recommend.recommender import NO_STAND, FixedStand, Stand
from udfs.core.records import Action, Decision, Recall, Rejection

_GROUPS = {"held_out": "the holdout of the policy", "control": "the control group of the campaign"}
LAST = 400 * 86_400_000
"""Milliseconds after the last event at which a story without `until` ends, even if something is still pending."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A decision or a recall, with its action, if any."""

    decision: Decision | Recall
    action: Action | None

    def value(self, name: str) -> Any:
        """The value of the decision or its action, under a name that expectations use."""
        if name == "score":
            return {each: told.score for each, told in self.decision.scores.items()} if isinstance(self.decision, Decision) else {}
        if name in {"content", "offer"}:
            return getattr(self.action, name) if self.action is not None else None
        if isinstance(self.decision, Recall) and name in {"outcome", "variant"}:
            return "recalled" if name == "outcome" else self.action.variant if self.action is not None else None
        return getattr(self.decision, {"user": "user_id"}.get(name, name))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The result of a scenario."""

    scenario: Scenario
    passed: bool
    lines: list[str] = field(default_factory=list)
    """If it failed: expected and actual decisions, as text."""
    links: int = 0
    """Ids that were linked to a person."""


def try_out(
    scenario: Scenario,
    *,
    campaign: CampaignFile,
    files: Sequence[CampaignFile],
    features: CampaignFile,
    shelf: Shelf = NO_SHELF,
    stand: Stand = NO_STAND,
) -> Trial:
    """Run one scenario of a campaign. `files` are the other campaigns, which run if the scenario asks for all; `shelf` has the catalogue of those
    scenarios that have none of their own, `stand` what recommends in them."""
    beside = [file for file in files if file.kind == "campaign"] if scenario.all_campaigns else [campaign]
    rules = [file for file in (segments_for(files), recommendations_for(files), scenario.policy) if file is not None]
    shelf = Fixed(catalogue_of(scenario.catalogue)) if scenario.catalogue is not None else shelf
    if isinstance(scenario.recommender, Unread):
        raise scenario.recommender.missing
    stand = FixedStand(scenario.recommender) if scenario.recommender is not None else stand
    models = ToldModels(scenario.models, scenario.because)
    job = LocalJob(models.of(compile_book(book_entries([features, *beside, *rules]))), shelf=shelf, stand=stand, scorer=models)
    try:
        outcomes = _play(scenario, job)
    except _Refused as e:
        return Trial(scenario=scenario, passed=False, lines=str(e).splitlines())
    mine = [outcome for outcome in outcomes if scenario.all_campaigns or outcome.decision.campaign == campaign.name]
    pairs = _aligned(scenario.expect, [outcome for outcome in mine if isinstance(outcome.decision, Decision)])
    if scenario.recalls is not None:
        pairs += _aligned(scenario.recalls, [outcome for outcome in mine if isinstance(outcome.decision, Recall)])
    if all(expected is not None and got is not None and not _differences(expected, got) for expected, got in pairs):
        return Trial(scenario=scenario, passed=True, links=len(job.links))
    lines = [line for expected, got in pairs for line in _compared(expected, got, scenario)]
    counted = ", ".join(f"{name} {count}" for name, count in sorted(job.engine.counts.items()) if count)
    why = _why(scenario, job, outcomes, campaign.name)
    lines = [*outcomes.set_aside, *lines, *_in_holdout(scenario, outcomes), *why, f"the engine counted: {counted or 'nothing'}"]
    return Trial(scenario=scenario, passed=False, lines=lines, links=len(job.links))


def _in_holdout(scenario: Scenario, outcomes: "_Outcomes") -> list[str]:
    """Whose outcome is that of a holdout or control group, where an action was expected: a draw by their id, and no fault of the campaign."""
    decided = (outcome.decision for outcome in outcomes)
    groups = {decision.user_id: str(decision.outcome) for decision in decided if isinstance(decision, Decision) and decision.outcome in _GROUPS}
    if not any(expected.get("outcome") == "acted" for expected in scenario.expect):
        return []
    return [
        f"            {user} is in {_GROUPS[group]}, by a draw over the user's id: give the events another user, such as user: {_other(user)}"
        for user, group in groups.items()
    ]


def _other(user: str) -> str:
    """A user id that is not this one."""
    return "u2" if user != "u2" else "u3"


def _why(scenario: Scenario, job: LocalJob, outcomes: "_Outcomes", name: str) -> list[str]:
    """What was not met, for each customer of the story, in the words of `kairos explain`."""
    lines: list[str] = []
    engine, links, drain = job.engine, job.links, 0 if scenario.until is not None else LAST
    for user in dict.fromkeys(links.person(given.user) for given in scenario.given):
        trace = decide_again(
            engine.book,
            outcomes.records,
            user=user,
            until=scenario.until,
            drain=drain,
            links=links,
            shelf=engine.shelf,
            stand=engine.stand,
            scorer=engine.scorer,
        )
        lines += [f"why         {user}: {line}" for line in of_campaign(trace, name)]
    return lines


class _Refused(Exception):
    """An event of the story that the job would reject."""


class _Outcomes(list[Outcome]):
    """The result of a story."""

    def __init__(self, outcomes: Iterable[Outcome], set_aside: Sequence[str], records: Sequence[Record]) -> None:
        super().__init__(outcomes)
        self.records = records
        """Its events, as records."""
        self.set_aside = set_aside
        """What could not be read of its events, in words."""


def _play(scenario: Scenario, job: LocalJob) -> _Outcomes:
    """Feed the events in the order of the file, then settle what is pending; decisions in the order of their times."""
    records: list[Output] = []
    set_aside: list[str] = []
    told: list[Record] = []
    for given in scenario.given:
        payload = given.payload
        for outputs in job.until(given.at - 1):  # at the same time the event comes first
            records += outputs
        if given.of is not None:
            payload = {**payload, "properties": {"decision_id": _message(records, given, scenario), **payload.get("properties", {})}}
        told.append(Record(given.at, given.user.encode(), json.dumps(payload).encode()))
        outputs = job.take(told[-1])
        for output in outputs:
            if not isinstance(output, Rejection):
                continue
            at_fault = f"{output.reason}: {output.message}"
            if output.accepted:
                said = "this event lacks something" if output.reason in MISSING else "the job would set a part of this event aside"
                set_aside.append(str(scenario.finding(given.where, f"{said}, {at_fault}")))
            else:
                raise _Refused(str(scenario.finding(given.where, f"the job would reject this event, {at_fault}")))
        records += outputs
    end = scenario.until if scenario.until is not None else max((given.at for given in scenario.given), default=0) + LAST
    for outputs in job.until(end):
        records += outputs
    actions = {(record.decision_id, record.attempt): record for record in records if isinstance(record, Action)}
    decisions = sorted((record for record in records if isinstance(record, (Decision, Recall))), key=lambda record: (record.at, record.user_id))
    return _Outcomes(
        (Outcome(decision=decision, action=actions.get((decision.decision_id, decision.attempt))) for decision in decisions), set_aside, told
    )


def _message(records: Sequence[Output], given: Given, scenario: Scenario) -> str:
    """The decision behind the latest message of the variant that a receipt names."""
    sent = [record for record in records if isinstance(record, Action) and record.user_id == given.user]
    found = next((action.decision_id for action in reversed(sent) if action.variant == given.of), None)
    if found is None:
        known = ", ".join(dict.fromkeys(action.variant for action in sent)) or "nothing"
        raise _Refused(str(scenario.finding((*given.where, "of"), f"no message '{given.of}' was sent to {given.user} before: {known} was")))
    return found


def _aligned(expect: Sequence[Mapping[str, Any]], got: Sequence[Outcome]) -> list[tuple[Mapping[str, Any] | None, Outcome | None]]:
    """Pair expectations with decisions, in order, so that as many as possible match; the rest are paired by position."""
    best = [[0] * (len(got) + 1) for _ in range(len(expect) + 1)]
    fits = [[not _differences(expected, outcome) for outcome in got] for expected in expect]
    for i in range(len(expect) - 1, -1, -1):
        for j in range(len(got) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + 1 if fits[i][j] else 0)
    pairs: list[tuple[Mapping[str, Any] | None, Outcome | None]] = []
    i = j = start_i = start_j = 0
    while i < len(expect) and j < len(got):
        if fits[i][j] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs += zip_longest(expect[start_i:i], got[start_j:j])
            pairs.append((expect[i], got[j]))
            i, j = i + 1, j + 1
            start_i, start_j = i, j
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return [*pairs, *zip_longest(expect[start_i:], got[start_j:])]


def _differences(expected: Mapping[str, Any], got: Outcome) -> list[str]:
    """Name the fields that differ. Content is compared field by field: each must contain the expected text."""
    wrong = []
    for name, wanted in expected.items():
        found = got.value(name)
        if name == "content":
            texts = found or {}
            wrong += [f"content.{part}" for part, text in wanted.items() if str(text) not in str(texts.get(part, ""))]
        elif name == "offer":
            wrong += [f"offer.{part}" for part, value in wanted.items() if (found or {}).get(part) != value]
        elif name == "score" and isinstance(wanted, Mapping):
            wrong += [f"score.{part}" for part, value in wanted.items() if found.get(part) != value]
        elif name == "score":
            wrong += [name] * (list(found.values()) != ([] if wanted is None else [wanted]))
        elif found != wanted:
            wrong.append(name)
    return wrong


def _compared(expected: Mapping[str, Any] | None, got: Outcome | None, scenario: Scenario) -> list[str]:
    if expected is None and got is not None:
        return [f"unexpected  {_told(got, scenario)}"]
    if expected is None:
        return []
    told = {name: spoken(value, day=scenario.day) if name in TIMES and value is not None else value for name, value in expected.items()}
    wanted = f"{told.pop('at')} {_plain(told)}"
    if got is None:
        return [f"missing     {wanted}"]
    wrong = _differences(expected, got)
    if not wrong:
        return [f"as expected {_told(got, scenario)}"]
    shown = {name: _shown(got, name, scenario) for name in wrong}
    return [f"expected    {wanted}", f"got         {_told(got, scenario)}", *(f"            {name} is {value}" for name, value in shown.items())]


def _shown(got: Outcome, name: str, scenario: Scenario) -> str:
    if name in TIMES and (at := got.value(name)) is not None:
        return spoken(at, day=scenario.day)
    root, _, part = name.partition(".")
    value = got.value(root)
    value = (value or {}).get(part) if part else value
    return repr(str(value) if isinstance(value, str) else value)


def _told(got: Outcome, scenario: Scenario) -> str:
    decision = got.decision
    what = {name: got.value(name) for name in ("outcome", "reason", "detail", "channel", "variant", "offer")}
    what["detail"] = with_times(what["detail"], lambda at: f"{date_and_time(at)} UTC") or None
    told = _plain({name: value if isinstance(value, dict) else str(value) for name, value in what.items() if value is not None})
    return f"{spoken(decision.at, day=scenario.day)} {told} (campaign {decision.campaign}, user {decision.user_id})"


def _plain(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
