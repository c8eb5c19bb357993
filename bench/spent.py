"""Where the engine's time goes, by part: a sample of the stack every millisecond of processor time, on the heavy day.

It runs in the checkout whose code is importable, so that an earlier commit can be asked the same question:
`python bench/spent.py plain`.
"""

import gc
import json
import signal
import sys
import time
from collections import Counter
from types import FrameType

from bench.heavy import Day, decoded

SECONDS = 12.0
EVERY_S = 0.001
PARTS = {
    "the bytes of the profile": {"profile.py:decode", "profile.py:encode", "stored.py:decode", "stored.py:encode"},
    "repeated ids": {"dedup.py:is_duplicate", "dedup.py:check"},
    "carts": {"carts.py:update"},
    "features": {
        "features.py:FeatureSet.update",
        *(f"features.py:updater.<locals>.{name}" for name in ("apply", "apply_plain", "apply_to_event", "apply_each")),
    },
    "orders, and what was viewed, looked for and bought": {"ordered.py:take", "wanted.py:take", "remember.py:_view", "remember.py:_buy"},
    "the conditions of campaigns": {"triggers.py:candidates_of"},
    "decisions, the score": {"scores.py:Question.answer"},
    "decisions, the rules": {"filters.py:verdict", "assess.py:Assessed.verdict"},
    "decisions, the message": {"candidates.py:_commit", "commit.py:_act"},
    "decisions, all else": {"candidates.py:decide", "decide.py:decide_all"},
}
"""Part -> its functions, as file:name: of the commit before the rooms, and of today. Where one calls another's, the inner one counts."""
REST = "all else"


def parts(kind: str, seconds: float = SECONDS) -> dict[str, float]:
    """Part -> microseconds an event, with the garbage collector off. `kind`: as in `bench.heavy`."""
    day = Day(events=8_000, users=200)
    history = decoded(day.wires(kind))
    day.live(history)
    of = {function: part for part, functions in PARTS.items() for function in functions}
    found: Counter[str] = Counter()

    def sample(signum: int, frame: FrameType | None) -> None:
        part = None
        while frame is not None and part is None:
            code = frame.f_code
            part = of.get(f"{code.co_filename.rpartition('/')[2]}:{code.co_qualname}")
            frame = frame.f_back
        found[part or REST] += 1

    gc.collect()
    gc.disable()
    signal.signal(signal.SIGPROF, sample)
    events, began = 0, time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    while time.process_time() - began < seconds:
        day.live(history)
        events += len(history)
    signal.setitimer(signal.ITIMER_PROF, 0)
    an_event = (time.process_time() - began) / events * 1e6
    samples = sum(found.values())
    return {part: found[part] / samples * an_event for part in (*PARTS, REST)}


if __name__ == "__main__":
    print(json.dumps(parts(sys.argv[1])))
