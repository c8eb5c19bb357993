"""The broken input of the evidence is broken as it says it is."""

from collections import Counter
from random import Random

from bench.evidence.customers import SPAN, START
from bench.evidence.garbage import Broken, Sender
from udfs.codecs.avro import avro_encode
from udfs.codecs.decode import decode_all
from udfs.core.records import Event, Rejection

NUMBER = 2_000


def told_otherwise(sent: list[Broken]) -> Counter[str]:
    """Kind, and what was said of it that its sender did not expect."""
    found: Counter[str] = Counter()
    for each in sent:
        read = decode_all(each.key, each.value, each.at)
        said = [(str(one.reason), one.field, one.accepted) for one in read if isinstance(one, Rejection)]
        is_right = any(reason in each.reasons and field in each.fields for reason, field, _ in said)
        is_taken = any(isinstance(one, Event) for one in read)
        if not is_right or is_taken != each.accepted or any(accepted != each.accepted for _, _, accepted in said):
            found[f"{each.kind}: {said}"] += 1
    return found


def test_what_is_broken_is_refused_as_its_sender_says() -> None:
    random = Random(7)
    sent = list(Sender(random, avro_encode).broken(NUMBER, ["ada", "bo"], lambda: START + random.randrange(SPAN)))
    assert told_otherwise(sent) == Counter()


def test_what_is_broken_in_part_is_taken_and_the_part_told() -> None:
    random = Random(8)
    sent = list(Sender(random, avro_encode).partly_broken(NUMBER, lambda: START + random.randrange(SPAN)))
    assert told_otherwise(sent) == Counter()
