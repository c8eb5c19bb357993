"""Publish models. The manifest is checked against the published documents and the model file first. A rollback is one message."""

import time
from collections.abc import Mapping
from typing import Any, Literal

from services.control.listing import Published, entries, standing
from services.control.model_records import ModelError, checked, put_in_front, record
from services.control.records import ControlRecord, Publisher
from services.control.rollouts import Plan, begun, ended, on_trial, taken_back
from services.control.send import send
from services.control.signature import UNSIGNED, Act, Signature
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import did_you_mean


def publish(brokers: str, topic: str, manifest: Mapping[str, Any], *, by: Publisher = "cli", signed: Signature = UNSIGNED) -> ControlRecord:
    """Publish a model as the current version. Raises ModelError, before anything is sent, if the job would refuse it."""
    held = entries(brokers, topic)
    before = {each.name: each.document for each in standing(held) if each.kind == "model"}
    made = record(put_in_front(manifest, before.get(str(manifest.get("model")))), by=by)
    checked(compile_book(held), [made])
    send(brokers, topic, [made], signed=signed)
    return made


def use(brokers: str, topic: str, name: str, version: str, *, act: Act = "used", signed: Signature = UNSIGNED) -> ControlRecord:
    """Make another available version current. A rollout under way ends. Raises ModelError."""
    published = by_name(brokers, topic, name)
    versions = [str(each["version"]) for each in published.document["versions"]]
    found = [each for each in versions if each.startswith(version)]
    if len(found) != 1:
        message = f"{name} has no version {version!r}; available are {', '.join(versions)}"
        raise ModelError(message)
    made = record({**ended(published.document), "current": found[0]}, status="paused" if published.status == "paused" else "live", act=act)
    send(brokers, topic, [made], signed=signed)
    return made


def rollback(brokers: str, topic: str, name: str, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Take back the version on trial; if there is none, return to the version before the current one. Raises ModelError if there is none."""
    published = by_name(brokers, topic, name)
    if version := on_trial(published.document):
        return change(brokers, topic, published, taken_back(published.document, version), act="rolled_back", signed=signed)
    versions = [str(each["version"]) for each in published.document["versions"]]
    earlier = versions[versions.index(str(published.document["current"])) + 1 :]
    if not earlier:
        message = f"{name} has no version before {published.document['current']}: `kairos models pause {name}` uses the cold start instead"
        raise ModelError(message)
    return use(brokers, topic, name, earlier[0], act="rolled_back", signed=signed)


def roll_out(brokers: str, topic: str, manifest: Mapping[str, Any], plan: Plan, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Begin the rollout of a version next to the champion. Raises ModelError, before anything is sent, if the job would refuse it."""
    held = entries(brokers, topic)
    name = str(manifest.get("model"))
    published = {each.name: each for each in standing(held) if each.kind == "model"}.get(name)
    if published is None:
        message = f"no model {name!r} is published, so there is no champion yet: `kairos models promote {name} VERSION` publishes the first"
        raise ModelError(message)
    try:
        document = begun(published.document, manifest, plan, at=int(time.time() * 1000))
    except InvalidInput as error:
        raise ModelError(str(error)) from error
    made = record(document, status="paused" if published.status == "paused" else "live", act="rolled_out")
    checked(compile_book(held), [made])
    send(brokers, topic, [made], signed=signed)
    return made


def change(
    brokers: str, topic: str, published: Published, document: Mapping[str, Any], *, act: Act, by: Publisher = "cli", signed: Signature = UNSIGNED
) -> ControlRecord:
    """Write another document of a published model, which stays paused if it is."""
    made = record(document, status="paused" if published.status == "paused" else "live", act=act, by=by)
    send(brokers, topic, [made], signed=signed)
    return made


def set_status(brokers: str, topic: str, name: str, status: Literal["live", "paused"], *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Pause a model, so that its cold start is used, or resume it. Raises ModelError."""
    made = record(by_name(brokers, topic, name).document, status=status, act="paused" if status == "paused" else "resumed")
    send(brokers, topic, [made], signed=signed)
    return made


def remove(brokers: str, topic: str, name: str, *, signed: Signature = UNSIGNED) -> ControlRecord:
    """Remove a model with a tombstone. Raises ModelError."""
    made = ControlRecord(key=by_name(brokers, topic, name).key, value=None)
    send(brokers, topic, [made], signed=signed)
    return made


def listed(brokers: str, topic: str) -> list[Published]:
    """Every published model."""
    return [each for each in standing(entries(brokers, topic)) if each.kind == "model"]


def by_name(brokers: str, topic: str, name: str) -> Published:
    """A published model. Raises ModelError with the nearest name."""
    models = {each.name: each for each in listed(brokers, topic)}
    if name not in models:
        known = f"published are {', '.join(models)}" if models else "none is published yet: `python -m training` trains and publishes one"
        message = f"no model {name!r} is published: {did_you_mean(name, models) or known}"
        raise ModelError(message)
    return models[name]
