"""The book of a run without a cluster: checked campaign files, in the form of `control`."""

from collections.abc import Sequence
from pathlib import Path

from services.control.records import book_entries
from services.documents.check import check
from services.documents.files import CampaignFile, Named, features_for, load_campaign_files, only, recommendations_for, segments_for, shipped
from services.documents.findings import BadFile
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book


def book_of(campaigns: Sequence[Path] = (), *, features: Path | None = None, policy: Path | None = None) -> Book:
    """Campaigns from files and folders (none: those shipped with Kairos), the features they are written against, and a policy, if given.

    Features come from `features`, from among the files, or from the folder of the first one. Raises BadFile with everything that is wrong.
    """
    files = load_campaign_files(list(campaigns) or shipped())
    given: dict[Named, Path | None] = {"features": features, "policy": policy}
    for kind, named in given.items():
        if named is not None:  # it was named, so it takes precedence over one in a folder
            files = [file for file in files if file.kind != kind] + [only(named, kind)]
    if findings := check(files):
        raise BadFile(findings)
    return compile_book(book_entries(_complete(files)))


def _complete(files: list[CampaignFile]) -> list[CampaignFile]:
    """Add the features, segments and strategies that the files are written against."""
    beside = [file for file in (segments_for(files), recommendations_for(files)) if file is not None]
    complete = [*files, *(file for file in beside if file not in files)]
    return complete if any(file.kind == "features" for file in files) else [features_for(files), *complete]
