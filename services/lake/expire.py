"""Days of the lake that are over: their files are deleted, a day at a time."""

from datetime import UTC, datetime

from services.lake.store import Lake

DAY_S = 86_400


def expire(lake: Lake, *, kept_ms: int, now: float) -> dict[str, int]:
    """Delete the files of days that ended more than `kept_ms` ago. `now`: epoch seconds. Returns table -> files that went. Raises LakeError."""
    last = datetime.fromtimestamp(now - kept_ms / 1000 - DAY_S, UTC).strftime("%Y-%m-%d")
    gone: dict[str, int] = {}
    with lake.changing():
        for file in lake.settled(lake.finished(), now=now):
            if file.date <= last:
                lake.replace(file, None)
                gone[file.table] = gone.get(file.table, 0) + 1
    return gone
