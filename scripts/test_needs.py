"""Get what the tests need beyond Python: PostgreSQL's programs, Chromium, a Chinese font; standard library only.

The system's packages are installed where we run as root on Debian or Ubuntu; elsewhere one line says what to install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import chromium, postgres  # noqa: E402 - the path is set above

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


def main() -> int:
    """Install what is absent; return 0 when all is there, else 1 after one line that names it."""
    needs: dict[str, Callable[[], object]] = {
        "postgresql": postgres.find_programs,
        "chromium": chromium.find,
        "fonts-noto-cjk": find_chinese_font,
    }
    absent = [package for package, find in needs.items() if not find()]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        install(absent)
        absent = [package for package, find in needs.items() if not find()]
    if absent:
        print(f"test: install these first (as root: apt-get install {' '.join(absent)})", file=sys.stderr)
    return 1 if absent else 0


def find_chinese_font() -> Path | None:
    """Return a font file of the Noto, Source Han or WenQuanYi families, or None: screenshots are to be readable."""
    names = ("*CJK*.[ot]t[cf]", "SourceHan*.[ot]t[cf]", "wqy*.tt[cf]")
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return next((font for folder in folders for name in names for font in folder.rglob(name)), None)


def install(packages: list[str]) -> None:
    """Install Debian packages; a failure shows in what is still absent afterwards."""
    print(f"test: installing {' '.join(packages)}", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages]
    for step in (command, ["apt-get", "update", "--quiet=2"], command):
        done = subprocess.run(step, env=environ, stdout=subprocess.DEVNULL, check=False).returncode == 0
        if done and step is command:
            return


if __name__ == "__main__":
    sys.exit(main())
