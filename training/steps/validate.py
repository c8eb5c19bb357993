"""Step 2: the rows are what the training file says, and much like those of the last run; otherwise the run stops, with a report."""

from collections.abc import Iterator

import msgspec

from training.errors import TrainingError, ValidationError
from training.profile import Profile, profiles
from training.steps.folder import RunFolder, before
from training.steps.material import material
from training.steps.step import Run
from training.validation import Finding, against_last, against_rules

READS = ("validate",)
REPORT, PAGE = "validation.json", "validation.md"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`validation.json`: what the rows are like, and what was found."""

    rows: int
    positives: float
    """The share of rows that reach the goal."""
    features: dict[str, Profile]
    findings: list[Finding]
    last: str | None = None
    """The run that they were compared with."""

    @property
    def passed(self) -> bool:
        """Whether the run may go on."""
        return not any(each.stops for each in self.findings)


def run(run: Run) -> str:
    """Validate. Raises ValidationError with everything that stops the run; the report is written in any case."""
    found, rules = material(run), run.config["validate"] or {}
    rows, positives = len(found.rows), sum(row.label for row in found.rows) / max(1, len(found.rows))
    features = profiles(found.rows, found.facts.definitions)
    last, told = passed_before(run), list(against_rules(rules, rows=rows, features=features))
    if last is not None:
        told += against_last(rules, (rows, positives, features), (last[1].rows, last[1].positives, last[1].features))
    report = Report(rows=rows, positives=positives, features=features, findings=told, last=last[0] if last else None)
    run.folder.put(REPORT, report)
    run.folder.write(PAGE, "\n".join(page(report)).encode())
    if not report.passed:
        stops = [each.message for each in told if each.stops]
        more = f"; and {len(stops) - 5} more" if len(stops) > 5 else ""
        problem = f"the rows are not what they should be: {'; '.join(stops[:5])}{more}. The report is {run.folder.path / PAGE}"
        raise ValidationError(problem)
    for each in told:
        run.say(each.message)
    return f"{len(features)} features, {positives:.1%} reach the goal; " + (
        f"much like run {report.last}" if last else "no run before to compare with"
    )


def passed_before(run: Run) -> tuple[str, Report] | None:
    """The latest run before this one that has passed. One whose report is damaged is left out: it must not stop every run after it."""
    for each in before(run.folder.path):
        try:
            if (each / REPORT).is_file() and (report := RunFolder(each).get(REPORT, Report)).passed:
                return each.name, report
        except TrainingError as error:
            run.say(f"run {each.name} is not compared with: {error}")
    return None


def page(report: Report) -> Iterator[str]:
    """The report as Markdown."""
    yield "# Validation"
    yield ""
    yield f"{report.rows:,} rows, {report.positives:.1%} of them reach the goal" + (f"; compared with run {report.last}." if report.last else ".")
    yield ""
    for finding in report.findings:
        yield f"- {'**stops the run**: ' if finding.stops else ''}{finding.message}"
    if not report.findings:
        yield "Nothing was found."
    yield ""
    yield "| feature | kind | unknown | least | 95th percentile | most | texts |"
    yield "|---|---|---|---|---|---|---|"
    for name, each in report.features.items():
        numbers = ["" if value is None else f"{value:g}" for value in (each.least, each.high, each.most)]
        yield f"| {name} | {each.kind} | {each.unknown:.1%} | {' | '.join(numbers)} | {each.texts or ''} |"
    yield ""
