"""Start and stop the local stack: a broker, a cluster, heartbeats, a monitor, and a keeper that restarts them."""

import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
from kafka.errors import KafkaError

from jobs.kafka.connect import KafkaUnavailable
from services.devstack import broker, cluster, jars, ports, processes, state, zookeeper
from services.devstack.processes import Program, StackError, python_environment
from services.devstack.settings import Settings
from services.flink.rest import ClusterError, Initializing, Rest
from services.kafka.client import admin

Say = Callable[[str], None]
READY_S = 120.0


def up(settings: Settings, *, fresh: bool = False, say: Say = lambda line: None) -> None:
    """Start what does not run yet, and return when everything answers. `fresh` first stops and wipes everything but the jars."""
    if fresh:
        down(settings, savepoint=False, say=say)
        wipe(settings)
        settings = settings.change(clock="none", reads={}, submitted={}, guarded={})
    uses = (*jars.USES, "s3") if settings.state.startswith("s3") else jars.USES
    if lacking := len(jars.missing(uses)):
        say(f"fetching {lacking} jars into {jars.folder()}")
        with ThreadPoolExecutor(1) as pool:
            compiled = pool.submit(_compile)
            jars.fetch(uses=uses)
            compiled.result()
    _check_ports(settings)
    settings.save()
    if settings.other_brokers:
        _broker_answers(settings)  # before anything is started for it
    cluster.build(settings)
    with ThreadPoolExecutor(1) as pool:
        with_storage = pool.submit(_start_broker, settings)
        _job_managers(settings)
        task_managers(settings, settings.task_managers, keep=_task_managers(settings))
        with_storage.result()
    for program in (_heartbeat(settings), _monitor(settings), _keeper(settings)):
        processes.start(program, pids=settings.pids)
    guard(settings)
    standby(settings)
    wait_until_ready(settings)


def down(settings: Settings, *, savepoint: bool = True, say: Say = lambda line: None) -> list[str]:
    """Stop the job with a savepoint, then every process of this stack, including strays of a crash. Returns the names of what ran."""
    ended = processes.stop(["keeper"], pids=settings.pids)
    ended += processes.stop(["upgrade"], pids=settings.pids, grace=0)  # it would start the old job again, now that all ends
    rest = Rest(settings.job_manager_addresses)
    if savepoint and any(name.startswith("jobmanager") for name in alive(settings)):
        try:
            for job in rest.unfinished():
                say(f"stopping {job['name']}: {state.end(rest, job['jid'], settings, identity=job['name'])}")
        except ClusterError as problem:
            say(f"the cluster could not be asked to stop its job ({problem}); the next submit continues from the last checkpoint")
    names = list(processes.programs(pids=settings.pids))
    ended += processes.stop([name for name in names if name != "broker"], pids=settings.pids, grace=5)
    ended += processes.stop(["broker"], pids=settings.pids, grace=15)
    shutil.rmtree(settings.home / "zookeeper", ignore_errors=True)  # or the next JobManager would start the jobs by itself
    for stray in _strays(settings):
        ended.append(f"stray {stray.pid}")
        stray.kill()
        stray.wait(5)
    return ended


def wipe(settings: Settings) -> None:
    """Delete all state of this home, except the jars and a home inside it (the demo's)."""
    if not settings.home.exists():
        return
    for each in settings.home.iterdir():
        if each != jars.folder() and not (each / "stack.json").exists():
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()


def _job_managers(settings: Settings) -> None:
    if settings.job_managers > 1:
        processes.start(zookeeper.program(settings), pids=settings.pids)
    else:
        processes.stop(["zookeeper", "jobmanager-1"], pids=settings.pids)
    for number in range(settings.job_managers):
        processes.start(cluster.job_manager(settings, number), pids=settings.pids)


def guard(settings: Settings) -> None:
    """Make the guard run if a job has a limit of refused events that stops it, and only then."""
    if settings.guarded:
        processes.start(_python(settings, "guard", ["-m", "services.guard", "--home", str(settings.home)]), pids=settings.pids)
    else:
        processes.stop(["guard"], pids=settings.pids)


def standby(settings: Settings) -> None:
    """Make what warms up spare TaskManagers run if there are any, and only then."""
    if settings.spares:
        processes.start(_python(settings, "standby", ["-m", "services.devstack.standby", "--home", str(settings.home)]), pids=settings.pids)
    else:
        processes.stop(["standby"], pids=settings.pids)


def task_managers(settings: Settings, count: int, *, keep: Iterable[str] = ()) -> None:
    """Make exactly `count` TaskManagers run, and the spares. Those of `keep` are among them; others are stopped."""
    kept = set(keep)
    count += settings.spares
    processes.stop(_task_managers(settings) - kept, pids=settings.pids, grace=0.2)
    free = (number for number in itertools.count() if f"taskmanager-{number}" not in kept)
    wanted = [int(name.rpartition("-")[2]) for name in kept] + list(itertools.islice(free, max(0, count - len(kept))))
    for number in sorted(wanted):
        processes.start(cluster.task_manager(settings, number), pids=settings.pids)


def _task_managers(settings: Settings) -> set[str]:
    """The names of the TaskManagers that should run."""
    return {name for name in processes.programs(pids=settings.pids) if name.startswith("taskmanager-")}


def wait_until_ready(settings: Settings, *, seconds: float = READY_S) -> None:
    """Return when the broker and all TaskManagers answer. Raises StackError, with the end of the log, if one of them died."""
    rest, deadline = Rest(settings.job_manager_addresses), time.monotonic() + seconds
    one_of_many = min(_task_managers(settings), default="taskmanager-0")
    waiting: dict[str, Callable[[], bool]] = {
        "broker": lambda: _broker_answers(settings),
        "jobmanager": rest.answers,
        one_of_many: lambda: rest.slots()[1] >= settings.task_managers + settings.spares,
    }
    while waiting:
        for name, ready in list(waiting.items()):
            if processes.process(name, pids=settings.pids) is None and not (name == "broker" and settings.other_brokers):
                logs = (log for log in sorted(settings.logs.glob(f"{name}.*")) if not log.suffix[1:].isdigit())
                written = "\n".join(map(processes.last_words, logs))
                message = f"{name} died while starting. The end of its log in {settings.logs}:\n{written}"
                raise StackError(message)
            if name == one_of_many and "jobmanager" in waiting:
                continue
            with suppress(Initializing):
                if ready():
                    del waiting[name]
        if time.monotonic() > deadline:
            message = f"{', '.join(waiting)} not ready after {seconds:.0f} s: see the logs in {settings.logs}"
            raise StackError(message)
        time.sleep(0.05)


def alive(settings: Settings) -> dict[str, psutil.Process]:
    """The running processes, by name."""
    found = {name: processes.process(name, pids=settings.pids) for name in processes.programs(pids=settings.pids)}
    return {name: each for name, each in found.items() if each is not None}


def _start_broker(settings: Settings) -> None:
    """Start the stack's own broker, or end it where another is used."""
    if settings.other_brokers:
        processes.stop(["broker"], pids=settings.pids, grace=15)
    else:
        processes.start(broker.program(settings), pids=settings.pids)


def missing(settings: Settings) -> set[str]:
    """The names of the processes without which nothing can be submitted, and which do not run. Of several JobManagers one is enough."""
    running = alive(settings).keys()
    absent = set() if settings.other_brokers or "broker" in running else {"broker"}
    return absent if any(name.startswith("jobmanager") for name in running) else {*absent, "jobmanager"}


def _check_ports(settings: Settings) -> None:
    owners: dict[str, list[tuple[str, int]]] = {"broker": [("broker", settings.broker_port), ("controller", settings.controller_port)]}
    if settings.other_brokers:
        owners = {}
    owners["jobmanager"] = [("rest", settings.rest_port), ("rpc", settings.rpc_port)]
    if settings.job_managers > 1:
        owners["jobmanager-1"] = [("second-rest", settings.second_rest_port)]
        owners["zookeeper"] = [("zookeeper", settings.zookeeper_port)]
    owners["monitor"] = [("metrics", settings.metrics_port)]
    owners["heartbeat"] = [("heartbeat-metrics", settings.heartbeat_metrics_port)]
    for name, listened_on in owners.items():
        if processes.process(name, pids=settings.pids):
            continue
        for label, port in listened_on:
            if not ports.becomes_free(port):
                message = f"port {port} is in use by another process: end it, or choose another with `kairos up --{label}-port`"
                raise StackError(message)


def _broker_answers(settings: Settings) -> bool:
    if settings.other_brokers:
        admin(settings.brokers).close()  # it says what is wrong; nobody is starting it
        return True
    if ports.is_free(settings.broker_port):
        return False  # a Kafka client would wait, and log
    try:
        client = admin(settings.brokers)
    except KafkaUnavailable:
        return False
    try:
        client.list_topics()
    except KafkaError:
        return False  # the port opens before the broker is ready
    finally:
        client.close()
    return True


def _compile() -> None:
    """Compile what TaskManagers import while the jars are downloaded, so that the first submit is as quick as the second."""
    command = [sys.executable, "-c", "import jobs.decide, pyflink.fn_execution"]
    subprocess.run(command, env=python_environment(), check=False, capture_output=True)  # an import that fails is reported where it is needed


def _python(settings: Settings, name: str, arguments: list[str]) -> Program:
    return Program(name=name, command=[sys.executable, *arguments], environment=python_environment(), log=settings.logs / f"{name}.log")


def _heartbeat(settings: Settings) -> Program:
    port = ["--metrics-port", str(settings.heartbeat_metrics_port)]
    return _python(settings, "heartbeat", ["-m", "services.heartbeat", "--home", str(settings.home), *port])


def _monitor(settings: Settings) -> Program:
    port = ["--metrics-port", str(settings.metrics_port)]
    return _python(settings, "monitor", ["-m", "services.monitor", "--home", str(settings.home), *port])


def _keeper(settings: Settings) -> Program:
    return _python(settings, "keeper", ["-m", "services.devstack.keeper", "--pids", str(settings.pids)])


def _strays(settings: Settings) -> Iterable[psutil.Process]:
    """Java processes of this home without a file: left by a crash between the start and the writing of the file."""
    marks = (f"{settings.home}/flink/lib/*", f"{settings.home}/kafka-conf/server.properties")
    for each in psutil.process_iter():
        try:
            if any(mark in each.cmdline() for mark in marks):
                yield each
        except psutil.Error:
            continue  # it has ended meanwhile, or belongs to another user
