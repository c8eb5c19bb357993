"""Channels in files: any name is accepted, an unusual one with a warning, and one that is not deployed is reported with its position."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.options import Options
from services.control.deployment import changes, closed_channels, deployed_channels, deployment_record, deployments
from services.control.listing import Published, standing
from services.control.records import ControlRecord, book_entries
from services.documents.channels import not_deployed, unusual
from services.documents.files import load_campaign_files
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.book import Entry

LISTED = CAMPAIGN.replace("channel: email, template: cart", "channel: [email, whatsap, push], content: {body: Hi}")
POLICY = """\
caps:
  - {id: a, channel: [email, fax], max: 1, within: 1d}
throughput: {e-mail: 5 per minute}
quiet_hours: {from: '22:00', to: '8:00', channels: emal}
"""


def test_channels_that_are_not_deployed_are_found_where_they_stand(folder: Path) -> None:
    (file,) = load_campaign_files([write(folder / "comeback.yaml", LISTED)])
    found = not_deployed(file, {"kairos": ("email", "whatsapp")})
    assert [(each.line, each.text[each.column - 1 :].split(",")[0].rstrip("]")) for each in found] == [(5, "whatsap"), (5, "push")]
    assert found[0].suggestion == "did you mean 'whatsapp'? Otherwise deploy it: `kairos submit --channels email,whatsapp,whatsap`"
    assert not_deployed(file, {"kairos": ("email", "whatsap", "push")}) == []
    assert "none is deployed" in not_deployed(file, {"kairos": ()})[0].message
    assert not_deployed(file, {}) == []


def test_a_channel_has_to_be_deployed_by_every_deployment_and_the_one_that_lacks_it_is_named(folder: Path) -> None:
    (file,) = load_campaign_files([write(folder / "comeback.yaml", LISTED)])
    (found,) = not_deployed(file, {"kairos": ("email", "whatsap", "push"), "trial": ("email", "push")})
    assert found.message == "channel 'whatsap' is not deployed by trial: deployed are email, push"
    assert found.suggestion == "deploy it: `kairos submit --deployment trial --channels email,push,whatsap`"


def test_names_that_are_not_usual_are_doubted_not_refused(folder: Path) -> None:
    write(folder / "comeback.yaml", LISTED.replace("whatsap,", "emial, letterbox,"))
    done = CliRunner().invoke(kairos, ["campaigns", "check", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "'emial' is not one of the usual channels" in done.stderr
    assert "hint: did you mean 'email'?" in done.stderr
    assert "hint: usual are email, sms, push, webhook, in_app, onsite; the job must be submitted with it" in done.stderr
    (file,) = load_campaign_files([folder / "comeback.yaml"])
    assert [each.message for each in unusual(file, ("emial", "letterbox"))] == []


def test_they_are_doubted_too_while_another_file_has_a_mistake(folder: Path) -> None:
    write(folder / "comeback.yaml", LISTED.replace("whatsap,", "emial, letterbox,"))
    write(folder / "other.yaml", "campaign: other\ntrigger: {evnt: page}\n")
    done = CliRunner().invoke(kairos, ["campaigns", "check", str(folder)], catch_exceptions=False)
    assert done.exit_code == 1
    assert "'emial' is not one of the usual channels" in done.stderr


def test_so_are_those_of_a_policy(folder: Path) -> None:
    file = write(folder / "policy.yaml", POLICY)
    done = CliRunner().invoke(kairos, ["policy", "check", str(file)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [f"policy.yaml:{place}: '{name}'" in done.stderr for place, name in (("2:30", "fax"), ("3:14", "e-mail"), ("4:52", "emal"))] == [True] * 3
    assert "'email' is none" not in done.stderr


@pytest.mark.parametrize(("channels", "said"), [("email,whatsap,push", []), ("email", ["whatsap, push"]), ("sms", ["email, whatsap, push"])])
def test_a_submit_names_the_campaigns_whose_channels_it_does_not_deploy(folder: Path, channels: str, said: list[str]) -> None:
    write(folder / "comeback.yaml", LISTED)
    held = standing(book_entries(load_campaign_files([folder])))
    lines = list(closed_channels(Options(channels=channels), held))
    assert [line.partition(", which is not deployed")[0] for line in lines] == [f"campaign comeback uses {missing}" for missing in said]
    assert all(f"`kairos submit --channels {channels},{said[0].replace(', ', ',')}`" in line for line in lines)


def test_what_a_submit_says_is_read_again_and_has_the_same_version_for_the_same_channels() -> None:
    record = deployment_record("kairos", ("email", "whatsapp"), at=1)
    assert deployed_channels(standing([Entry(record.key, 0, record.value)])) == ("email", "whatsapp")
    assert deployed_channels([]) is None
    assert deployments([]) == {}
    assert record.version == deployment_record("kairos", ("email", "whatsapp"), at=2).version
    assert record.version != deployment_record("kairos", ("email",), at=1).version


def on_control(*records: ControlRecord) -> list[Published]:
    return standing([Entry(record.key, offset, record.value) for offset, record in enumerate(records)])


def test_every_deployment_has_a_record_of_its_own() -> None:
    held = on_control(deployment_record("kairos", ("email",), at=1), deployment_record("trial/eu", ("push", "email"), at=2))
    assert deployments(held) == {"kairos": ("email",), "trial/eu": ("push", "email")}
    assert deployed_channels(held) == ("email", "push")
    assert deployments(on_control(deployment_record("kairos", ("email",), at=1), ControlRecord(key="deployment/kairos", value=None))) == {}


def test_a_submit_writes_its_own_record_once_and_removes_the_shared_one_of_earlier_versions() -> None:
    other, options = deployment_record("other", ("sms",), at=1), Options(deployment="trial", channels="email")
    (made,) = changes(options, on_control(other), at=2)
    assert made.key == "deployment/trial"
    assert changes(options, on_control(other, made), at=3) == []
    assert [each.key for each in changes(replace(options, channels="push"), on_control(other, made), at=4)] == ["deployment/trial"]
    shared = ControlRecord(key="deployment", value=other.value)
    assert [(each.key, each.value) for each in changes(options, on_control(shared, made), at=5)] == [("deployment", None)]
    assert deployments(on_control(shared)) == {}
