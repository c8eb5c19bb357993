"""The job ships as one zip: schemas and catalogue are found inside it as well."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
from udfs.codecs import decode
from udfs.codecs.avro import avro_encode, event_schemas
assert ".zip" in decode.__file__, decode.__file__
value = avro_encode({"message_id": "m", "type": "track", "event": "Product Added", "user_id": "ada", "properties": {"product_id": "tent"}})
print(decode.decode(b"ada", value, 1709294400000).name, len(event_schemas().writers))
"""


def test_an_event_is_read_by_code_and_schemas_inside_a_zip(tmp_path: Path) -> None:
    shipped = tmp_path / "job.zip"
    with zipfile.ZipFile(shipped, "w") as archive:
        for package in ("udfs", "schemas"):
            for file in sorted((ROOT / package).rglob("*")):
                if file.suffix in {".py", ".avsc", ".yaml"}:
                    archive.write(file, file.relative_to(ROOT))
    environment = {**os.environ, "PYTHONPATH": str(shipped)}
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("product_added 4", "")
