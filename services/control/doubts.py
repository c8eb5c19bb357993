"""Which messages a policy may hold back beyond their lives, of files that were checked and have no fault: said, and never a reason to refuse them."""

from collections.abc import Sequence

from services.control.records import book_entries
from services.documents.check import check
from services.documents.deferrals import of_campaign, of_nobody, of_policy
from services.documents.files import POLICY, CampaignFile, features_for, load_campaign_files, only, segments_for
from services.documents.findings import BadFile, Finding
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book


def deferred_too_long(files: Sequence[CampaignFile], book: Book) -> list[Finding]:
    """Judge a policy among the files by all campaigns of the book, else the campaigns among them by the book's policy."""
    rules = next((file for file in files if file.kind == "policy"), None)
    if rules is not None:
        return of_policy(book.policy, book.campaigns.values(), file=rules)
    mine = [file for file in files if file.kind == "campaign" and file.name in book.campaigns]
    return [finding for file in mine for finding in of_campaign(book.policy, book.campaigns[file.name], file=file)]


def before_publishing(files: Sequence[CampaignFile]) -> list[Finding]:
    """Judge files by each other, and by what stands beside the first of them: features, segments, `policy.yaml`."""
    if all(file.kind == "policy" for file in files):
        return [finding for file in files for finding in of_policy_alone(file)]
    beside = files[0].file.with_name(POLICY)
    if any(file.kind == "policy" for file in files) or not beside.exists():
        return deferred_too_long(files, _book(files))
    try:
        rules = only(beside, "policy")
    except BadFile as e:
        return list(e.findings)
    if findings := check([rules]):
        return findings
    return deferred_too_long(files, _book([*files, rules]))


def of_policy_alone(policy: CampaignFile) -> list[Finding]:
    """Judge a policy by the campaigns in its folder, if they are without fault, else by what holds for every campaign that says nothing else."""
    try:
        beside = [file for file in load_campaign_files([policy.file.parent]) if file.kind != "policy"]
    except BadFile:
        beside = []  # the folder holds other things, or what `kairos campaigns check` will tell of: here only the policy was asked about
    if not any(file.kind == "campaign" for file in beside) or check(beside):
        return of_nobody(_book([policy]).policy, file=policy)
    return deferred_too_long([policy], _book([policy, *beside]))


def _book(files: Sequence[CampaignFile]) -> Book:
    if all(file.kind == "policy" for file in files):
        return compile_book(book_entries(files))
    against = [file for file in (features_for(files), segments_for(files)) if file is not None and file not in files]
    return compile_book(book_entries([*against, *files]))
