"""The job as one zip for `flink run -pyfs`, with its packages at the root."""

import importlib.util
import marshal
import zipfile
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

PACKAGES = ("jobs", "udfs", "schemas")
"""What the job imports or reads. Campaigns are not included: they come from `control`."""

EPOCH = (1980, 1, 1, 0, 0, 0)
NEVER_CHECKED = (0b01).to_bytes(4, "little")
"""The flags of compiled code that is named by the hash of its source, and not compared with it again (PEP 552)."""
WITHOUT_REFERENCES = 2
"""A later format of compiled code refers back to equal objects, if they happen to be the same object: the bytes would not be reproducible."""


def package(target: Path, packages: Sequence[str] = PACKAGES) -> Path:
    """Write the zip to `target`. The same sources give the same bytes, so that its hash can name a release.

    Each module is there compiled, too: from a zip Python would compile it again at every start. Another version of Python takes the source.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".tmp")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in packages:
            for inside, file in sorted(_files(resources.files(name), name)):
                data = file.read_bytes()
                archive.writestr(zipfile.ZipInfo(inside, EPOCH), data, zipfile.ZIP_DEFLATED)
                if inside.endswith(".py"):
                    archive.writestr(zipfile.ZipInfo(f"{inside}c", EPOCH), _compiled(data, inside), zipfile.ZIP_DEFLATED)
    fresh.replace(target)
    return target


def _compiled(source: bytes, inside: str) -> bytes:
    code = compile(source, inside, "exec", dont_inherit=True, optimize=0)
    return importlib.util.MAGIC_NUMBER + NEVER_CHECKED + importlib.util.source_hash(source) + marshal.dumps(code, WITHOUT_REFERENCES)


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        if each.is_dir() and each.name != "__pycache__":
            found += _files(each, f"{prefix}/{each.name}")
        elif each.is_file() and not each.name.endswith(".pyc"):
            found.append((f"{prefix}/{each.name}", each))
    return found
