"""The main job with an operator that fails once."""

import sys

from jobs.decide import main
from tests.cluster.failing_operator import FailingOnce

if __name__ == "__main__":
    main(sys.argv[1:], operator=FailingOnce)
