"""A stranger can make as many ids as she likes and link them all to one person: her profile stays as bounded as anybody's."""

from typing import Any

import pytest

from services.local.job import LocalJob, Output
from tests.builders import book, mail
from tests.identity.test_in_one_process import login, said
from udfs.core.decision.outcomes import MAX_CONVERSIONS, MAX_WINDOWS
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.profile.bounds import MAX_ARMED, MAX_DUE_BYTES, MAX_TRAITS
from udfs.core.profile.due import Armed, Waiting
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.profile.windows import held

IDS = 60


def take(job: LocalJob, *records: Any) -> list[Output]:
    return [output for record in records for output in job.take(record)]


def kim(job: LocalJob) -> Profile:
    return decode(job.profiles["kim"])


def test_silences_that_many_ids_began_give_way_as_those_of_one_do() -> None:
    job = LocalJob(book(mail("since", trigger={"since": "go", "wait": "30d", "unless": [{"event": "paid", "same": "invoice"}]})))
    for number in range(IDS):
        begun = [said(number + place / 100, "go", web=f"web-{number}", invoice=f"{number}-{place}") for place in range(10)]
        take(job, *begun, login(number + 0.5, "kim", f"web-{number}"))
    armed = [each for each in kim(job).due if isinstance(each, Armed)]
    assert len(armed) == MAX_ARMED
    assert {str((each.properties or {})["invoice"]).split("-")[0] for each in armed} >= {str(IDS - 1)}, "the newest stay"
    assert job.engine.counts["pending_dropped"] == 10 * IDS - MAX_ARMED


def test_what_waits_of_many_ids_is_bounded_in_bytes_and_what_was_there_first_stays() -> None:
    waits = mail(entry={"once_per": "event.key"}, variants={"mail": {"channel": "email", "wait": "5h", "content": {"body": "{{ event.text }}"}}})
    job = LocalJob(book(waits))
    take(job, said(0, "go", user="kim", key="own", text="x"))
    for number in range(IDS):
        took = [said(number + place / 100, "go", web=f"web-{number}", key=f"{number}-{place}", text="é" * 5_000) for place in range(5)]
        take(job, *took, login(number + 0.5, "kim", f"web-{number}"))
    assert len(job.profiles["kim"]) < 2 * MAX_DUE_BYTES
    assert [each.born_as for each in kim(job).due if isinstance(each, Waiting)].count("") == 1, "her own is still waited for"
    assert job.engine.counts["pending_dropped"] > 100


def test_traits_of_many_ids_fill_the_room_that_one_has() -> None:
    job = LocalJob(book())
    for number in range(IDS):
        named = {f"trait_{number}_{place}": place for place in range(20)}
        record = said(number, "", web=f"web-{number}", kind="identify")
        told = record.value.decode().replace('"properties"', f'"traits": {str(named).replace(chr(39), chr(34))}, "properties"')
        take(job, record._replace(value=told.encode()), login(number + 0.5, "kim", f"web-{number}"))
    assert len(kim(job).traits) <= MAX_TRAITS


@pytest.mark.slow
def test_windows_of_many_ids_are_as_many_as_one_may_have_and_the_rest_says_that_it_is_cut() -> None:
    news = mail("news", goal={"event": ["order_completed", "liked"], "within": "30d"})
    job, outputs = LocalJob(book(news)), list[Output]()
    for number in range(IDS):
        sent = [said(number + place / 100, "go", web=f"web-{number}") for place in range(4)]
        liked = [said(number + 0.1 + place / 100, "liked", web=f"web-{number}") for place in range(4)]
        outputs += take(job, *sent, *liked, login(number + 0.5, "kim", f"web-{number}"))
    kept = held(kim(job))
    assert len(kept.windows) == MAX_WINDOWS
    assert len(kept.conversions) <= MAX_CONVERSIONS
    cut = [each for each in outputs if isinstance(each, GoalOutcome) and each.status is OutcomeStatus.CUT]
    assert len(cut) == 4 * IDS - MAX_WINDOWS
    assert all(each.conversions >= 4 for each in cut), "what they came to is not lost; what was liked under later ids counts, too"
