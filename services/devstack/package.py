"""The job as one zip for `flink run -pyfs`, with its packages at the root."""

import zipfile
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

PACKAGES = ("jobs", "udfs", "schemas")
"""What the job imports or reads. Campaigns are not included: they come from `control`."""

EPOCH = (1980, 1, 1, 0, 0, 0)


def package(target: Path, packages: Sequence[str] = PACKAGES) -> Path:
    """Write the zip to `target`. The same sources give the same bytes, so that its hash can name a release."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".tmp")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in packages:
            for inside, file in sorted(_files(resources.files(name), name)):
                archive.writestr(zipfile.ZipInfo(inside, EPOCH), file.read_bytes(), zipfile.ZIP_DEFLATED)
    fresh.replace(target)
    return target


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        if each.is_dir() and each.name != "__pycache__":
            found += _files(each, f"{prefix}/{each.name}")
        elif each.is_file() and not each.name.endswith(".pyc"):
            found.append((f"{prefix}/{each.name}", each))
    return found
