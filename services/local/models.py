"""Models of a run without a cluster: manifests from files, with the same checks as in the job."""

from collections.abc import Sequence
from pathlib import Path

from services.control.model_records import ModelError, checked, manifest_of, put_in_front, record
from services.extras import require
from udfs.core.campaigns.book import Book


def with_models(book: Book, manifests: Sequence[Path]) -> Book:
    """The book with these models. Raises ModelError with the file that is wrong, and ModuleNotFoundError without the extra `models`."""
    if manifests:
        require("numpy", "onnxruntime")  # otherwise the model would be refused, and the run would continue with cold starts
    for path in manifests:
        try:
            book = checked(book, [record(put_in_front(manifest_of(path.read_bytes()), None), at=0)])
        except (ValueError, OSError) as error:  # including ModelError
            message = f"{path}: {error}"
            raise ModelError(message) from error
    return book
