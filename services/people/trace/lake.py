"""The lake: rows under the pseudonyms of somebody."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from services.lake import erased, rows
from services.lake.store import Lake
from services.people.trace.found import Found, nothing
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import PERSON

UNTIL = "until `kairos lake erase`, or the lake's retention, removes them"
HIDDEN = "until the next `kairos lake erase`: run it once a day. No query shows them"


def in_lake(lake: Lake, ids: Iterable[str], known: Pseudonyms) -> Found:
    """Rows of somebody that are in files, and how many of these are of nobody any more for whoever asks the lake. Raises LakeError."""
    names = {pseudonym for each in ids for pseudonym in known.all_of(each)}
    listed = erased.erased(lake)
    limits = {name: at for name, at in listed.items() if name in names}
    count, hidden = 0, 0
    for batch in rows.batches(lake, lake.finished(), [PERSON, rows.RECORDED]):
        mine = batch.filter(pc.is_in(batch.column(PERSON), value_set=pa.array(sorted(names), pa.string())))
        count += mine.num_rows
        if limits and mine.num_rows:
            gone = rows.is_erased(mine, pa.array(limits.keys(), pa.string()), pa.array(limits.values(), pa.int64()))
            hidden += pc.sum(gone).as_py() or 0
    unfinished = f"; {lake.unfinished()} files are still being written" if lake.unfinished() else ""
    if not count:
        return nothing("lake", f"nothing{unfinished}")
    what = f"{count:,} rows" + (f", of which {hidden:,} are erased and still in files" if hidden else "") + unfinished
    return Found(where="lake", what=what, until=HIDDEN if hidden == count else UNTIL)
