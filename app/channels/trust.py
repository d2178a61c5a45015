"""Whom a channel trusts: the system's certificates and those of the office's own authority."""

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Literal


@lru_cache(maxsize=8)
def tls_context(ca_file: Path | None, protocol: Literal["mail", "web"]) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name; a file's certificates are trusted in addition.

    It is kept for the life of the process: another file needs a restart, like every setting. Mail and web have one
    each, as a web client announces its protocol in it and a mail server may take offence.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
