"""Where the public data sets are that evidence and some tests read: next to the project, or wherever KAIROS_DATA says. Never part of it."""

import os
from pathlib import Path

DATA = Path(os.environ.get("KAIROS_DATA", Path(__file__).parents[2] / "shared" / "data"))
RETAIL = DATA / "online_retail" / "online_retail_all.csv.gz"
