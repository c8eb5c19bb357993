"""Longer checkpoints for a job that is far behind, and the former ones again as soon as it has caught up.

Flink has a setting for it, which waits for a source that reports a backlog. Kafka's reports none. So this is two upgrades that change one option.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from services.devstack import release
from services.devstack.release import JobCode, write_json
from services.devstack.settings import Settings, load
from services.devstack.state import folder_of
from services.flink.rest import Rest
from services.replay.consumed import running_job
from services.replay.times import span
from services.upgrade import plan
from services.upgrade.behind import Advice, Behind
from services.upgrade.journal import unfinished
from services.upgrade.look import look
from services.upgrade.verdict import Look
from udfs.core.values.errors import InvalidInput, KairosError, NotFound, Unavailable

LOOK_S = 10.0
"""For how long reading and writing are counted."""
WATCH_S = 10.0
STARTS = 6
"""Looks that a job gets to begin with reading."""
WITHIN = 3
"""It has caught up when only as much is unread as is read in so many intervals: between two checkpoints nobody sees what has been read."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to do, and when."""

    interval_ms: int
    gain: float
    """How many times as many records a job reads with it."""
    pauses_s: float
    """Both upgrades together."""


class CatchUp:
    """One job of the local stack."""

    def __init__(self, settings: Settings, identity: str, wanted: Wanted, say: Callable[[str], None]) -> None:
        self._home, self.identity, self._wanted, self._say = settings.home, identity, wanted, say

    def look(self, seconds: float = LOOK_S) -> Behind:
        """How far behind the job is. Takes so many seconds. Raises Unavailable, NotFound, ReplayError."""
        options = self._release().options
        job = running_job(Rest(self._settings().job_manager_addresses), name=self.identity)
        if job is None:
            message = "no cluster answers: `kairos status`"
            raise Unavailable(message)

        def now() -> tuple[float, Look]:
            found = look(job.rest, job.id, identity=self.identity, brokers=options.brokers, topic=options.events_topic)
            return time.monotonic(), found

        began, first = now()
        time.sleep(seconds)
        ended, last = now()
        took = ended - began
        return Behind(unread=last.written - last.read, read=(last.read - first.read) / took, written=(last.written - first.written) / took)

    def once(self, *, try_only: bool = False) -> bool:
        """Look, decide, and see it through to the end. Returns whether the checkpoints are, or would be, changed.

        A run that was cut off is gone on with. Raises Unavailable if an upgrade fails: the job that ran before it runs then.
        """
        if (under_way := unfinished(self._settings())) is not None and not try_only:
            plan.follow(self._settings(), under_way.identity, self._say)
        former = self._former()
        if former is None:
            found, wanted = self._reading(), self._wanted
            options = self._release().options
            self._say(in_words(found, wanted, options.checkpoint_ms))
            if options.checkpoint_ms >= wanted.interval_ms or advice(found, wanted) != "pays":
                return False
            if try_only:
                return True
            write_json(self._note(), {"interval_ms": options.checkpoint_interval_ms, "longer_ms": wanted.interval_ms})
            try:
                self._change(wanted.interval_ms)
            except KairosError:
                if self._release().options.checkpoint_interval_ms == options.checkpoint_interval_ms:
                    self._note().unlink(missing_ok=True)
                raise
        elif try_only:
            self._say(f"{self.identity} is catching up with longer checkpoints, and gets its former ones again")
            return True
        self._until_caught_up()
        if (former := self._former()) is not None:
            self._change(former)
            self._note().unlink(missing_ok=True)
        return True

    def _reading(self) -> Behind:
        """A look at a job that reads. One that was just started gets a minute to begin; of the look in which it began, nothing is concluded."""
        found, starts = self.look(), False
        for _ in range(STARTS):
            if advice(found, self._wanted) != "reads nothing":
                return self.look() if starts else found
            starts, found = True, self.look()
        return found

    @property
    def under_way(self) -> bool:
        """Whether the job has longer checkpoints now, or is about to."""
        return self._note().exists()

    def _until_caught_up(self) -> None:
        while True:
            found = self.look()
            self._say(seen(found))
            if found.caught_up(within_s=WITHIN * self._release().options.checkpoint_ms / 1000):
                return

    def _change(self, interval_ms: int) -> None:
        """An upgrade to the same code, with one other option."""
        settings, old = self._settings(), self._release()
        made = plan.plan(
            settings,
            self.identity,
            {"checkpoint_interval_ms": interval_ms},
            code=JobCode(main=old.main),
            zipped=Path(old.zip),
            watch_s=WATCH_S,
            say=self._say,
        )
        plan.begin(settings, made)
        if plan.follow(settings, self.identity, self._say).runs != "new":
            message = f"{self.identity} could not be given a checkpoint every {interval_ms} ms: the lines above say why"
            raise Unavailable(message)

    def _settings(self) -> Settings:
        return load(self._home)  # read again: an upgrade changes them

    def _release(self) -> release.Release:
        found = release.remembered(self._settings(), self.identity)
        if found is None:
            message = f"nobody wrote down which code {self.identity} runs: run `kairos submit` once"
            raise NotFound(message)
        return found

    def _note(self) -> Path:
        return self._home / "catching-up" / f"{folder_of(self.identity)}.json"

    def _former(self) -> int | None:
        """The interval to go back to, if the job has the longer one from an earlier step. A note that no longer holds is deleted.

        Raises InvalidInput for one that cannot be read.
        """
        try:
            told = json.loads(self._note().read_text())
            former, longer = int(told["interval_ms"]), int(told["longer_ms"])
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as problem:
            how = "set it with `kairos upgrade --checkpoint-interval-ms`, and delete the file"
            message = f"{self._note()} does not say which interval was there before: {how}"
            raise InvalidInput(message) from problem
        now_ms = self._release().options.checkpoint_interval_ms
        if now_ms == longer:
            return former
        if now_ms != former:
            self._say(f"somebody has set a checkpoint every {now_ms} ms in the meantime: that stays")
        self._note().unlink(missing_ok=True)
        return None


def advice(found: Behind, wanted: Wanted) -> Advice:
    """What to do. What would count as caught up with longer checkpoints is not behind."""
    return found.advice(gain=wanted.gain, pauses_s=wanted.pauses_s, within_s=WITHIN * wanted.interval_ms / 1000)


def seen(found: Behind) -> str:
    """What was counted."""
    return f"{found.unread:,} records unread, {found.read:,.0f}/s read, {found.written:,.0f}/s written"


def in_words(found: Behind, wanted: Wanted, now_ms: int) -> str:
    """What was seen, and what follows from it."""
    if now_ms >= wanted.interval_ms:
        return f"{seen(found)}: a checkpoint every {now_ms} ms is long enough already"
    longer = f"a checkpoint every {wanted.interval_ms} ms instead of {now_ms}"
    now, then = (_span(each) for each in (found.catches_up(), found.with_longer(gain=wanted.gain, pauses_s=wanted.pauses_s)))
    match advice(found, wanted):
        case "not behind":
            return f"{seen(found)}: it is not behind"
        case "reads nothing":
            return f"{seen(found)}: it reads nothing. `kairos status` says more"
        case "never catches up":
            return f"{seen(found)}: it would not catch up with {longer} either. It needs more operators: `kairos upgrade --parallelism`"
        case "pays":
            return f"{seen(found)}: {now} to catch up, {then} with {longer}"
        case _:
            return f"{seen(found)}: {now} to catch up; {longer} would not make it shorter"


def _span(seconds: float) -> str:
    return "for ever" if seconds == inf else span(round(seconds) * 1000)
