"""The hook for a virus scanner: a command that the administrator names, run on a file before it is taken."""

import os
import shlex
import signal
import subprocess  # runs the administrator's own command, no shell
import tempfile
from pathlib import Path

from app.core.logging import get_logger
from app.core.settings import Settings
from app.services.errors import Message, msg

CLEAN, INFECTED = 0, 1
_TOLD = 500  # characters of the scanner's own words that are logged

_log = get_logger(__name__)


def scan_file(path: Path, name: str, settings: Settings) -> Message | None:
    """Return why a file is refused, None when it is clean or no scanner is configured. `name` is for people."""
    command = shlex.split(settings.evidence_scan_command)
    if not command:
        return None
    code, told = _run([*command, str(path.resolve())], settings.evidence_scan_seconds)
    if code == CLEAN:
        return None
    _log.warning("evidence refused by the scanner", file=name, code=code, told=told)
    if code == INFECTED:
        return msg("%(file)s: the virus scanner found something in this file; it was not taken", file=name)
    return msg("%(file)s: the virus scanner does not answer; tell the administrator", file=name)


def _run(command: list[str], seconds: int) -> tuple[int | None, str]:
    """Return the exit code, None when there is none in time, and the first words of what the command said."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}  # no secrets of ours
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - the administrator's own command
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, start_new_session=True
            )
        except OSError as error:
            return None, str(error)
        try:
            code: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it started
            process.wait()
        said.seek(0)
        return code, said.read(_TOLD).decode(errors="replace")
