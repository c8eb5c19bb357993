"""A champion that is damaged stops the run that would replace it: what it cannot say must not count as being beaten."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from services.model_versions.versions import RegistryError, Version
from tests.training.test_publish import manifest
from training.champion import FILE, manifest_in, model_in

MODEL = b"a model"


def version(content: bytes | None, document: dict[str, Any]) -> Version:
    read: Callable[[str], bytes | None] = {FILE: content}.get
    return Version(model="m", version="abcdef012345", place="registry/m/abcdef012345", read=read, manifest=document, lineage={})


def test_the_file_of_a_version_is_the_one_that_was_registered() -> None:
    document = {**manifest().document(), "sha256": hashlib.sha256(MODEL).hexdigest()}
    assert model_in(version(MODEL, document)) == MODEL
    for content, told in ((None, "is not in"), (MODEL[:-1], "is damaged in"), (b"", "is damaged in")):
        with pytest.raises(RegistryError, match=f"model.onnx {told} registry/m/abcdef012345: put it there from file:///models/"):
            model_in(version(content, document))


@pytest.mark.parametrize("document", [{}, {**manifest().document(), "inputs": 3}])
def test_a_manifest_that_is_none_is_told(document: dict[str, Any]) -> None:
    with pytest.raises(RegistryError, match=r"manifest\.json in registry/m/abcdef012345 is damaged"):
        manifest_in(version(MODEL, document))
