"""The running job, and what was written of its state: checkpoints and savepoints."""

from collections.abc import Iterator, Sequence

from services.devstack import places as on_disk
from services.devstack import state
from services.devstack.settings import Settings
from services.people.ask import ask
from services.people.places import Places
from services.people.send import Json, NoAnswer
from services.people.trace.found import Found, nothing
from services.replay.times import date_and_time

MATERIALISED = "10 minutes"
"""Flink's usual interval: after it, checkpoints no longer hold changes of before."""
WORDS = {
    "known": "a profile",
    "denials": "what they had denied",
    "erased": "the mark of the erasure: two times",
    "unknown": "nothing",
}


def of_job(places: Places, ids: Sequence[str], *, seconds: float) -> Iterator[Found]:
    """What the running job knows under each id."""
    for each in ids:
        where = f"state of {each}" if len(ids) > 1 else "state"
        try:
            answer = ask(places, each, status_only=True, seconds=seconds)
        except NoAnswer as problem:
            yield Found(where=where, what=f"not known: {problem.message}", until="ask again when the job runs")
            continue
        yield in_state(where, answer)


def in_state(where: str, answer: Json) -> Found:
    """An answer, in words."""
    status, ends = str(answer["status"]), answer["ends"]
    if status == "unknown":
        return nothing(where)
    last = "as long as nothing says otherwise" if ends is None else f"until {date_and_time(ends)}"
    until = {
        "known": f"{last}: retention of the policy, from the last event on",
        "erased": f"{last}: what arrives until then is dropped",
    }.get(status, f"{last}: so that it still holds should they come back")
    return Found(where=where, what=WORDS.get(status, status), until=until, there=status != "erased")


def of_files(settings: Settings, identity: str, *, erased_at: int | None) -> Iterator[Found]:
    """Checkpoints and savepoints of a deployment of this stack. `erased_at`: wall clock, epoch milliseconds; None: never, so each may hold them."""
    root = on_disk.root(settings)
    kinds = {
        "checkpoints": (state.checkpoints(settings, identity), 2, f"by themselves within {MATERIALISED} while the job runs: newer ones replace them"),
        "savepoints": (
            state.savepoints(settings, identity),
            1,
            f"when they are deleted: of each deployment `kairos` keeps {state.KEPT}",
        ),
        "copies of savepoints": (root / "claimed", 1, "when the job that was restored from them has newer checkpoints, or they are deleted"),
    }
    for where, (folder, depth, until) in kinds.items():
        points = on_disk.points(folder, depth)
        older = [each for each in points if erased_at is None or on_disk.modified_ns(each) // 1_000_000 <= erased_at]
        if not older:
            yield nothing(where, f"{len(points)}, all of after the erasure" if points else "nothing")
            continue
        newest = max(on_disk.modified_ns(each) // 1_000_000 for each in older)
        which = f"{len(older)} of before the erasure" if erased_at is not None else f"{len(older)}"
        yield Found(where=where, what=f"{which}, the newest of {date_and_time(newest)}: {older[-1]}", until=until)
