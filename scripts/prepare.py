"""Make a checkout ready to run: environment, front-end files, print fonts; standard library only.

Each step runs only when its inputs changed since it last succeeded.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import environment
from stamps import fingerprint, is_current, set_current

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
STAMPS = ROOT / ".venv" / ".stamps"
PYTHON = ROOT / ".venv" / "bin" / "python"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Run every step whose inputs changed; return 0, or 1 after one line that says what is missing."""
    try:
        require_python()
        prepare_environment()
        run("build_assets.py")
        prepare_fonts()
    except environment.SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def require_python() -> None:
    """Refuse an interpreter that cannot carry the product. Raises: SetupError."""
    if sys.version_info < OLDEST_PYTHON:
        raise environment.SetupError(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} (make PYTHON=…)"
        )
    try:
        import ensurepip  # noqa: F401 - Debian ships it apart
    except ImportError:
        raise environment.SetupError("Python's venv module is incomplete: install the package python3-venv") from None


def prepare_environment() -> None:
    """Make .venv hold exactly the locked packages and the product itself, editable."""
    inputs = [ROOT / name for name in ("requirements.lock", "pyproject.toml")]
    inputs += [SCRIPTS / "environment.py", SCRIPTS / "tools.lock"]
    mark = fingerprint(inputs, sys.version, str(ROOT))
    stamp = STAMPS / "environment"
    if is_current(stamp, mark) and (ROOT / ".venv" / "bin" / "junheng").is_file():
        return
    environment.install(ROOT)
    set_current(stamp, mark)


def prepare_fonts() -> None:
    """Ask once for the print fonts; where they cannot be had the product prints with its fallback and says so."""
    mark = fingerprint([SCRIPTS / "fetch_fonts.py"])
    stamp = STAMPS / "fonts"
    if is_current(stamp, mark):
        return
    collected = ROOT / environment.WHEELHOUSE / "fonts"
    if collected.is_dir():
        shutil.copytree(collected, ROOT / "app" / "static" / "fonts", dirs_exist_ok=True)
    else:
        run("fetch_fonts.py")
    set_current(stamp, mark)


def run(script: str) -> None:
    """Run one of our scripts in the prepared environment. Raises: SetupError when it fails."""
    if subprocess.run([PYTHON, SCRIPTS / script], cwd=ROOT, check=False).returncode:
        raise environment.SetupError(f"scripts/{script} failed")


if __name__ == "__main__":
    sys.exit(main())
