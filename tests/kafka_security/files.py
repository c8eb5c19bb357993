"""Parts of properties files."""

from tests.kafka_security.certificates import Authority

PROVIDER = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"


def tls(authority: Authority) -> str:
    return f"ssl.truststore.type=PEM\nssl.truststore.location={authority.certificate}\n"


def escaped(secret: str) -> str:
    """A secret as it stands in a properties file for a value in quotes: escaped for JAAS, then for the file."""
    return secret.replace("\\", "\\\\").replace('"', '\\"').replace("\\", "\\\\")
