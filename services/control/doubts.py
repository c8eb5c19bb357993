"""Warnings about what files do together: messages that a policy may hold back until they expire, and experiments that have customers in common. Files
with such warnings are accepted."""

from collections.abc import Sequence

from services.control.records import book_entries
from services.documents.check import check
from services.documents.deferrals import of_campaign, of_nobody, of_policy
from services.documents.files import POLICY, CampaignFile, features_for, load_campaign_files, only, segments_for
from services.documents.findings import BadFile, Finding
from services.documents.namespaces import meeting
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book


def doubts_of(files: Sequence[CampaignFile], book: Book) -> list[Finding]:
    """Check a policy among the files against all campaigns of the book, or the campaigns among them against the book's policy and experiments."""
    rules = next((file for file in files if file.kind == "policy"), None)
    if rules is not None:
        return of_policy(book.policy, book.campaigns.values(), file=rules)
    mine = [file for file in files if file.kind == "campaign" and file.name in book.campaigns]
    late = [finding for file in mine for finding in of_campaign(book.policy, book.campaigns[file.name], file=file)]
    return [*late, *meeting(mine, book)]


def before_publishing(files: Sequence[CampaignFile]) -> list[Finding]:
    """Check files against each other, and against the features, segments and `policy.yaml` in the folder of the first one."""
    if all(file.kind == "policy" for file in files):
        return [finding for file in files for finding in of_policy_alone(file)]
    beside = files[0].file.with_name(POLICY)
    if any(file.kind == "policy" for file in files) or not beside.exists():
        return doubts_of(files, _book(files))
    try:
        rules = only(beside, "policy")
    except BadFile as e:
        return list(e.findings)
    if findings := check([rules]):
        return findings
    return doubts_of(files, _book([*files, rules]))


def of_policy_alone(policy: CampaignFile) -> list[Finding]:
    """Check a policy against the valid campaigns in its folder; if there are none, against a campaign with default settings."""
    try:
        beside = [file for file in load_campaign_files([policy.file.parent]) if file.kind != "policy"]
    except BadFile:
        beside = []  # the folder's other files are the concern of `kairos campaigns check`; here only the policy is checked
    if not any(file.kind == "campaign" for file in beside) or check(beside):
        return of_nobody(_book([policy]).policy, file=policy)
    return doubts_of([policy], _book([policy, *beside]))


def _book(files: Sequence[CampaignFile]) -> Book:
    if all(file.kind == "policy" for file in files):
        return compile_book(book_entries(files))
    against = [file for file in (features_for(files), segments_for(files)) if file is not None and file not in files]
    return compile_book(book_entries([*against, *files]))
