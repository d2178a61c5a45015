"""An own certificate authority for servers on 127.0.0.1, made once a process."""

import ssl
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    """Return the authority of this process."""
    return trustme.CA()


def server_context() -> ssl.SSLContext:
    """Return what a server on 127.0.0.1 encrypts with; the certificate is for no other name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("127.0.0.1").configure_cert(context)
    return context


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate for JUNHENG_CA_FILE and return its path."""
    path = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return path
