"""The main job with the number of key groups that the environment names: what `bench.key_groups` and the test of refused savepoints submit."""

import os
import sys

VARIABLE = "BENCH_KEY_GROUPS"

if __name__ == "__main__":
    from jobs.decide import main  # here, for Flink's package is not for those who only want the name

    main(sys.argv[1:], key_groups=int(os.environ[VARIABLE]))
