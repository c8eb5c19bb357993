"""Replace the code or the options of a running job, watch the new one, and go back to the old one if anything is wrong.

Each step is written down before it begins. A process that finds an unfinished upgrade goes back: there is always one job in the end.
"""

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable

from services.devstack import lifecycle, places, release, state
from services.devstack.launch import launch
from services.devstack.places import Place
from services.devstack.prepare import announce
from services.devstack.processes import python_environment, tail
from services.devstack.release import Release
from services.devstack.running import Running, task_managers_of
from services.devstack.settings import Settings
from services.devstack.settings import load as load_settings
from services.devstack.submit import recorded
from services.flink.rest import Rest, first_lines
from services.upgrade.journal import Journal, stop_file
from services.upgrade.look import look, refused_share
from services.upgrade.verdict import Look, broken, in_words, wrong
from udfs.core.values.errors import KairosError, Unavailable

STOP_S = 600.0
LOOK_S = 1.0
SETTLED_S = 3.0
PATIENCE_S = 60.0
ATTEMPTS = 3


class UpgradeFailed(Unavailable):
    """The new job does not work; the message says why."""


class UpgradeInterrupted(UpgradeFailed):
    """Somebody asked to stop."""


class Upgrade:
    """One upgrade, from its journal."""

    def __init__(self, journal: Journal, settings: Settings, say: Callable[[str], None]) -> None:
        self.journal, self.settings, self._say = journal, settings, say
        self.rest = Rest(settings.job_manager_addresses)

    def run(self) -> Journal:
        """All of it, or, if an earlier process did not finish, the way back. Returns the journal; its `runs` says which job runs."""
        if self.journal.stage == "done":
            return self.journal
        if self.journal.stage != "planned":
            return self._back(f"the upgrade was interrupted while {self.journal.stage}")
        try:
            self._forth()
        except KairosError as problem:
            return self._back(str(problem))
        except Exception as problem:  # whatever it is, a job must run in the end; the cause is printed
            return self._back(f"{type(problem).__name__}: {problem}")
        self._note(stage="done", runs="new")
        return self.journal

    def _forth(self) -> None:
        journal = self.journal
        if stop_file(self.settings, journal.identity).exists():
            message = "asked to stop before it began"
            raise UpgradeInterrupted(message)
        self.say("check", f"{journal.identity}: code {journal.old.name} -> {journal.new.name}{_changes(journal)}")
        importable(journal.new, self.settings)
        self._note(stage="stopping", refused_before=refused_share(self.rest, journal.old_job))
        began = time.monotonic()
        kept = state.stop_with_savepoint(self.rest, journal.old_job, self.settings, identity=journal.identity, seconds=STOP_S)
        self._note(stage="starting", savepoint=str(kept), bytes_before=places.size(kept))
        self.say("savepoint", f"{kept}, {places.size(kept) / 1e6:.1f} MB in {time.monotonic() - began:.1f} s")
        options = journal.new.options
        others = Running.of(self.rest.unfinished(), lambda name: name == journal.identity).others
        self.settings = recorded(options, self.settings, self.rest, others)
        self.settings.save()
        lifecycle.guard(self.settings)
        announce(options)
        self.say("start", "fresh TaskManagers, which claim a copy of it")
        job = self._launch(journal.new, kept, self.settings.task_managers)
        self._note(stage="watching", new_job=job)
        self.say("start", f"job {job} runs; {time.monotonic() - began:.1f} s since the old one was asked to stop")
        self._watch(job)
        release.remember(self.settings, journal.new)
        self.say(
            "done",
            f"{journal.identity} runs the new job {job}. To go back: kairos upgrade --zip {journal.old.zip}, or, with its state, {_restore(kept)}",
        )

    def _watch(self, job: str) -> None:
        """Look at it for the time of the watch. What is still wrong then gets PATIENCE_S more: many tasks on a busy machine start slowly."""
        journal, options = self.journal, self.journal.new.options
        began, looks = time.monotonic(), deque[Look](maxlen=max(2, round(journal.watch_s / LOOK_S)))
        while True:
            looks.append(look(self.rest, job, identity=journal.identity, brokers=options.brokers, topic=options.events_topic))
            if found := broken(looks[-1]):
                raise UpgradeFailed(found)
            watched = time.monotonic() - began
            problems = wrong(looks, bytes_before=journal.bytes_before, refused_before=journal.refused_before, watch_s=watched)
            if watched >= journal.watch_s and len(looks) > 1 and not problems:
                break
            if watched >= journal.watch_s + PATIENCE_S:
                message = "; ".join(problems)
                raise UpgradeFailed(message)
            time.sleep(LOOK_S)
        self.say("watch", f"{watched:.0f} s: {in_words(looks, bytes_before=journal.bytes_before)}")

    def _back(self, why: str) -> Journal:
        journal = self._note(stage="going back")
        self.say("failed", why)
        if self._old_runs_on():
            self.say("back", f"nothing was changed: the old job {journal.old_job} runs on")
            return self._note(stage="done", runs="old")
        for attempt in range(ATTEMPTS):
            try:
                self._start_old()
                return self._note(stage="done", runs="old")
            except (KairosError, OSError) as problem:
                self.say("back", f"the old job did not start (attempt {attempt + 1} of {ATTEMPTS}): {problem}")
        self.say("failed", f"NOTHING RUNS. With the old code: {_restore(self._point())}")
        return self._note(stage="done", runs="nothing")

    def _start_old(self) -> None:
        journal = self.journal
        for each in Running.of(self.rest.unfinished(), lambda name: name == journal.identity).own:
            self.rest.cancel(each["jid"])
            state.gone(self.rest, each["jid"])
        before = load_settings(self.settings.home).change(**journal.stack)
        before.save()
        lifecycle.guard(before)
        self.settings = before
        point = self._point()
        self.say("back", f"the old code {journal.old.name}, from a copy of {point}")
        job = self._launch(journal.old, point, before.task_managers)
        release.remember(self.settings, journal.old)
        again = " What the new job decided is decided again, under the same decision_id." if journal.new_job else ""
        self.say("back", f"{journal.identity} runs the old code, as job {job}.{again}")

    def _launch(self, code: Release, point: Place, wanted: int) -> str:
        others = Running.of(self.rest.unfinished(), lambda name: name == self.journal.identity).others
        return launch(code, self.settings, state.claimable(point, self.settings), keep=task_managers_of(self.rest, others), wanted=wanted)

    def _point(self) -> Place:
        """The savepoint; if the process was killed before it wrote down which, the newest state."""
        if self.journal.savepoint:
            return places.of(self.journal.savepoint, self.settings)
        found = state.restore_point(self.settings, self.journal.identity)
        if found is None:
            message = f"there is no state of {self.journal.identity} to go back to"
            raise UpgradeFailed(message)
        return found

    def _old_runs_on(self) -> bool:
        """Whether the old job still runs. A stop that was asked for may be under way: then that is waited for."""
        quiet_since, until = time.monotonic(), time.monotonic() + STOP_S
        while time.monotonic() < until:
            if self.journal.old_job not in {job["jid"] for job in self.rest.unfinished()}:
                return False
            history = self.rest.checkpoints(self.journal.old_job).get("history", [])
            if any(each["is_savepoint"] and each["status"] == "IN_PROGRESS" for each in history):
                quiet_since = time.monotonic()
            if self.journal.savepoint == "" and time.monotonic() - quiet_since > SETTLED_S:
                return True
            time.sleep(0.2)
        return True

    def say(self, step: str, line: str) -> None:
        """One line, on the terminal and in the journal."""
        text = f"{step:<10} {line}"
        self._note(lines=(*self.journal.lines, text))
        self._say(text)

    def _note(self, **changes: object) -> Journal:
        self.journal = self.journal.change(**changes).save(self.settings)
        return self.journal


def importable(code: Release, settings: Settings) -> None:
    """Import the code's main module, while the old job still runs. Raises UpgradeFailed with the cause."""
    environment = {**python_environment(), "PYTHONPATH": code.zip}
    log = settings.logs / "upgrade-check.log"
    done = subprocess.run(
        [sys.executable, "-c", f"import {code.main}"], env=environment, cwd=settings.home, capture_output=True, text=True, check=False
    )
    if done.returncode:
        log.write_text(done.stdout + done.stderr)
        message = f"the new code cannot be imported: {first_lines(tail(log, 1), 1)}"
        raise UpgradeFailed(message)


def _changes(journal: Journal) -> str:
    old, new = (dict(zip(each.arguments[::2], each.arguments[1::2], strict=True)) for each in (journal.old, journal.new))
    told = [f"{flag} {old.get(flag, 'default')} -> {new.get(flag, 'default')}" for flag in {**old, **new} if old.get(flag) != new.get(flag)]
    return "".join(f", {each}" for each in told)


def _restore(point: Place) -> str:
    return f"kairos submit --restore {point}"
