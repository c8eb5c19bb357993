"""`because` in a training file: what a model lets messages say of its features."""

from pathlib import Path

import pytest

from services.documents.findings import BadFile
from training.config import read_config
from training.phrases import phrases_of
from udfs.core.features.model_inputs import Input

INPUTS = [Input("views_7d", "a"), Input("age_band", "b")]


def file(folder: Path, because: str, *more: str) -> Path:
    path = folder / "training.yaml"
    path.write_text("\n".join(["training: buys", f"because: {because}", *more]) + "\n")
    return path


def test_phrases_go_into_the_manifest_and_never_is_none(tmp_path: Path) -> None:
    config = read_config(file(tmp_path, '{views_7d: "because you looked {{ value }} times", age_band: never}'))
    said: list[str] = []
    assert phrases_of(config["because"], INPUTS, said.append) == {"views_7d": "because you looked {{ value }} times", "age_band": None}
    assert said == []


def test_a_phrase_for_what_the_model_does_not_read_is_noted() -> None:
    said: list[str] = []
    assert phrases_of({"orders": "because you order", "gender": "never"}, INPUTS, said.append) == {"orders": "because you order", "gender": None}
    assert said == ["because has a phrase for orders, which this model does not read: it will never be said"]


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ('{views_7d: "because {{ value"}', "views_7d"),
        ('{views_7d: "because {{ event.name }}"}', "event is not there in every campaign"),
        ('{views_7d: "because {{ valeu }}"}', "unknown name 'valeu'"),
        ("{views_7d: 5}", "views_7d"),
        ("{views_7d: Never}", "the customer would read 'never'"),
        ('{views_7d: " never "}', "the customer would read 'never'"),
        ("you looked", "because"),
    ],
)
def test_a_phrase_that_no_message_could_say_is_refused_with_its_line(tmp_path: Path, because: str, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_config(file(tmp_path, because))
    assert "training.yaml:2:" in str(refused.value)
    assert said in str(refused.value)


def test_a_model_of_texts_has_no_features_to_speak_of(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is for models that read features"):
        read_config(file(tmp_path, "{views_7d: because you looked}", "predict: intent", "texts: {file: texts.csv}"))
