import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from services.devstack.package import package


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    hashes = {hashlib.sha256(package(tmp_path / name).read_bytes()).hexdigest() for name in ("a.zip", "b.zip")}
    assert len(hashes) == 1


def test_packages_stand_at_its_root_and_nothing_compiled_is_in_it(tmp_path: Path) -> None:
    names = zipfile.ZipFile(package(tmp_path / "job.zip")).namelist()
    assert {"jobs/decide.py", "udfs/core/engine.py", "schemas/decision.avsc"} <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_codecs_read_their_schemas_from_inside_the_zip(tmp_path: Path) -> None:
    zipped = package(tmp_path / "job.zip")
    code = "import udfs.codecs.decode as d; print(d.__file__); print(d.decode(b'k', b'{}', 0).reason)"
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(zipped)!r}); {code}"], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[0].startswith(str(zipped))
