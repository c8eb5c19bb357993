"""Publish campaigns and features: check them, write them to `control`, and wait for the broker. The job applies them within a second."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from services.control.campaign_rollouts import is_same, stands, stopped_of
from services.control.deployment import deployments
from services.control.holds import holds
from services.control.listing import Published, by_name, entries, published, standing
from services.control.offers import too_large
from services.control.records import ControlRecord, Publisher, control_record, rank
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from services.control.states import demoted, kept
from services.documents.channels import not_deployed
from services.documents.check import check
from services.documents.files import CampaignFile, features_for, recommendations_for, segments_for
from services.documents.findings import BadFile, Finding
from services.documents.introduced import introduced
from udfs.core.campaigns.book import HOLD, NEWEST, Book, BookError, Entry
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.features.features import set_version


def publish(
    brokers: str,
    topic: str,
    files: Sequence[CampaignFile],
    *,
    published_by: Publisher = "cli",
    dated: bool = True,
    state: Literal["draft", "live"] | None = None,
    again: bool = False,
    signed: Signature = UNSIGNED,
) -> list[ControlRecord]:
    """Check the files, then publish all of them. Raises BadFile, before anything is sent, if one of them is broken.

    If no features, segments or recommendations are published yet, those that the campaigns are written against are published too.

    `dated` marks new features as known only from now on; leave it out before a replay of their whole history. `state` is the new state of
    the campaigns; None keeps their state (see states.kept). A campaign that uses a channel which one of the deployments lacks counts as
    broken; this cannot be checked if nothing was ever submitted. A version whose rollout was stopped is refused, unless `again`.
    """
    held = entries(brokers, topic)
    live = {entry.key: entry for entry in standing(held)}
    files = list(files)
    book = compile_book(held)
    if "features" not in live and all(file.kind != "features" for file in files):
        files.append(features_for(files))
    for find in (segments_for, recommendations_for):
        if (beside := find(files)) is not None and beside.key not in live and beside not in files:
            files.append(beside)
    kinds = {file.kind for file in files}
    judge = None if "features" in kinds else book.features
    findings = check(files, features=judge, segments=None if "segments" in kinds else book.segments)
    findings += [finding for file in files if (finding := demoted(file, live.get(file.key), state))]
    findings += [] if again else [finding for file in files if (finding := was_stopped(file, live.get(file.key)))]
    findings += [] if findings else [finding for file in files for finding in too_large(file, live.values(), book.usual)]
    if published_by != "submit":  # a submit is about to deploy its own channels
        findings += [finding for file in files for finding in not_deployed(file, deployments(live.values()))]
    if findings:
        raise BadFile(findings)
    now = int(time.time() * 1000)
    before = live["features"].document if "features" in live else None
    files = [introduced(file, before=before, at=now) if dated and file.kind == "features" else file for file in files]
    records = [
        control_record(file, at=now, by=published_by, status=kept(file, live.get(file.key), state), stands=_stands(file, live.get(file.key), at=now))
        for file in files
    ]
    send(brokers, topic, _order(book, records, files), signed=signed)
    return records


def was_stopped(file: CampaignFile, before: Published | None) -> Finding | None:
    """Refuse the version whose rollout was stopped last: what says stop always stops."""
    if file.kind != "campaign" or before is None or is_same(before.document, file.document):
        return None
    found = stopped_of(before.value)
    if found is None or found.version != set_version(file.document):
        return None
    message = f"the rollout of this very version of '{file.name}' was stopped: {found.why}"
    return file.source.finding(("campaign",), message, suggestion="change what was wrong, or begin again: `kairos campaigns publish --again`")


def _stands(file: CampaignFile, before: Published | None, *, at: int) -> dict[str, Any]:
    return stands(file.document, None if before is None else before.value, at=at) if file.kind == "campaign" else {}


def _order(book: Book, records: Sequence[ControlRecord], files: Sequence[CampaignFile]) -> list[ControlRecord]:
    """Find an order in which the job accepts every record: what a campaign needs comes before it, or after those that no longer need it."""
    refused = None
    for needed_last in (False, True):
        ordered = sorted(records, key=lambda record: rank(record.key), reverse=needed_last)
        changed = book
        try:
            for record in ordered:
                changed = apply(changed, Entry(record.key, NEWEST, record.value))
        except BookError as e:
            refused = refused or e
        else:
            return ordered
    file = next((file for file in files if file.kind == "features"), files[0])
    raise BadFile([file.source.at(0, 0, f"does not fit what is published: {refused}", "publish it together with the campaigns that it affects")])


def remove(brokers: str, topic: str, names: Iterable[str], *, signed: Signature = UNSIGNED) -> list[ControlRecord]:
    """Remove published campaigns with tombstones, and with what was held of them. Raises LookupError for an unknown name, before any is removed."""
    records = [ControlRecord(key=by_name(brokers, topic, name).key, value=None) for name in names]
    held = {hold.key for hold in holds(published(brokers, topic))}
    records += [ControlRecord(key=key, value=None) for record in records if (key := record.key.replace("campaign/", f"{HOLD}/", 1)) in held]
    send(brokers, topic, records, signed=signed)
    return records
