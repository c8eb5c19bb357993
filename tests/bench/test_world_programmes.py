"""The evidence on programmes covers every folder of docs/examples/programmes, and no other."""

import pytest

from bench.evidence.world_programmes import FOLDER, GAP, IN_PART, WORKAROUND, check


def test_each_programme_says_what_it_took_before() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == WORKAROUND.keys() | GAP.keys()
    assert not WORKAROUND.keys() & GAP.keys()
    assert IN_PART.keys() <= folders


@pytest.mark.slow
def test_every_claim_holds() -> None:
    assert [claim.claim for claim in check() if not claim.holds] == []
