"""docker/compose.yaml: what can be known of it without starting anything."""

import re
import tomllib
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from cli.main import kairos
from jobs import application
from jobs.kafka.java_client import require_references
from jobs.kafka.properties import read
from jobs.options import parse
from services.devstack.jars import lock
from simulation.catalogue import outdoor_shop
from tests.images.files import DOCKER, ROOT, compose, dockerfile
from training.command import training
from training.config import read_config
from training.recommend.config import read_recommend
from training.schedule.plan import read_plan

READ = compose()
SERVICES: dict[str, dict[str, Any]] = READ["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
COMMANDS = [
    name
    for name, service in OURS.items()
    if service["build"]["target"] == "services" and "command" in service and service.get("entrypoint", ["kairos"])[0] == "kairos"
]
"""Those that run a command of `kairos`."""
SECRET = re.compile(r"pass(word|phrase)?|secret|token|credential|api_?key", re.IGNORECASE)


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in service.get("environment", {}).items()}


def test_it_has_what_a_deployment_needs() -> None:
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert always == {"kafka", "prepare", "jobmanager", "taskmanager", "heartbeat", "decisions"}
    assert SERVICES["shop"]["profiles"] == ["shop"]
    assert SERVICES["prometheus"]["profiles"] == ["monitoring"]


def test_every_published_port_listens_on_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert published
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in published), published
    assert not [name for name, service in SERVICES.items() if service.get("network_mode") == "host" or service.get("privileged")]


@pytest.mark.parametrize("name", [*OURS, "prometheus"])
def test_a_container_of_ours_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "user" not in service, "the image's own, which is not root"


def test_no_secret_stands_in_it() -> None:
    for name, service in SERVICES.items():
        assert not [key for key in environment(service) if SECRET.search(key)], name
    require_references(read(DOCKER / "compose" / "kafka.properties"), name="kafka.properties")
    for secret in READ["secrets"].values():
        assert secret["file"].startswith("${"), "from outside"


def test_every_file_that_is_mounted_exists() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())]
    files = [source for source in mounted if source.startswith(".")]
    assert files
    assert [source for source in files if not (DOCKER / source).exists()] == []
    assert {source for source in mounted if not source.startswith(".")} == set(READ["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_built_from_a_target_that_exists(name: str) -> None:
    build = OURS[name]["build"]
    assert (DOCKER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    stages = dockerfile()
    assert build["target"] in stages
    arguments = {rest.split("=")[0] for stage in stages.values() for rest in stage.of("ARG")} | {"BASE_IMAGE"}
    assert set(build["args"]) == arguments
    defaults = dict(re.findall(r"^ARG (\w+)=(.+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE))
    for argument, value in build["args"].items():
        assert value.endswith(f":-{defaults.get(argument, '')}}}"), argument


def test_versions_are_those_of_the_project_and_its_lock_files() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in OURS.values()} == {f"kairos-{name}:{version}" for name in ("job", "services", "training")}
    assert all(service["image"] == f"kairos-{service['build']['target']}:{version}" for service in OURS.values())
    broker = next(jar.coordinate.split(":")[2] for jar in lock() if jar.coordinate.startswith("org.apache.kafka:kafka-clients:"))
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{broker}"
    assert re.fullmatch(r"prom/prometheus:v\d+\.\d+\.\d+", SERVICES["prometheus"]["image"])


def test_the_job_gets_the_very_options_that_its_topics_were_made_with() -> None:
    assert SERVICES["jobmanager"]["command"] == SERVICES["prepare"]["command"]
    assert SERVICES["monitor"]["command"] == SERVICES["prepare"]["command"], "it has to know the topics"
    options = parse(SERVICES["jobmanager"]["command"])
    assert options.clock == "live"
    assert {environment(SERVICES[name])["KAIROS_KAFKA_PROPERTIES"] for name in OURS} == {"/etc/kairos/kafka.properties"}


def test_everything_waits_until_the_topics_are_there() -> None:
    waiting = {name: set(service.get("depends_on", ())) for name, service in SERVICES.items()}
    assert all(needed in SERVICES for each in waiting.values() for needed in each)
    for name in ("jobmanager", "taskmanager", "heartbeat", "decisions", "demo-campaigns", "catalogue", "schedule"):
        assert SERVICES[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert SERVICES["monitor"]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
    assert SERVICES["prepare"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


def test_prometheus_finds_flink_the_monitor_and_the_alert_rules() -> None:
    config = YAML(typ="safe").load(DOCKER / "compose" / "prometheus.yml")
    assert [(DOCKER / file.removeprefix("/etc/kairos/")).is_file() for file in config["rule_files"]] == [True]
    asked = {name for job in config["scrape_configs"] for found in job.get("dns_sd_configs", ()) for name in found["names"]}
    assert asked == {"jobmanager", "taskmanager"}
    ports = {found["port"] for job in config["scrape_configs"] for found in job.get("dns_sd_configs", ())}
    assert ports == {int(application.ANYWHERE["metrics.reporter.prometheus.port"])}
    assert SERVICES["monitor"]["network_mode"] == "service:prometheus", "its port is reached from there only"


def test_the_state_of_the_job_is_shared_and_outlives_its_containers() -> None:
    for name in ("jobmanager", "taskmanager"):
        assert f"state:{application.STATE}" in SERVICES[name]["volumes"]


def test_the_schedule_is_one_that_can_be_read_where_its_files_are_mounted() -> None:
    service = SERVICES["schedule"]
    assert service["profiles"] == ["training"]
    assert (service["command"][0], training.commands["schedule"].name) == ("schedule", "schedule")
    mounted = dict(reversed(volume.split(":")[:2]) for volume in service["volumes"])
    assert service["command"][1].startswith("/etc/kairos/schedule/")
    plan = read_plan(DOCKER / mounted["/etc/kairos/schedule"] / service["command"][1].removeprefix("/etc/kairos/schedule/"))
    [job] = [each for each in plan.jobs.values() if each.train]
    assert job.train
    campaigns = mounted[str(job.train["campaigns"])]
    assert (DOCKER / campaigns).resolve() == ROOT / "simulation" / "campaigns"
    assert (DOCKER / campaigns / f"{job.train['campaign']}.yaml").is_file()
    assert [each.check["campaigns"] for each in plan.jobs.values() if each.check] == [job.train["campaigns"]]


def test_the_schedule_has_a_job_of_every_kind() -> None:
    plan = read_plan(DOCKER / "compose" / "schedule" / "schedule.yaml")
    kinds = [kind for each in plan.jobs.values() for kind in ("train", "recommend", "check") if getattr(each, kind) is not None]
    assert sorted(kinds) == ["check", "recommend", "train"]


def test_what_recommends_is_learned_from_the_shops_events_and_published_where_the_job_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(application.STATE))
    config = read_recommend(DOCKER / "compose" / "schedule" / "recommend.yaml")
    assert config["history"] == {"topic": parse(SERVICES["jobmanager"]["command"]).events_topic}
    assert config["alias"] == "champion", "which is published"
    assert config["gate"]["HR@10"] > 10 / len(outdoor_shop().by_id), "what chance would find is not"
    for place in (config.store, str(config.registry), str(config.runs)):
        assert place.startswith(f"{application.STATE}/"), "in the volume, which TaskManagers read"


def test_the_catalogue_is_written_where_the_job_reads_it() -> None:
    told = dict(word.removeprefix("--").split("=") for word in SERVICES["catalogue"]["command"] if word.startswith("--"))
    assert told["learn-from"] == parse(SERVICES["jobmanager"]["command"]).events_topic
    assert all(told[name].startswith(f"{application.STATE}/") for name in ("store", "data"))
    assert f"state:{application.STATE}" in SERVICES["catalogue"]["volumes"]


def test_a_scheduled_model_is_where_the_job_reads_it_and_outlives_its_container() -> None:
    home = re.search(r"ENV KAIROS_HOME=(\S+)", (DOCKER / "Dockerfile").read_text().split("AS training\n")[1])
    assert home
    for name in ("schedule", "taskmanager", "jobmanager"):
        assert f"state:{home[1]}" in SERVICES[name]["volumes"], name
    settings = [read_config(file) for file in (DOCKER / "compose" / "schedule").glob("*.yaml") if "training:" in file.read_text()]
    assert settings
    for each in settings:
        assert not {"store", "registry", "runs"} & each.document.keys(), "in the state folder, which is the volume"


def test_the_broker_is_set_as_the_local_one_is() -> None:
    local = dict(line.split("=", 1) for line in (DOCKER / "kafka" / "server.properties").read_text().splitlines() if re.match(r"[a-z]", line))
    here = {key.removeprefix("KAFKA_").lower().replace("_", "."): value for key, value in environment(SERVICES["kafka"]).items()}
    for key in ("message.max.bytes", "replica.fetch.max.bytes", "transaction.max.timeout.ms", "auto.create.topics.enable"):
        assert here[key] == local[key]
    for key in local:
        if key.endswith(("replication.factor", ".min.isr")) and key != "default.replication.factor":
            assert here[key] == "1", f"{key}: there is one broker"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_one_that_kairos_has(name: str) -> None:
    service = SERVICES[name]
    words = [*service.get("entrypoint", ["kairos"]), *service["command"]]
    assert words[0] == "kairos"
    command: click.Command = kairos
    context, arguments = kairos.make_context("kairos", words[1:]), words[1:]
    while isinstance(command, click.Group) and (found := command.get_command(context, arguments[0] if arguments else "")) is not None:
        command, arguments = found, arguments[1:]
        context = command.make_context(command.name, list(arguments), parent=context)
    assert command is not kairos


def test_whatever_has_to_know_the_job_gets_its_options() -> None:
    assert {name for name in SERVICES if SERVICES[name].get("command") == SERVICES["jobmanager"]["command"]} == {
        "prepare", "jobmanager", "heartbeat", "monitor",
    }  # fmt: skip
