"""Certificates made for one test with the openssl command: an authority, and what it signs."""

import subprocess
from pathlib import Path


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        subject = ["-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, "-keyout", self._key, "-out", self.certificate)

    def signs(self, name: str, *, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 30, password: str = "") -> Path:
        """A PEM file with a private key (PKCS#8, encrypted with `password` if any) and its certificate. With `days=-1` it has expired."""
        key, request, signed, extra = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "crt", "ext"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extra.write_text(f"subjectAltName={names}\n")
        openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.certificate,
            "-CAkey",
            self._key,
            "-CAcreateserial",
            "-extfile",
            extra,
            "-days",
            str(days),
            "-out",
            signed,
        )
        if password:
            opened, key = key, self.folder / f"{name}.encrypted.key"
            openssl("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", opened, "-out", key, "-passout", f"pass:{password}")
        both = self.folder / f"{name}.pem"
        both.write_text(key.read_text() + signed.read_text())
        return both


def openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
