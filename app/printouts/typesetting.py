"""Have one short-lived process set a template with typst, within its limits of time and memory."""

import json
import os
import subprocess  # runs this package's own typesetting process, no shell
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.printouts.direction import keep_order
from app.printouts.fonts import FontSet

APP_ROOT = Path(__file__).resolve().parent.parent.parent
ARCHIVAL_TAGGED = ("a-2a", "ua-1")
ARCHIVAL_PLAIN = ("a-2u",)


class TypesettingError(RuntimeError):
    """The typesetting process failed, ran out of its time or of its memory."""


@dataclass(frozen=True)
class Limits:
    """What one print may use; above `tagged_rows` table rows the PDF carries no structure tags (ten times the size)."""

    seconds: int = 120
    memory_bytes: int = 3 * 1024**3
    tagged_rows: int = 3000


def print_template(
    template: str, data: dict[str, Any], fonts: FontSet, made_at: datetime, rows: int, limits: Limits
) -> bytes:
    """Return what a template prints from its data; tagged and PDF/UA unless it has too many table rows for that.

    Raises: TypesettingError.
    """
    tagged = rows <= limits.tagged_rows
    job = {
        "template": template,
        "data": data,
        "font_dirs": [str(folder) for folder in fonts.folders],
        "standards": ARCHIVAL_TAGGED if tagged else ARCHIVAL_PLAIN,
        "tagged": tagged,
        "created_at": int(made_at.timestamp()),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.seconds * 2,
    }
    return typeset(json.dumps(job, ensure_ascii=False), limits.seconds)


def typeset(job: str, seconds: int, starts: bytes = b"%PDF") -> bytes:
    """Run the typesetting process on one job; what it makes starts with `starts`. Raises: TypesettingError."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(APP_ROOT), "PYTHONUTF8": "1"}  # no secrets of the parent's
    command = [sys.executable, "-m", "app.printouts.typeset"]
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603 - fixed command line
            command, input=keep_order(job).encode(), capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired as expired:
        raise TypesettingError(f"typesetting took longer than {seconds} s") from expired
    if done.returncode != 0 or not done.stdout.startswith(starts):
        reason = done.stderr.decode(errors="replace").strip()[-2000:]
        raise TypesettingError(reason or f"typesetting ended with code {done.returncode}")
    return done.stdout
