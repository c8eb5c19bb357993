"""One run: a fresh topic on a real broker, a scripted stream, a consumer that is started, killed and restarted, and what it delivered."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from jobs.kafka.grants import TRIAL
from services.conformance import parts
from services.conformance.checks import CHECKS, PARTS, Verdict
from services.conformance.stage import Plan, Run
from services.kafka.client import MAX_RECORD, Topic, admin, ensure_topics


def conformance(plan: Plan) -> tuple[list[Verdict], Path | None]:
    """Run the checks. Returns the verdicts, and the folder of the consumer's output if one of them failed. Raises KafkaUnavailable."""
    wanted = {check.part for check in CHECKS if not plan.only or check.name in plan.only}
    folder = Path(tempfile.mkdtemp(prefix=TRIAL))
    topic = f"{TRIAL}{uuid4().hex[:12]}"
    verdicts: list[Verdict] = []
    with ExitStack() as ending:
        kept = ending.enter_context(ExitStack())
        kept.callback(shutil.rmtree, folder)
        ensure_topics(plan.brokers, [Topic(name=topic, partitions=plan.partitions, config={"max.message.bytes": str(MAX_RECORD)})])
        ending.callback(_forget, plan.brokers, topic)
        run = Run(plan, topic, folder, ending)
        for part in PARTS:
            if part in wanted:
                plan.say(f"{part}: {', '.join(check.name for check in CHECKS if check.part == part)}")
                verdicts += run.verdicts_of(part, parts.PARTS[part])
                if verdicts[0].check.name == "delivers" and verdicts[0].problems:
                    break  # every other part would only say so again
        run.end_all()
        verdicts = [verdict for verdict in verdicts if not plan.only or verdict.check.name in plan.only]
        failed = any(verdict.problems for verdict in verdicts)
        if failed:
            kept.pop_all()
    return verdicts, folder if failed else None


def _forget(brokers: str, topic: str) -> None:
    """Delete the topic, and with it what its groups have stored."""
    client = admin(brokers)
    try:
        client.delete_topics([topic])
    finally:
        client.close()
