"""Models of a run without a cluster: manifests from files, with the same checks as in the job."""

from collections.abc import Sequence
from pathlib import Path

from services.control.model_records import ModelError, checked, manifest_at, put_in_front, record
from services.extras import require
from udfs.core.campaigns.book import Book

GIVE = "give one with --model MANIFEST"


def with_models(book: Book, manifests: Sequence[Path]) -> Book:
    """The book with these models. Raises ModelError with the file that is wrong, and ModuleNotFoundError without the extra `models`."""
    if manifests:
        require("numpy", "onnxruntime")  # otherwise the model would be refused, and the run would continue with cold starts
    for path in manifests:
        try:
            book = checked(book, [record(put_in_front(manifest_at(path), None), at=0)])
        except (ValueError, OSError) as error:  # including ModelError
            message = f"{path}: {str(error).replace('versions.0.', '')}"  # the file has one version, and no such key
            raise ModelError(message) from error
    return book


def without_model(book: Book) -> list[str]:
    """What asks for a model that the book does not have: a line for each, with the way to give one. Nothing fails without it."""
    lines: list[str] = []
    for name, campaign in book.campaigns.items():
        if lacking := sorted({each.model for each in campaign.scores.values()} - book.models.keys()):
            lines.append(f"{name}: cold starts stand for the scores of {', '.join(lacking)}: {GIVE}")
    if (reading := [name for name, campaign in book.campaigns.items() if campaign.reads_intents]) and not book.models:
        lines.append(f"{', '.join(reading)}: intent(…) is unknown without its model: {GIVE}")
    by_model = book.segments.models
    for model in sorted({each.model for each in by_model.values()} - book.models.keys()):
        names = ", ".join(name for name, each in by_model.items() if each.model == model)
        lines.append(f"{names}: nobody enters or leaves without the model {model}: {GIVE}")
    return lines
