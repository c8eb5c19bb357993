"""The main job in a container, where no option of Flink says how state is restored: as its new owner.

The changelog knows no other way: with NO_CLAIM, the default of Flink's entry point, the first checkpoint fails, and the job starts again
forever. `jobs.application` hands over a copy of a savepoint, because the owner deletes it. And since an application whose program fails is removed
with all it needs to go on, the program waits for a broker that does not answer.
"""

import sys

from jobs.decide import main
from jobs.waiting import PATIENCE_S

CLAIM = {"execution.state-recovery.claim-mode": "CLAIM"}

if __name__ == "__main__":
    main(sys.argv[1:], more=CLAIM, patience_s=PATIENCE_S)
