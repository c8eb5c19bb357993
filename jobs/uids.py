"""Stable uids for operators. A savepoint finds state by uid, and Flink's own numbers change with the graph."""

from pyflink.datastream import StreamExecutionEnvironment

HOLDS_STATE = ("SourceTransformation", "SinkTransformation")


def pin_uids(env: StreamExecutionEnvironment) -> None:
    """Give every SQL source and sink a uid made from its table. Raises an error if two would be the same."""
    waiting, seen, given = list(env._j_stream_execution_environment.getTransformations()), set(), set()
    while waiting:
        step = waiting.pop()
        if step.getId() in seen:
            continue
        seen.add(step.getId())
        waiting += list(step.getInputs())
        kind = step.getClass().getSimpleName()
        if kind in HOLDS_STATE and step.getUid() is None:
            table = step.getName().split("[")[0].rsplit(".", 1)[-1]  # `outputs[9]`, `KafkaSource-<catalog>.<database>.events`
            uid = f"{table}-{kind.removesuffix('Transformation').lower()}"
            if uid in given:
                message = f"two operators would have the uid {uid!r}"
                raise ValueError(message)
            given.add(uid)
            step.setUid(uid)
