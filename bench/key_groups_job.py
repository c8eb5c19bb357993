"""The main job with the number of key groups that the environment names: what `bench.key_groups` and the test of refused savepoints submit."""

import os
import sys

from jobs.decide import main

VARIABLE = "BENCH_KEY_GROUPS"

if __name__ == "__main__":
    main(sys.argv[1:], key_groups=int(os.environ[VARIABLE]))
