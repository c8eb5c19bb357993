"""Which registry is meant: a folder, or the address of an MLflow server."""

from pathlib import Path

from services.model_versions.folder import Registry
from services.model_versions.versions import RegistryError, Versions


def opened(where: str | Path) -> Versions:
    """The registry at a folder or at http(s)://…, an MLflow server. Raises RegistryError for another kind of address."""
    told = str(where)
    if told.startswith(("http://", "https://")):
        from services.model_versions.mlflow import MlflowRegistry
        from services.model_versions.mlflow_rest import Rest

        return MlflowRegistry(Rest(told))
    if "://" in told:
        message = f"a registry is a folder, or an MLflow server at http:// or https://, and not at {told.partition('://')[0]}://"
        raise RegistryError(message)
    return Registry(Path(told).expanduser())
