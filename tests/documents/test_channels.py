"""Channels in files: any name is accepted, an unusual one with a warning, and one that is not deployed is reported with its position."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.options import Options
from services.control.deployment import closed_channels, deployed_channels, deployment_record
from services.control.listing import standing
from services.control.records import book_entries
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
    found = not_deployed(file, ("email", "whatsapp"))
    assert [(each.line, each.text[each.column - 1 :].split(",")[0].rstrip("]")) for each in found] == [(5, "whatsap"), (5, "push")]
    assert found[0].suggestion == "did you mean 'whatsapp'? Otherwise deploy it: `kairos submit --channels email,whatsapp,whatsap`"
    assert not_deployed(file, ("email", "whatsap", "push")) == []
    assert "none is deployed" in not_deployed(file, ())[0].message


def test_names_that_are_not_usual_are_doubted_not_refused(folder: Path) -> None:
    write(folder / "comeback.yaml", LISTED.replace("whatsap,", "emial, letterbox,"))
    done = CliRunner().invoke(kairos, ["campaigns", "check", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "'emial' is not one of the usual channels" in done.stderr
    assert "hint: did you mean 'email'?" in done.stderr
    assert "hint: usual are email, sms, push, webhook, in_app, onsite; the job must be submitted with it" in done.stderr
    (file,) = load_campaign_files([folder / "comeback.yaml"])
    assert [each.message for each in unusual(file, ("emial", "letterbox"))] == []


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
    assert record.version == deployment_record("kairos", ("email", "whatsapp"), at=2).version
    assert record.version != deployment_record("kairos", ("email",), at=1).version
