"""Switches: one record on `control` switches a campaign, a model, a channel or everything off, and its tombstone switches it on again."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.control.deployment import deployed_channels
from services.control.listing import Published, entries, standing
from services.control.records import ControlRecord
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from services.documents.asked import models_of
from services.documents.channels import channels_of
from udfs.core.features.features import set_version
from udfs.core.values.channels import CHANNELS
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

Kind = Literal["all", "campaign", "model", "channel"]
PREFIX = "switch/"


class SwitchError(NotFound):
    """There is nothing of that name to switch; the message says what there is."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a switch applies to: everything, or one campaign, model or channel."""

    kind: Kind
    name: str = ""
    """Empty for everything."""

    @property
    def path(self) -> str:
        """The switch's name on `control`: all, campaign/<name>, model/<name>, channel/<name>."""
        return self.kind if self.kind == "all" else f"{self.kind}/{self.name}"

    @property
    def words(self) -> str:
        """The target in words."""
        return "everything" if self.kind == "all" else f"{self.kind} {self.name}"


def switch_off(brokers: str, topic: str, target: Target, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Switch off. Raises SwitchError, before anything is sent, if there is no such campaign, model or channel: a misspelt name would stop nothing."""
    _known(target, standing(entries(brokers, topic)))
    document = {"why": signed.why}
    version = set_version(document)
    value = {
        "kind": "switch",
        "name": target.path,
        "version": version,
        "status": "off",
        "document": document,
        "published_at": int(time.time() * 1000),
        "published_by": "cli",
    }
    record = ControlRecord(
        key=PREFIX + target.path, value=json.dumps(value, ensure_ascii=False).encode(), version=version, status="off", act="switched_off"
    )
    send(brokers, topic, [record], signed=signed)
    return record


def switch_on(brokers: str, topic: str, target: Target, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Switch on again. Raises SwitchError if it is not off."""
    off = [entry.name for entry in switched_off(standing(entries(brokers, topic)))]
    if target.path not in off:
        known = f"off are {', '.join(off)}" if off else "nothing is switched off"
        message = f"{target.words} is not switched off: {known}"
        raise SwitchError(message)
    record = ControlRecord(key=PREFIX + target.path, value=None, act="switched_on")
    send(brokers, topic, [record], signed=signed)
    return record


def switched_off(published: Iterable[Published]) -> list[Published]:
    """The switches that are off."""
    return [entry for entry in published if entry.kind == "switch" and entry.status == "off"]


def in_words(switch: Published) -> str:
    """Describe what is off and why: `channel email is switched off: the provider is down`."""
    kind, _, name = switch.name.partition("/")
    what = "everything" if kind == "all" else f"{kind} {name}"
    why = str(switch.document.get("why") or "")
    return f"{what} is switched off{f': {why}' if why else ''}"


def _known(target: Target, published: Sequence[Published]) -> None:
    """Refuse unknown names. A model counts if a campaign names it, even before it is published; a channel even before it is deployed."""
    named = {entry.name for entry in published if entry.kind == target.kind}
    used = {channel for entry in published if entry.kind == "campaign" for channel, _ in channels_of(entry.document)}
    if target.kind == "model":
        named |= {model for entry in published if entry.kind == "campaign" for model in models_of(entry.document)}
    known = {"all": {""}, "channel": {*CHANNELS, *(deployed_channels(published) or ()), *used}}.get(target.kind, named)
    if target.name not in known:
        there = f"there are {', '.join(sorted(known))}" if known else f"no {target.kind} is published"
        message = f"there is no {target.kind} {target.name!r}: {did_you_mean(target.name, known) or there}"
        raise SwitchError(message)
