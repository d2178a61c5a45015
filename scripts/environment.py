"""Install the locked packages into .venv: with uv, or with pip where uv cannot be had; standard library only.

Both ask only the indexes that pip is configured for, and no index at all beside a wheelhouse (`make wheelhouse`).
"""

from __future__ import annotations  # so that an old Python still reaches the line that says so

import os
import subprocess
import sys
from pathlib import Path

import pip_settings

LOCK = "requirements.lock"
WHEELHOUSE = Path("dist", "wheelhouse")


class SetupError(Exception):
    """Something the set-up needs is missing; the message says what to do."""


def install(root: Path) -> None:
    """Make root/.venv hold exactly the locked packages and the product, editable. Raises: SetupError."""
    print("setup: installing the locked packages (half a minute with uv, longer with pip)", flush=True)
    ensure_venv(root / ".tools")
    ensure_venv(root / ".venv", "--without-pip")
    uv = find_uv(root)
    if not (uv and sync_with_uv(root, uv)):
        print("setup: going on with pip, which is slower", flush=True)
        if not pip(root, "install", "--require-hashes", "-r", root / LOCK, into=root / ".venv"):
            raise SetupError("the packages could not be installed: see the lines above (network, pip's index, disk)")
    if not pip(root, "install", "--no-deps", "--no-build-isolation", "--editable", root, into=root / ".venv"):
        raise SetupError("the product itself could not be installed: see the lines above")


def ensure_venv(folder: Path, *options: str) -> None:
    """Make an environment on the base interpreter unless it runs our version already. Raises: SetupError."""
    if runs_this_python(folder / "bin" / "python"):
        return
    base = getattr(sys, "_base_executable", sys.executable)
    if not succeeds(base, "-m", "venv", "--clear", *options, folder):
        raise SetupError(f"{base} -m venv failed: install the package python3-venv")


def runs_this_python(python: Path) -> bool:
    """Ask whether the environment's interpreter starts and is the version we run on."""
    if not python.exists():
        return False
    shown = subprocess.run(
        [python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() == sys.version


def find_uv(root: Path) -> Path | None:
    """Return the pinned uv in root/.tools, installing it there when it is absent or old; None when it cannot be had."""
    uv, lock = root / ".tools" / "bin" / "uv", root / "scripts" / "tools.lock"
    installed = root / ".tools" / "installed.lock"
    if uv.is_file() and installed.is_file() and installed.read_bytes() == lock.read_bytes():
        return uv
    if not pip(root, "install", "--require-hashes", "--only-binary", ":all:", "-r", lock):
        return None
    installed.write_bytes(lock.read_bytes())
    return uv


def sync_with_uv(root: Path, uv: Path) -> bool:
    """Install with uv as pip is configured; False when it failed."""
    python = root / ".venv" / "bin" / "python"
    arguments, variables = pip_settings.for_uv(pip_settings.read(root / ".tools" / "bin" / "python"))
    if (root / WHEELHOUSE).is_dir():
        arguments = ["--no-index", "--find-links", str(root / WHEELHOUSE)]
    command: list[str | Path] = [uv, "pip", "sync", "--quiet", "--no-progress", "--require-hashes", "--python", python]
    environ = {**variables, **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    return succeeds(*command, *arguments, root / LOCK, cwd=root, env=environ)


def pip(root: Path, *arguments: str | Path, into: Path | None = None) -> bool:
    """Run the pip of .tools, for another environment where `into` names one; False when it failed."""
    command: list[str | Path] = [
        root / ".tools" / "bin" / "python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
    ]
    if into:
        command += ["--python", into / "bin" / "python"]
    if (root / WHEELHOUSE).is_dir():
        arguments = (*arguments, "--no-index", "--find-links", root / WHEELHOUSE)
    return succeeds(*command, *arguments)


def succeeds(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> bool:
    """Run a command with its output shown; False when it failed or is not there."""
    try:
        return subprocess.run(command, cwd=cwd, env=env, check=False).returncode == 0
    except OSError:
        return False
