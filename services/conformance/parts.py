"""The parts of a run: what is written when, and what must come of it. docs/consuming.md tells the same in words."""

import time
from collections.abc import Callable

from services.conformance.messages import FILLER
from services.conformance.stage import Run, Value

STREAM = 60
"""Actions that are written while instances come and go, one each tenth of a second."""
DAY_MS = 86_400_000


def live(run: Run) -> None:
    """A consumer that runs, and everything that may come its way."""
    run.ensure_started("delivers")
    _transactions(run)
    now = int(time.time() * 1000)
    half = int(run.plan.hold * 500)
    twice = run.action("twice", "duplicate", "an action that is written twice", partition=1)
    run.write(
        [
            twice,
            twice,
            run.action("expired", "expired", "an action that expired a second ago", delivered=False, expires_at=now - 1000),
            run.action("long expired", "expired", "an action that expired in 1970", delivered=False, expires_at=1, partition=1),
            run.action("expires soon", "expired", "an action that expires while it is held", delivered=False, expires_at=now + half),
            run.action("recalled", "recall", "an action with its recall right after it", delivered=False),
            run.recall("recalled"),
            run.recall("first"),
            run.action("first", "recall-first", "an action after its recall", delivered=False),
            run.recall("elsewhere", partition=1),
            run.action("one", "recall-one", "one of two actions of a customer", delivered=False, user="ann"),
            run.action("other", "recall-one", "the other one, which was not recalled", user="ann"),
            run.recall("one", user="ann"),
            run.recall("never written", partition=1),
            run.action("after unknown", "recall-unknown", "an action after a recall of another that never was", partition=1),
            run.action("late", "recall-late", "an action that was recalled after its delivery, and then written again", user="bob"),
            *_evolved(run),
        ]
    )
    run.write([run.action("held", "recall-held", "an action whose recall comes within the hold", delivered=False)])
    time.sleep(run.plan.hold / 4)
    run.write_recall("held")
    run.write([run.action("elsewhere", "recall-first", "an action after its recall in another partition", delivered=False)])
    if run.wait():
        run.write([twice, run.recall("late", user="bob"), (0, "bob", run.messages.action("late", now=now, user="bob"))])
        run.send_good("recall-late", "an action after a late recall")
        run.wait()


def _transactions(run: Run) -> None:
    """One transaction that is aborted, and one that is committed, both after the hold: who reads uncommitted records has delivered by then."""
    aborted, committed = run.transactional(), run.transactional()
    for sender, label, what, delivered in (
        (aborted, "aborted", "an action of a transaction that was aborted", False),
        (committed, "committed", "an action of a transaction that took longer than the hold", True),
    ):
        sender.begin_transaction()
        run.write([run.action(label, "committed", what, delivered=delivered, partition=int(delivered))], sender=sender)
    time.sleep(run.plan.hold + 1.5)
    if run.delivered().get(run.messages.id_of("committed")):
        run.expected.problems.append(("committed", "an action was delivered before its transaction was committed"))
    aborted.abort_transaction()
    committed.commit_transaction()


def _evolved(run: Run) -> list[Value]:
    now = int(time.time() * 1000)
    return [
        (*run.action("older", "evolution", "an action without kind")[:2], run.messages.changed("older", now=now, without="kind")),
        (*run.action("newer", "evolution", "an action with new fields")[:2], run.messages.changed("newer", now=now, priority=7, to={"email": "a@b"})),
    ]


def killed(run: Run) -> None:
    """The consumer is killed while it holds actions, and finds a backlog when it is back."""
    run.ensure_started("killed")
    run.write(
        [
            run.action("survives", "killed", "an action that was held when the consumer was killed"),
            run.action("recalled while down", "recall-down", "an action that was recalled while the consumer was down", delivered=False),
        ]
    )
    time.sleep(run.plan.hold / 2)
    run.end_all()
    run.note_if_late("recalled while down")
    ago = int(time.time() * 1000) - DAY_MS
    run.write([run.recall("recalled while down")])
    run.write([run.action("backlog", "backlog", "an action whose recall is megabytes behind it", delivered=False)])
    for number in range(8):
        filler = run.action(f"filler {number}", "backlog", "an expired filler", delivered=False, expires_at=ago, content={"body": FILLER})
        run.write([filler])
    run.write([run.recall("backlog")])
    run.start()
    run.send_good("killed", "an action after the restart")
    run.wait()


def replay(run: Run) -> None:
    """Everything is read again, as after lost offsets. What was delivered before must not be again."""
    run.ensure_started("replay")
    run.start_over()
    run.send_good("replay", "an action after everything was read again")
    run.wait()


def rebalance(run: Run) -> None:
    """A second instance joins and the first is killed, while actions and recalls arrive."""
    run.ensure_started("rebalance")
    first = run.instances[0] if run.instances else run.start()
    for number in range(STREAM):
        recalled, partition = number % 4 == 3, number % run.plan.partitions
        what = f"action {number} of the stream" + (", which was recalled" if recalled else "")
        run.write([run.action(f"stream {number}", "rebalance", what, delivered=not recalled, partition=partition)])
        if number >= 2 and (number - 2) % 4 == 3:
            run.write_recall(f"stream {number - 2}", partition=(number - 2) % run.plan.partitions)
        if number == STREAM // 4:
            run.start()
        if number == STREAM * 3 // 4:
            first.kill()
            run.instances.remove(first)
        time.sleep(0.1)
    run.write_recall(f"stream {STREAM - 1}", partition=(STREAM - 1) % run.plan.partitions)
    run.wait()


def malformed(run: Run) -> None:
    """Records that cannot be delivered, in every partition, and good ones behind them; then the end."""
    run.ensure_started("malformed")
    now = int(time.time() * 1000)
    for label, value in run.messages.malformed(now=now).items():
        run.write([(place, "user-malformed", value) for place in range(run.plan.partitions)])
        for decision in (
            run.messages.id_of(name) for name in ("no expiry", "expiry in words", "no content", "unknown kind", "odd kind", "cut", "half")
        ):
            run.expected.never.setdefault(decision, ("malformed", f"a record with {label}"))
    run.send_good("malformed", "an action behind records that cannot be read")
    run.wait()
    if not run.instances:
        run.expected.problems.append(("malformed", "the consumer ended by itself"))
    for instance in run.instances:
        if not instance.stop():
            run.expected.problems.append(("stops", "it had to be killed"))


PARTS: dict[str, Callable[[Run], None]] = {"live": live, "killed": killed, "replay": replay, "rebalance": rebalance, "malformed": malformed}
