"""A recommender for a run without a cluster: the file that training exports, read by the same code as in the job."""

import hashlib
import mmap
from pathlib import Path

from udfs.core.recommend.recommender import FixedStand
from udfs.recommend.layout import BadRecommender
from udfs.recommend.packed import PackedRecommender

FILE = "recommender.krec"
"""As training calls it in the folder to which it exports."""


def stand_of(path: Path) -> FixedStand:
    """The recommender in a file, or in the folder that training exported to. Raises BadRecommender."""
    return FixedStand(recommender_of(path))


def recommender_of(path: Path) -> PackedRecommender:
    """The recommender in a file or an exported folder. Its version is made of its content. Raises BadRecommender."""
    file = path / FILE if path.is_dir() else path
    try:
        with file.open("rb") as opened:
            version = hashlib.file_digest(opened, "sha256").hexdigest()[:12]
            return PackedRecommender(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ), version)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        message = f"{file} cannot be read: {error}"
        raise BadRecommender(message, "name what `python -m training recommend --export FOLDER` has written") from error
    except BadRecommender as error:
        message = f"{file}: {error.message}"
        raise BadRecommender(message) from error
