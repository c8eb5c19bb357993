"""Write what is in an image as a CycloneDX 1.5 document, as `sbom.py NAME [FOLDER OF JARS]…`: Debian and Python packages, and jars by SHA-256.

Equal images give equal documents: it holds no time and no serial number.
"""

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

JAR = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+-]*)\.jar")


def component(name: str, version: str, purl: str, **more: Any) -> dict[str, Any]:
    """One entry."""
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, **more}


def debian(listing: str) -> list[dict[str, Any]]:
    """The packages of dpkg, from lines of name, version and architecture."""
    found = [line.split("\t") for line in listing.splitlines()]
    return [component(name, version, f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={arch}") for name, version, arch in found]


def python(installed: list[Distribution]) -> list[dict[str, Any]]:
    """The packages of this Python."""
    named = {(re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(), each.version) for each in installed}
    return [component(name, version, f"pkg:pypi/{name}@{quote(version, safe='')}") for name, version in sorted(named)]


def jars(folders: list[Path]) -> list[dict[str, Any]]:
    """The jars in some folders, links followed; the same file in two folders is one entry."""
    found: dict[str, dict[str, Any]] = {}
    for jar in sorted((jar for folder in folders for jar in folder.rglob("*.jar")), key=lambda jar: jar.name):
        sha256 = hashlib.sha256(jar.read_bytes()).hexdigest()
        parts = JAR.fullmatch(jar.name)
        name, version = (parts["name"], parts["version"]) if parts else (jar.stem, "unknown")
        purl = f"pkg:generic/{name}@{quote(version, safe='')}?checksum=sha256:{sha256}"
        found[sha256] = component(name, version, purl, hashes=[{"alg": "SHA-256", "content": sha256}])
    return list(found.values())


def document(name: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole document."""
    image = {"type": "container", "bom-ref": name, "name": name}
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": image}, "components": components}


if __name__ == "__main__":
    packages = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\n"], capture_output=True, text=True, check=True
    ).stdout
    contained = [*debian(packages), *python(list(distributions())), *jars([Path(folder) for folder in sys.argv[2:]])]
    json.dump(document(sys.argv[1], contained), sys.stdout, indent=1)
