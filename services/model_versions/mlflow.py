"""A registry on an MLflow server.

A version is a run with figures and files, and a version of MLflow's registered model. MLflow numbers versions 1, 2, 3; ours is in the tag
`kairos.version`, and `kairos.retired` says since when it is out of use. MLflow's aliases are ours: one that somebody moves in its pages is
moved. Who held an alias before is in a tag of the registered model, `kairos.champion` and so on. A tag holds 5,000 characters.

MLflow knows no lock. Of two changes of one model's aliases at the same instant, the later one is kept.
"""

import json
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from services.model_versions.mlflow_rest import ABSENT, THERE, MlflowRefuses, Rest
from services.model_versions.versions import ALIASES, LINEAGE, MANIFEST, Aliases, Held, RegistryError, Version, Versions, require_names, written

EXPERIMENT = "kairos"
NUMBER, RETIRED, OURS = "kairos.version", "kairos.retired", "kairos"
HELD = "kairos.{}".format
"""The tag of a registered model that says who held an alias, the present holder first."""
SCHEME = "mlflow-artifacts"
MAX_TEXT = 400
"""Characters of a parameter."""


class MlflowRegistry(Versions):
    """Versions and aliases on an MLflow server."""

    def __init__(self, rest: Rest) -> None:
        self._rest, self.where = rest, rest.address
        self._files: dict[str, bytes] = {}
        """Files that were read: they never change."""
        self._names: dict[str, set[str]] = {}
        """Run -> the files that it has."""

    def models(self) -> list[str]:
        """The names of all models that Kairos registered. A server may hold others."""
        found = self._rest.pages("registered-models/search", "registered_models")
        return sorted(each["name"] for each in found if OURS in _tags(each))

    def aliases(self, model: str) -> Aliases:
        """The aliases of a model: the holders that MLflow names, and before them those of our tag."""
        return self._aliases(self._model(model), list(self._held(model)))

    def add(self, model: str, manifest: Mapping[str, Any], files: Mapping[str, bytes], lineage: Mapping[str, Any]) -> Version:
        """Add a version; one that is there already stays as it is. Raises RegistryError or MlflowUnavailable."""
        version = str(manifest["version"])
        require_names(model, version)
        self._make(model)
        if all(_tags(each)[NUMBER] != version for each in self._held(model)):
            at = int(lineage.get("at", 0))
            run, source = self._run(model, version, at=at)
            self._figures(run, manifest, lineage, at=at)
            for name, content in {**files, LINEAGE: written(lineage), MANIFEST: written(manifest)}.items():
                self._rest.upload(f"{_path(source)}/{name}", content)
            self._rest.post("runs/update", {"run_id": run, "status": "FINISHED", "end_time": at})
            # Last: a run without a version of the registered model was not added whole.
            tags = [{"key": NUMBER, "value": version}]
            self._rest.post("model-versions/create", {"name": model, "source": source, "run_id": run, "tags": tags})
        return self.version(model, version)

    def _all(self, model: str) -> list[Version]:
        found = list(self._held(model))
        aliases = self._aliases(self._model(model), found)
        return [self._version(model, each, aliases) for each in found]

    @contextmanager
    def _changing(self, model: str) -> Iterator[Aliases]:
        found = list(self._held(model))
        aliases, before = (self._aliases(self._model(model), found) for _ in range(2))
        yield aliases
        numbers = {_tags(each)[NUMBER]: str(each["version"]) for each in found}
        for version in aliases.retired.keys() - before.retired.keys():
            tag = {"name": model, "version": numbers[version], "key": RETIRED, "value": str(aliases.retired[version])}
            self._rest.post("model-versions/set-tag", tag)
        for alias in ALIASES:
            held, then = aliases.held.get(alias, []), before.held.get(alias, [])
            if held == then:
                continue
            self._rest.post("registered-models/set-tag", {"name": model, "key": HELD(alias), "value": msgspec.json.encode(held).decode()})
            if held and held[:1] != then[:1]:
                self._rest.post("registered-models/alias", {"name": model, "alias": alias, "version": numbers[held[0].version]})
            elif not held:
                self._rest.post("registered-models/alias", {"name": model, "alias": alias}, method="DELETE")

    def _aliases(self, found: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> Aliases:
        """The aliases of a registered model with these versions."""
        numbers = {str(each["version"]): _tags(each)[NUMBER] for each in versions}
        named = {each["alias"]: numbers.get(str(each["version"])) for each in found.get("aliases", ())}
        aliases = Aliases(held={}, retired={_tags(each)[NUMBER]: int(_tags(each)[RETIRED]) for each in versions if RETIRED in _tags(each)})
        for alias in ALIASES:
            version = named.get(alias)
            if version is None:  # nobody holds it, or a version that Kairos did not register
                continue
            held = self._history(found, alias)
            moved = not held or held[0].version != version  # by somebody, in MLflow
            aliases.held[alias] = [Held(version=version, at=0, by="mlflow"), *held] if moved else held
        return aliases

    def _history(self, found: Mapping[str, Any], alias: str) -> list[Held]:
        try:
            return msgspec.json.decode(_tags(found).get(HELD(alias), "[]"), type=list[Held])
        except msgspec.MsgspecError as error:
            message = f"the tag {HELD(alias)} of {found['name']} in {self.where} cannot be read: {error}"
            raise RegistryError(message) from error

    def _version(self, model: str, found: Mapping[str, Any], aliases: Aliases) -> Version:
        number, source, run = _tags(found)[NUMBER], str(found["source"]), str(found["run_id"])

        def read(name: str) -> bytes | None:
            path = f"{_path(source)}/{name}"
            if path not in self._files:
                if name not in self._listed(run):  # a server fails where it is asked for a file that is not there
                    return None
                self._files[path] = self._rest.download(path)
            return self._files[path]

        return Version(
            model=model,
            version=number,
            place=f"{self.where}/#/models/{model}/versions/{found['version']}",
            read=read,
            manifest=self._object(read(MANIFEST), what=f"{model}:{number}, {MANIFEST}"),
            lineage=self._object(read(LINEAGE) or b"{}", what=f"{model}:{number}, {LINEAGE}"),
            aliases=tuple(aliases.of(number)),
            retired=number in aliases.retired,
        )

    def _listed(self, run: str) -> set[str]:
        if run not in self._names:
            self._names[run] = {str(each["path"]) for each in self._rest.get("artifacts/list", run_id=run).get("files", ())}
        return self._names[run]

    def _object(self, content: bytes | None, *, what: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(content or b"", type=dict[str, Any])
        except msgspec.MsgspecError as error:
            message = f"{what} in {self.where} cannot be read: {error}"
            raise RegistryError(message) from error

    def _model(self, model: str) -> dict[str, Any]:
        found: dict[str, Any] = self._rest.get("registered-models/get", name=model)["registered_model"]
        return found

    def _held(self, model: str) -> Iterator[dict[str, Any]]:
        """Versions of the registered model that Kairos made, as MLflow tells them."""
        found = self._rest.pages("model-versions/search", "model_versions", filter=f"name='{model}'")
        return (each for each in found if NUMBER in _tags(each))

    def _make(self, model: str) -> None:
        try:
            tags = [{"key": OURS, "value": "model"}]
            self._rest.post("registered-models/create", {"name": model, "tags": tags})
        except MlflowRefuses as error:
            if error.code != THERE:
                raise
            if OURS not in _tags(self._model(model)):
                message = f"{self.where} has a registered model {model} that Kairos did not make: give yours another name"
                raise RegistryError(message) from error

    def _run(self, model: str, version: str, *, at: int) -> tuple[str, str]:
        """A new run: its id, and where its files go."""
        body = {"experiment_id": self._experiment(), "start_time": at, "run_name": f"{model} {version}", "tags": [{"key": NUMBER, "value": version}]}
        info = self._rest.post("runs/create", body)["run"]["info"]
        if urllib.parse.urlsplit(info["artifact_uri"]).scheme != SCHEME:
            message = (
                f"{self.where} keeps files at {info['artifact_uri'].partition('?')[0]}, where Kairos does not reach: start it with "
                "`mlflow server --serve-artifacts`"
            )
            raise RegistryError(message)
        return str(info["run_id"]), str(info["artifact_uri"])

    def _experiment(self) -> str:
        try:
            return str(self._rest.get("experiments/get-by-name", experiment_name=EXPERIMENT)["experiment"]["experiment_id"])
        except MlflowRefuses as error:
            if error.code != ABSENT:
                raise
        return str(self._rest.post("experiments/create", {"name": EXPERIMENT})["experiment_id"])

    def _figures(self, run: str, manifest: Mapping[str, Any], lineage: Mapping[str, Any], *, at: int) -> None:
        """Figures and settings, so that MLflow's pages compare versions."""
        figures = {name: each.get("value") if isinstance(each, Mapping) else each for name, each in (manifest.get("metrics") or {}).items()}
        metrics = [{"key": name, "value": float(each), "timestamp": at, "step": 0} for name, each in figures.items() if isinstance(each, int | float)]
        told = {name: lineage[name] for name in ("goal", "within_ms", "campaign", "estimator", "settings", "seed", "code") if name in lineage}
        params = [{"key": name, "value": (each if isinstance(each, str) else json.dumps(each))[:MAX_TEXT]} for name, each in told.items()]
        self._rest.post("runs/log-batch", {"run_id": run, "metrics": metrics, "params": params})


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return {each["key"]: each.get("value", "") for each in found.get("tags", ())}


def _path(source: str) -> str:
    """The path below the server's artifacts of what MLflow writes as mlflow-artifacts:/1/run/artifacts."""
    return urllib.parse.urlsplit(source).path.strip("/")
