import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from services.devstack.package import package

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    hashes = {hashlib.sha256(package(tmp_path / name).read_bytes()).hexdigest() for name in ("a.zip", "b.zip")}
    assert len(hashes) == 1


def test_packages_stand_at_its_root(tmp_path: Path) -> None:
    names = zipfile.ZipFile(package(tmp_path / "job.zip")).namelist()
    assert {"jobs/decide.py", "udfs/core/engine.py", "schemas/decision.avsc"} <= set(names)


@pytest.mark.slow
def test_each_module_is_compiled_and_nothing_that_somebody_else_compiled_is_in_it(tmp_path: Path) -> None:
    names = zipfile.ZipFile(package(tmp_path / "job.zip")).namelist()
    assert sorted(name for name in names if name.endswith(".pyc")) == sorted(f"{name}c" for name in names if name.endswith(".py"))


@pytest.mark.slow
def test_python_takes_what_is_compiled(tmp_path: Path) -> None:
    zipped = package(tmp_path / "job.zip")
    code = "import udfs.core.engine as e; print(e.__spec__.origin); print(e.__cached__ if hasattr(e, '__cached__') else e.__file__)"
    program = f"import sys; sys.path.insert(0, {str(zipped)!r}); {code}"
    told = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[0].endswith("job.zip/udfs/core/engine.pyc")


@pytest.mark.slow
def test_another_python_takes_the_source(tmp_path: Path) -> None:
    zipped, stale = package(tmp_path / "job.zip"), tmp_path / "stale.zip"
    with zipfile.ZipFile(zipped) as good, zipfile.ZipFile(stale, "w") as other:
        for name in good.namelist():
            data = good.read(name)
            other.writestr(name, b"\0\0\r\n" + data[4:] if name.endswith(".pyc") else data)
    program = f"import sys; sys.path.insert(0, {str(stale)!r}); import udfs.core.engine as e; print(e.__file__)"
    told = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip().endswith("stale.zip/udfs/core/engine.py")


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_run(tmp_path: Path) -> None:
    code = "from pathlib import Path; from services.devstack.package import package; import sys; package(Path(sys.argv[1]))"
    hashes = set()
    for seed in ("1", "2"):
        place = tmp_path / f"{seed}.zip"
        subprocess.run([sys.executable, "-c", code, str(place)], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT, check=True)
        hashes.add(hashlib.sha256(place.read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.slow
def test_the_codecs_read_their_schemas_from_inside_the_zip(tmp_path: Path) -> None:
    zipped = package(tmp_path / "job.zip")
    code = "import udfs.codecs.decode as d; print(d.__file__); print(d.decode(b'k', b'{}', 0).reason)"
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(zipped)!r}); {code}"], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[0].startswith(str(zipped))
