"""A broker as companies have it: TLS, mutual TLS, SCRAM and PLAIN, with ACLs on. It listens on 127.0.0.1 only."""

import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from services.devstack import jars, java, ports, processes
from services.devstack.processes import Program
from tests.kafka_security.certificates import Authority
from tests.kafka_security.files import escaped

ADMIN, ADMIN_SECRET = "admin", "s3cret-of-admin"
JOB_SECRET = 's3cret-of-job"\\ =,;$ÿ#!'
"""A password with everything that is special to somebody: JAAS, properties files, SCRAM."""

SERVER = r"""
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=SCRAM://127.0.0.1:{scram},PLAIN://127.0.0.1:{plain},MUTUAL://127.0.0.1:{mutual},CLEAR://127.0.0.1:{clear},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SCRAM://localhost:{scram},PLAIN://localhost:{plain},MUTUAL://localhost:{mutual},CLEAR://127.0.0.1:{clear},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=SCRAM:SASL_SSL,PLAIN:SASL_SSL,MUTUAL:SSL,CLEAR:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLEAR
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.plain.sasl.enabled.mechanisms=PLAIN
listener.name.plain.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_job="{job_secret}";
listener.name.mutual.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.key.password=opens
ssl.truststore.type=PEM
ssl.truststore.location={truststore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={home}/data
message.max.bytes=16777216
transaction.max.timeout.ms=604800000
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
"""


class SecuredBroker:
    """Started by `start`, ended by `stop`. The clear listener is for the broker itself and for the test: it is a super user."""

    def __init__(self, home: Path) -> None:
        self.home, self.pids = home, home / "pids"
        self.scram, self.plain, self.mutual, self.clear, self._controller = ports.free(5)
        self.authority = Authority(home / "certificates")
        self.log = home / "broker.log"

    @property
    def brokers(self) -> str:
        return f"localhost:{self.scram}"

    def start(self) -> None:
        keystore = self.authority.signs("broker", password="opens")
        job_secret = "".join(letter if letter.isascii() else f"\\u{ord(letter):04x}" for letter in escaped(JOB_SECRET))  # this file is Latin-1
        values = {"scram": self.scram, "plain": self.plain, "mutual": self.mutual, "clear": self.clear, "controller": self._controller}
        settings = self.home / "server.properties"
        settings.write_text(SERVER.format(**values, keystore=keystore, truststore=self.authority.certificate, home=self.home, job_secret=job_secret))
        self._tool("kafka.tools.StorageTool", "format", "--cluster-id=AAAAAAAAAAAAAAAAAAAAAA", "-c", settings, "--standalone")
        command = [*_java("-Xmx384m", "-XX:+UseSerialGC"), "kafka.Kafka", str(settings)]
        processes.start(Program(name="secured-broker", command=command, environment={}, log=self.log), pids=self.pids)
        deadline = time.monotonic() + 60
        while ports.is_free(self.scram) or ports.is_free(self.clear):
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def stop(self) -> None:
        processes.stop(["secured-broker"], pids=self.pids, grace=5)

    def users(self, secrets: dict[str, str]) -> None:
        """Make SCRAM users with these passwords."""
        from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

        from services.kafka.client import admin

        client = admin(f"127.0.0.1:{self.clear}")
        try:
            client.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(user=name, mechanism=ScramMechanism.SCRAM_SHA_512, password=secret) for name, secret in secrets.items()]
            )
        finally:
            client.close()

    def _tool(self, *arguments: str | Path) -> str:
        done = subprocess.run([*_java("-XX:+UseSerialGC"), *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _java(*options: str) -> Iterable[str]:
    return [str(java.java_home() / "bin" / "java"), *options, *java.QUICK, "-cp", f"{jars.folder()}/kafka/*"]
