"""The reverse of claim 4: a job that is built wrong does not pass. If it did, the check would prove nothing."""

from bench.evidence.backlog import BUYERS, PARTITIONS, ROUNDS, acted_on, lived_through
from bench.lab import lab
from bench.report import Claim, at_least
from services.devstack.package import PACKAGES
from services.devstack.release import JobCode

WRONG = JobCode(main="tests.cluster.merged_time_job", packages=(*PACKAGES, "tests"))
"""The main job, but with one clock for all partitions."""
OUTAGES = 2


def check() -> list[Claim]:
    """The uneven outages of claim 4."""
    with lab() as stack:
        stack.kairos("submit", "--clock", "live", "--partitions", str(PARTITIONS))
        hours = [lived_through(stack, ROUNDS + number, lopsided=True, code=WRONG)[0] for number in range(OUTAGES)]
        users = {user for user, _ in acted_on(stack)}
    fooled = sum(user in users for hour in hours for user in hour.buyers)
    label = "the same asked of a job that takes time of all partitions as one"
    return [at_least(f"{label}: carts acted on although bought, of {OUTAGES * BUYERS} (must be caught)", fooled, "carts", 1)]
