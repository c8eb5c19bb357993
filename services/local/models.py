"""Models of a run without a cluster: manifests from files, held to what the job holds them to."""

from collections.abc import Sequence
from pathlib import Path

from services.control.model_records import ModelError, checked, manifest_of, put_in_front, record
from services.extras import require
from udfs.core.campaigns.book import Book


def with_models(book: Book, manifests: Sequence[Path]) -> Book:
    """The book with these models published in it. Raises ModelError with the file that is wrong, ModuleNotFoundError without the extra `models`."""
    if manifests:
        require("numpy", "onnxruntime")  # what loads a model would refuse it, and the run would go on with cold starts
    for path in manifests:
        try:
            book = checked(book, [record(put_in_front(manifest_of(path.read_bytes()), None), at=0)])
        except (ValueError, OSError) as error:  # ModelError among them
            message = f"{path}: {error}"
            raise ModelError(message) from error
    return book
