"""Parts of properties files."""

from pathlib import Path

from tests.kafka_security.certificates import Authority

PROVIDER = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"


def tls(authority: Authority) -> str:
    return f"ssl.truststore.type=PEM\nssl.truststore.location={authority.certificate}\n"


def escaped(secret: str) -> str:
    """A secret as it stands in a properties file for a value in quotes: escaped for JAAS, then for the file."""
    return secret.replace("\\", "\\\\").replace('"', '\\"').replace("\\", "\\\\")


EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples" / "kafka").glob("*.properties"))
"""Those of the documentation."""
KEYS = {"KAFKA_API_KEY": "key", "KAFKA_API_SECRET": "secret"}
"""What they expect in the environment."""


def documented(file: Path, authority: Authority, folder: Path) -> Path:
    """A file of the documentation, with the paths in it those of files that exist here."""
    (folder / "kafka.properties").write_text("password=p\nclient-secret=s\n")
    for name, value in {"key-password": "opens", "password": "p", "api-key": "key", "api-secret": "secret"}.items():
        (folder / name).write_text(value)
    places = {
        "/run/secrets/kafka/client.pem": authority.signs("documented", password="opens"),
        "/run/secrets/kafka/ca.crt": authority.certificate,
        "/run/secrets/kafka.properties": folder / "kafka.properties",
        "/etc/kairos/authority.pem": authority.certificate,
        "/run/secrets/kafka": folder,
    }
    text = file.read_text()
    for shown, here in places.items():
        text = text.replace(shown, str(here))
    (folder / "client.properties").write_text(text)
    return folder / "client.properties"
