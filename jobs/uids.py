"""Stable uids for operators. A savepoint finds state by uid, and Flink's own numbers change with the graph."""

from pyflink.datastream import StreamExecutionEnvironment

HOLDS_STATE = ("SourceTransformation", "SinkTransformation")
STAGE = "OverAggregate"
"""What the name of the step begins with that knows whose an anonymous id is: the only other step of a query that holds state."""


def pin_uids(env: StreamExecutionEnvironment) -> None:
    """Give every SQL source and sink a uid made from its table, and the stage of identity one. Raises an error if two would be the same."""
    waiting, seen, given = list(env._j_stream_execution_environment.getTransformations()), set(), set()
    while waiting:
        step = waiting.pop()
        if step.getId() in seen:
            continue
        seen.add(step.getId())
        waiting += list(step.getInputs())
        kind = step.getClass().getSimpleName()
        is_stage = step.getName().startswith(STAGE)
        if (kind in HOLDS_STATE or is_stage) and step.getUid() is None:
            table = step.getName().split("[")[0].rsplit(".", 1)[-1]  # `outputs[9]`, `KafkaSource-<catalog>.<database>.events`
            uid = "identity-stage" if is_stage else f"{table}-{kind.removesuffix('Transformation').lower()}"
            if uid in given:
                message = f"two operators would have the uid {uid!r}"
                raise ValueError(message)
            given.add(uid)
            step.setUid(uid)


def pin_chains(env: StreamExecutionEnvironment) -> None:
    """Give every step of a job whose queries do not meet a uid made from its source and its place behind it: a query may be left out later.

    The steps that write files are not sources or sinks of Flink's, and hold which files are open.
    """
    steps, fed = {}, set()
    waiting = list(env._j_stream_execution_environment.getTransformations())
    while waiting:
        step = waiting.pop()
        if step.getId() not in steps:
            steps[step.getId()] = step
            above = list(step.getInputs())
            fed |= {each.getId() for each in above}
            waiting += above
    for last in (step for number, step in steps.items() if number not in fed):
        chain = [last]
        while above := list(chain[-1].getInputs()):
            if len(above) > 1:
                message = f"{chain[-1].getName()!r} has two inputs: such a graph needs uids of another kind"
                raise ValueError(message)
            chain.append(above[0])
        table = chain[-1].getName().rsplit(".", 1)[-1].split("[")[0]
        for place, step in enumerate(reversed(chain)):
            step.setUid(f"{table}-{place}")
