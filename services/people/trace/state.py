"""The running job, and what was written of its state: checkpoints and savepoints."""

from collections.abc import Iterator, Mapping

from services.devstack import places as on_disk
from services.devstack import state
from services.devstack.settings import Settings
from services.people.ask import ask
from services.people.places import Places
from services.people.send import Json, NoAnswer
from services.people.trace.found import Found, nothing, printable
from services.replay.times import date_and_time
from udfs.core.values.errors import InvalidInput, KairosError, NotFound

MATERIALISED = "10 minutes"
"""Flink's usual interval: after it, checkpoints no longer hold changes of before."""
WORDS = {
    "known": "a profile",
    "denials": "what they had denied",
    "erased": "the mark of the erasure: two times",
    "unknown": "nothing",
}


def answer(places: Places, user_id: str, *, seconds: float) -> Json | KairosError:
    """What the running job says of an id, or why it says nothing."""
    try:
        return ask(places, user_id, status_only=True, seconds=seconds)
    except (NoAnswer, InvalidInput, NotFound) as problem:
        return problem


def of_job(answers: Mapping[str, Json | KairosError]) -> Iterator[Found]:
    """What the running job knows under each id. One that is somebody's only points to her."""
    for each, told in answers.items():
        where = f"state of {printable(each)}" if len(answers) > 1 else "state"
        if isinstance(told, InvalidInput):
            yield nothing(where, f"nothing: {told.message}")
        elif isinstance(told, KairosError):
            yield Found(where=where, what=f"not known: {told.message}", until="ask again when the job runs")
        elif (person := str(told["user_id"])) != each:
            yield nothing(where, f"a pointer to {printable(person)}: two ids and a time")
        else:
            yield in_state(where, told)


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
