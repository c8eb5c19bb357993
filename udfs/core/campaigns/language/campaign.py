"""Reads a campaign document (YAML as plain values, its templates inlined) into a Campaign.

Every problem is collected, each with the path to what is wrong; what the language will have but has not yet is refused as "not yet",
never taken and ignored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from udfs.core.campaigns.campaign import Campaign, Entry
from udfs.core.campaigns.exits import held_against
from udfs.core.campaigns.expect import NOTHING_EXPECTED
from udfs.core.campaigns.experiment import Experiment
from udfs.core.campaigns.goal import Goal
from udfs.core.campaigns.language.because import read_because
from udfs.core.campaigns.language.choose import read_choose
from udfs.core.campaigns.language.expect import read_expect
from udfs.core.campaigns.language.experiment import read_experiment
from udfs.core.campaigns.language.goal import read_goal
from udfs.core.campaigns.language.reader import NAME, CampaignError, CampaignReader
from udfs.core.campaigns.language.reads import reads_of
from udfs.core.campaigns.language.rollout import read_rollout
from udfs.core.campaigns.language.scores import read_scores
from udfs.core.campaigns.language.shape import CAMPAIGN_KEYS, ENTRY, SEND
from udfs.core.campaigns.language.steps import read_steps
from udfs.core.campaigns.language.trigger import has_event, read_trigger
from udfs.core.campaigns.language.uplift import read_uplift
from udfs.core.campaigns.language.variants import read_variants
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.features.features import FeatureSet
from udfs.core.policy.rules import MARKETING, TRANSACTIONAL
from udfs.core.values import chance
from udfs.core.values.durations import DAY, HOUR
from udfs.core.values.problems import Problem, shown
from udfs.core.values.shapes import keys, words

NOT_YET = {"cost": "costs"}
RENAMED = {"control": "control_group"}
"""Keys of earlier versions -> their names today."""
EXPIRES = DAY


def compile_campaign(document: Any, *, features: FeatureSet, segments: Iterable[str] = (), version: str = "", paused: bool = False) -> Campaign:
    """A campaign from its document, against the declared features and segments; CampaignError with every problem in it."""
    if not isinstance(document, Mapping):
        raise CampaignError([Problem((), "a campaign is a mapping that begins with campaign: its-name")])
    reader = CampaignReader(_vocabulary(document, features, segments))
    scores = read_scores(reader, document["score"]) if "score" in document else {}
    reader.vocabulary = asked_early = replace(reader.vocabulary, scores=tuple(scores), intents=True)
    name = _head(reader, document)
    trigger = read_trigger(reader, document.get("trigger"))
    reader.vocabulary = replace(asked_early, items=True)  # from here on it is asked where a decision says what was read
    entry = _entry(reader, document.get("entry", {}), journey="steps" in document)
    reader.vocabulary = replace(reader.vocabulary, recommends=True)  # and from here on what its id is made of is known
    when = reader.condition(("when",), document["when"]) if "when" in document else None
    control_group = reader.share(("control_group",), document["control_group"]) if "control_group" in document else 0.0
    variants, weights = read_variants(reader, document)
    because = read_because(reader, document, scores, variants)
    steps = read_steps(reader, document)
    value = _value(reader, document["value"]) if "value" in document else None
    goal = read_goal(reader, document["goal"]) if "goal" in document else None
    experiment = _experiment(reader, document, control_group, goal) if "experiment" in document else None
    rollout = read_rollout(reader, document["rollout"], has_goal="goal" in document) if "rollout" in document else None
    bandit = read_choose(reader, document, goal, steps)
    uplift = read_uplift(reader, document, scores)
    expires, at_best = _send(reader, document.get("send", {}))
    expect = read_expect(reader, document["expect"], variants) if "expect" in document else NOTHING_EXPECTED
    priority = _priority(reader, document.get("priority", 0))
    purpose = _purpose(reader, document.get("purpose", MARKETING), at_best=at_best)
    tags = _tags(reader, document.get("tags", []))
    if reader.problems:
        raise CampaignError(reader.problems)
    return Campaign(
        name=name,
        version=version,
        paused=paused,
        trigger=trigger,
        when=when,
        entry=entry,
        control_group=control_group,
        variants=tuple(variants),
        shares=chance.split(weights),
        scores=scores,
        value=value,
        expires=expires,
        priority=priority,
        purpose=purpose,
        tags=tags,
        steps=steps,
        goal=goal,
        experiment=experiment,
        bandit=bandit,
        uplift=uplift,
        rollout=rollout,
        at_best=at_best,
        expect=expect,
        because=because,
        **reads_of(reader.names, when=when, held_against=held_against(trigger.unless) | (steps.held_against if steps else frozenset())),
    )


def _vocabulary(document: Mapping[Any, Any], features: FeatureSet, segments: Iterable[str]) -> Vocabulary:
    """What its trigger and its scores may name."""
    return Vocabulary(
        features=features.computes,
        event=has_event(document.get("trigger")),
        segments=tuple(segments),
        messages=_names_of_variants(document) if "steps" in document else (),
    )


def _names_of_variants(document: Mapping[Any, Any]) -> tuple[str, ...]:
    found = document.get("variants")
    return tuple(map(str, found)) if isinstance(found, Mapping) else ()


def _head(reader: CampaignReader, document: Mapping[Any, Any]) -> str:
    """Its name. The keys of the document, its texts and the events that it declares are checked with it."""
    reader.keys((), document, CAMPAIGN_KEYS, NOT_YET, RENAMED)
    reader.text((), document)
    name = document.get("campaign")
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > 64:
        reader.refuse(("campaign",), f"{shown(name)} is not a name: write lower-case words joined by hyphens, at most 64 characters")
    if "custom_events" in document:
        reader.events(("custom_events",), document["custom_events"])
    return str(name)


def _value(reader: CampaignReader, found: Any) -> Expression | None:
    """What acting is worth."""
    value = reader.value(("value",), found)
    if isinstance(found, bool):
        reader.refuse(("value",), "value is a number, or an expression that gives one", "write what acting is worth, such as 0.1 * cart.value")
    return value


def _experiment(reader: CampaignReader, document: Mapping[Any, Any], control_group: float, goal: Goal | None) -> Experiment | None:
    return read_experiment(
        reader,
        document["experiment"],
        variants=_names_of_variants(document),
        control_group=control_group,
        goal=goal,
        is_journey="steps" in document,
        chooses=document.get("choose", "split") != "split",
    )


def _priority(reader: CampaignReader, found: Any) -> int:
    if isinstance(found, int | float) and not isinstance(found, bool) and (isinstance(found, int) or found.is_integer()):
        return int(found)
    reader.refuse(("priority",), "priority is a whole number; the higher goes first", "write a number, such as 10")
    return 0


def _purpose(reader: CampaignReader, found: Any, *, at_best: bool) -> str:
    """What it needs consent to; a transactional message does not wait for a better hour."""
    if not reader.empty(("purpose",), found, "a purpose, such as marketing"):
        reader.purpose(("purpose",), found)
    if at_best and found == TRANSACTIONAL:
        reader.refuse(("send", "at"), "a transactional message is not put off to a better hour", "leave at out")
    return str(found)


def _tags(reader: CampaignReader, found: Any) -> tuple[str, ...]:
    if isinstance(found, list) and all(isinstance(tag, str) for tag in found):
        return tuple(found)
    reader.refuse(("tags",), "tags are a list of words")
    return ()


def _entry(reader: CampaignReader, found: Any, *, journey: bool) -> Entry:
    if not isinstance(found, Mapping):
        reader.refuse(("entry",), "entry is a mapping such as {once_per: cart.id, again: 7d}")
        return Entry()
    reader.keys(("entry",), found, keys(ENTRY), {})
    once_per = reader.value(("entry", "once_per"), found["once_per"]) if "once_per" in found else None
    again = reader.duration(("entry", "again"), found["again"]) if "again" in found else None
    if "concurrent" not in found or reader.empty(("entry", "concurrent"), found["concurrent"], "a number, such as 3"):
        return Entry(once_per=once_per, again=again, concurrent=None)
    concurrent = reader.whole(
        ("entry", "concurrent"),
        found["concurrent"],
        least=ENTRY["properties"]["concurrent"]["minimum"],
        most=ENTRY["properties"]["concurrent"]["maximum"],
        what="concurrent, how many runs go on side by side,",
    )
    if not (journey and "once_per" in found):
        reader.refuse(("entry", "concurrent"), "concurrent goes with steps and once_per: without a key there is one run at a time", "leave it out")
    return Entry(once_per=once_per, again=again, concurrent=concurrent)


def _send(reader: CampaignReader, found: Any) -> tuple[int, bool]:
    """How long its message is of use, milliseconds, and whether it waits for the customer's best hour."""
    if not isinstance(found, Mapping):
        reader.refuse(("send",), "send is a mapping such as {expires: 6h}")
        return EXPIRES, False
    reader.keys(("send",), found, keys(SEND), {})
    expires = (reader.duration(("send", "expires"), found["expires"]) if "expires" in found else None) or EXPIRES
    if "at" not in found:
        return expires, False
    reader.choice(("send", "at"), found["at"], words(SEND, "at"), "at, when it is sent,")
    if expires <= HOUR:
        reader.refuse(
            ("send", "expires"), "at: best chooses an hour, and this message is of use for an hour at most", "let it live longer, such as 24h"
        )
    return expires, True
