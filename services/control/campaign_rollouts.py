"""A campaign's way to all customers, as its record on `control` holds it: the step, since when, and the version that everybody else has.

Pure functions from one record to the next. The engine reads the share and the version before; the rest is for the monitor, so that a restart
finds it. The document stays what the marketer wrote: publishing the same document again changes nothing of where it stands.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from udfs.core.campaigns.experiment import NEVER
from udfs.core.campaigns.language.rollout_shape import STEPS
from udfs.core.campaigns.versions import Before, Share
from udfs.core.features.features import set_version
from udfs.core.values.document_reader import share_of
from udfs.core.values.errors import InvalidInput

T = TypeVar("T")
STANDING = ("rollout", "weights", "stopped", "experiment")
"""Keys of a campaign's record that say where it stands."""

SAME = ("trigger", "when", "entry", "purpose", "tags", "priority", "steps", "score", "send", "goal")
"""Keys that decide who is met by a campaign, and when; and the goal, without which outcomes cannot be compared."""


class Standing(Share, frozen=True, kw_only=True):
    """A rollout under way. `began` and `since` are epoch milliseconds."""

    step: int
    since: int
    """When this step began."""

    @property
    def words(self) -> str:
        """The share, in words."""
        return f"for {self.share * 100:g} % of customers"


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A version that was stopped."""

    version: str
    """The hash of its document."""
    why: str
    at: int


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment whose winner is adopted."""

    began: int
    adopted: str | None = None
    """What has won: a variant, `control`, or of a journey that has won an empty text. None: it goes on."""
    why: str = ""


def standing_of(value: Mapping[str, Any]) -> Standing | None:
    """The rollout under way; None if there is none. Raises InvalidInput if it cannot be read."""
    return _read(value, "rollout", Standing)


def stopped_of(value: Mapping[str, Any]) -> Stopped | None:
    """The version that was stopped last, unless another one has come since. Raises InvalidInput if it cannot be read."""
    return _read(value, "stopped", Stopped)


def trial_of(value: Mapping[str, Any]) -> Trial | None:
    """The experiment whose winner is adopted; None where nothing is to be adopted. Raises InvalidInput if it cannot be read."""
    if not _adopts(value["document"]):
        return None
    return _read(value, "experiment", Trial) or Trial(began=int(value.get("published_at") or 0))


def stands(document: Mapping[str, Any], held: Mapping[str, Any] | None, *, at: int) -> dict[str, Any]:
    """What a record says besides its document, when the document is published over the record `held` (None: there is none).

    The same document stands where it stood. Another one with a rollout begins at its first step; everybody else keeps what they have: the version
    that is live, or that of a rollout that did not come to its end. Without a rollout it is for everybody at once,
    and so is the version that everybody else has.
    """
    if held is not None and is_same(held.get("document"), document):
        return {key: held[key] for key in STANDING if held.get(key) is not None}
    before = _before(held)
    if before is not None and is_same(before.document, document):  # back to what everybody else has
        return {} if before.weights is None else {"weights": before.weights}
    found: dict[str, Any] = {}
    if _adopts(document):
        found["experiment"] = msgspec.to_builtins(Trial(began=at))
    if "rollout" in document:
        first = Standing(share=shares_of(document)[0], began=at, before=before, step=0, since=at)
        found["rollout"] = msgspec.to_builtins(first)
    return found


def advanced(value: Mapping[str, Any], *, at: int) -> dict[str, Any]:
    """One step further; after the last one it is for everybody, and its experiment begins."""
    now, steps = _under_way(value), shares_of(value["document"])
    if now.step + 1 < len(steps):
        following = msgspec.structs.replace(now, step=now.step + 1, share=steps[now.step + 1], since=at)
        return versioned({**value, "rollout": msgspec.to_builtins(following)}, at=at)
    done = {key: each for key, each in value.items() if key != "rollout"}
    if trial_of(value) is not None:
        done["experiment"] = msgspec.to_builtins(Trial(began=at))
    return versioned(done, at=at)


def stopped(value: Mapping[str, Any], *, why: str, at: int) -> dict[str, Any]:
    """Nobody has it any more: everybody gets the version before, or where there is none, nothing."""
    now = _under_way(value)
    mark = msgspec.to_builtins(Stopped(version=set_version(value["document"]), why=why, at=at))
    if now.before is None:
        return {**value, "status": "paused", "stopped": mark, "published_at": at}
    held = {key: each for key, each in value.items() if key not in STANDING}
    weights = {} if now.before.weights is None else {"weights": now.before.weights}
    return {**held, "document": now.before.document, "version": now.before.version, **weights, "stopped": mark, "published_at": at}


def resumed(value: Mapping[str, Any], *, at: int) -> dict[str, Any]:
    """It is live again: the step at which it stands begins again, since nothing was seen of it meanwhile."""
    now = standing_of(value)
    found = {key: each for key, each in value.items() if key != "stopped"}
    return found if now is None else {**found, "rollout": msgspec.to_builtins(msgspec.structs.replace(now, since=at))}


def weighted(value: Mapping[str, Any], weights: Mapping[str, float], *, at: int, adopted: str | None = None, why: str = "") -> dict[str, Any]:
    """Other weights, as an experiment has found; `adopted`: that ends it."""
    trial = trial_of(value)
    began = at if trial is None else trial.began
    told = {"experiment": msgspec.to_builtins(Trial(began=began, adopted=adopted, why=why))}
    return versioned({**value, **({"weights": dict(weights)} if weights else {}), **told}, at=at)


def versioned(value: Mapping[str, Any], *, at: int) -> dict[str, Any]:
    """The record under the version that its decisions carry: another one for each share and for other weights, so that what was drawn by different
    shares is never thrown together."""
    return {**value, "version": version_of(value["document"], value), "published_at": at}


def version_of(document: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The version of a document that stands so."""
    drawn = {"share": (told.get("rollout") or {}).get("share"), "weights": told.get("weights")}
    differs = {key: each for key, each in drawn.items() if each is not None}
    return set_version({"document": document, **differs}) if differs else set_version(document)


def is_same(document: Any, other: Mapping[str, Any]) -> bool:
    """Whether two documents say the same, the one as it was read from a file, the other from a record."""
    return isinstance(document, Mapping) and set_version(document) == set_version(other)


def shares_of(document: Mapping[str, Any]) -> tuple[float, ...]:
    """The steps of a document that is known to be right."""
    told = document["rollout"]
    steps = told if isinstance(told, list) else told.get("steps", STEPS)
    return tuple(map(share_of, steps))


def meets_the_same(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether two versions are met by the same customers at the same moments: only what they say differs, and which of their variants is drawn."""
    return all(new.get(key) == old.get(key) for key in SAME) and _ways(new) == _ways(old)


def _adopts(document: Mapping[str, Any]) -> bool:
    told = document.get("experiment")
    return isinstance(told, Mapping) and told.get("adopt", NEVER) != NEVER


def _before(held: Mapping[str, Any] | None) -> Before | None:
    if held is None or held.get("status") != "live":
        return None
    under_way = standing_of(held)
    if under_way is not None:
        return under_way.before
    return Before(version=str(held.get("version", "")), document=held["document"], weights=held.get("weights"))


def _under_way(value: Mapping[str, Any]) -> Standing:
    now = standing_of(value)
    if now is None:
        message = f"no version of {value.get('name')!r} is on its way to all customers"
        raise InvalidInput(message, "`kairos campaigns rollout` says which are")
    return now


def _read(value: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
    if value.get(key) is None:
        return None
    try:
        return msgspec.convert(value[key], kind)
    except msgspec.ValidationError as error:
        message = f"where {value.get('name')!r} stands cannot be read from control ({key}: {error})"
        raise InvalidInput(message, "publish its file again") from error


def _ways(document: Mapping[str, Any]) -> set[tuple[tuple[str, ...], str]]:
    """The channels of the variants, and how long they wait: who can be reached depends on it."""
    found = set()
    for each in document["variants"].values():
        channel = each.get("channel", ())
        found.add(((channel,) if isinstance(channel, str) else tuple(channel), str(each.get("wait", ""))))
    return found
