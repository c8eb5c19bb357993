"""The local ZooKeeper, which chooses the JobManager that leads: the server that Flink brings with it."""

import os
import re

from services.devstack import java
from services.devstack.processes import Program
from services.devstack.settings import Settings

MAIN = "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain"
CONFIGURATION = """\
tickTime=500
dataDir={home}/zookeeper
clientPort={port}
clientPortAddress=127.0.0.1
maxClientCnxns=0
admin.enableServer=false
"""

LEADS = re.compile(r"^(\S+ \S+) .*DispatcherRestEndpoint.* was granted leadership", re.MULTILINE)


def program(settings: Settings) -> Program:
    """The server, ready to start."""
    folder = settings.home / "zookeeper"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = settings.home / "zookeeper.cfg"
    configuration.write_text(CONFIGURATION.format(home=settings.home, port=settings.zookeeper_port))
    log = f"-Dlog4j.configurationFile=file:{settings.home}/flink/conf/log4j-cli.properties"
    memory = ["-Xmx128m", "-XX:+UseSerialGC", *java.QUICK]
    command = [str(java.java_home() / "bin" / "java"), *memory, log, "-Dlog.file=/dev/null", "-cp", f"{settings.home}/flink/lib/*", MAIN]
    return Program(name="zookeeper", command=[*command, str(configuration)], environment={**os.environ}, log=settings.logs / "zookeeper.log")


def leader(settings: Settings) -> str:
    """The name of the JobManager that was last made the leader, from their logs; empty if none was."""
    found = [(match[1], log.stem) for log in settings.logs.glob("jobmanager*.log") for match in LEADS.finditer(log.read_text(errors="replace"))]
    return max(found, default=("", ""))[1]
