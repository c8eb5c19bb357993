"""Make FLINK_HOME of the installed Python package, our jars and docker/flink, as `flink_home.py /opt/jars /opt/flink`."""

import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from string import Template

TASK_HEAP_MB = 1024
"""As for the local stack (services/devstack/cluster.py)."""


def configured(template: str, package: Path) -> str:
    """The text of conf/config.yaml. Addresses are those of one machine still: `jobs.application` gives the container's."""
    opens = re.search(r"^\s*all: (--add.*)$", (package / "conf" / "config.yaml").read_text(), re.MULTILINE)
    if opens is None:
        sys.exit(f"{package}/conf/config.yaml names no env.java.opts.all: is this apache-flink 2.3?")
    values = {"home": "/var/lib/kairos", "rest_port": 8081, "rpc_port": 6123, "metrics_port": 9250, "python": "/opt/venv/bin/python"}
    return Template(template).safe_substitute(values, task_heap_mb=TASK_HEAP_MB, java_opens=opens[1])


def make(package: Path, jars: Path, ours: Path, home: Path) -> None:
    """Links to the package's jars, which stay where Python's installer put them; `plugins` and `lib` are real folders to add to."""
    for folder in ("lib", "opt", "plugins", "conf", "log"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(package / "bin", home / "bin")
    for jar in (package / "opt").glob("*.jar"):
        (home / "opt" / jar.name).symlink_to(jar)  # in a real folder: Flink follows no link to one, and finds no Python jar there
    for jar in [*(package / "lib").glob("*.jar"), *(package / "opt").glob("flink-python*.jar")]:
        (home / "lib" / jar.name).symlink_to(jar)
    for jar in jars.glob("*.jar"):
        shutil.copy(jar, home / "lib")
    for plugin in (package / "plugins").glob("metrics-*"):
        shutil.copytree(plugin, home / "plugins" / plugin.name)
    (home / "conf" / "config.yaml").write_text(configured((ours / "config.yaml").read_text(), package))
    shutil.copy(ours / "log4j-console.properties", home / "conf")


if __name__ == "__main__":
    found = find_spec("pyflink")
    if found is None or found.origin is None:
        sys.exit("pyflink is not installed")
    make(Path(found.origin).parent, Path(sys.argv[1]), Path("docker/flink"), Path(sys.argv[2]))
