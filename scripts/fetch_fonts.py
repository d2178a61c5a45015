"""Fetch the free Chinese print fonts (Fandol) from Debian's packages into app/static/fonts/; standard library only."""

import os
import shutil
import subprocess  # fixed apt-get and dpkg-deb command lines, no shell
import sys
import tempfile
from pathlib import Path

FONT_DIR = Path(__file__).resolve().parent.parent / "app" / "static" / "fonts"
WANTED = (
    "FandolFang-Regular.otf",
    "FandolHei-Regular.otf",
    "FandolKai-Regular.otf",
    "FandolSong-Bold.otf",
    "FandolSong-Regular.otf",
)
PACKAGES = ("fonts-fandol", "texlive-lang-chinese")  # smallest first; the former exists only in some releases
PATIENCE = ("-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20", "-o", "Acquire::Retries=1")
BIG_BYTES = 60_000_000


def main() -> int:
    """Put the fonts in place when they are not there yet; return 0 even without them, as a fallback exists."""
    if all((FONT_DIR / name).is_file() for name in WANTED):
        return 0
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return give_up("this system has no apt-get")
    with tempfile.TemporaryDirectory(prefix="junheng-fonts-") as folder:
        reason = fetch(Path(folder))
    return give_up(reason) if reason else 0


def fetch(folder: Path) -> str:
    """Download, unpack and install through `folder`; return "" or the reason why it failed."""
    package = offered_package()
    if package is None and refresh_lists():
        package = offered_package()
    if package is None:
        return "no package source offers them"
    announce(package)
    if not download(package, folder) and not (refresh_lists() and download(package, folder)):
        return f"{package} could not be downloaded"
    archive = next(folder.glob("*.deb"))
    if not run("dpkg-deb", "-x", str(archive), str(folder / "tree")):
        return f"{archive.name} could not be unpacked"
    return install(folder / "tree")


def offered_package() -> str | None:
    """Return the first of PACKAGES that the package lists know, or None."""
    for package in PACKAGES:
        if package_size(package):
            return package
    return None


def package_size(package: str) -> int:
    """Return the download size in bytes that the package lists give, 0 when the package is unknown."""
    shown = subprocess.run(
        [tool("apt-cache"), "show", "--no-all-versions", package], capture_output=True, text=True, check=False
    )
    sizes = [line.split()[1] for line in shown.stdout.splitlines() if line.startswith("Size:")]
    return int(sizes[0]) if sizes else 0


def announce(package: str) -> None:
    """Say what is being downloaded, and when it is big."""
    size = package_size(package)
    big = ", a big one" if size > BIG_BYTES else ""
    print(
        f"print fonts: downloading {package} ({size / 1e6:.0f} MB{big}) and unpacking the Fandol fonts ...", flush=True
    )


def download(package: str, folder: Path) -> bool:
    """Download the package file into `folder`; apt-get checks its signature and hash."""
    for leftover in folder.glob("*.deb"):
        leftover.unlink()
    done = run("apt-get", "-qq", *PATIENCE, "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
    return done and any(folder.glob("*.deb"))


def refresh_lists() -> bool:
    """Refresh the package lists once, which only root may do; return False when it was not possible."""
    return os.geteuid() == 0 and run("apt-get", "-qq", *PATIENCE, "update")


def install(tree: Path) -> str:
    """Copy the wanted fonts out of the unpacked tree; return "" or what is missing."""
    found = {path.name: path for path in tree.rglob("*.otf") if path.name in WANTED and not path.is_symlink()}
    missing = [name for name in WANTED if name not in found]
    if missing:
        return "the package lacks " + ", ".join(missing)
    FONT_DIR.mkdir(parents=True, exist_ok=True)
    for name, path in sorted(found.items()):
        part = FONT_DIR / f"{name}.part"
        shutil.copyfile(path, part)
        part.replace(FONT_DIR / name)
    print(f"print fonts: {len(found)} Fandol fonts installed.")
    return ""


def run(name: str, *arguments: str, cwd: Path | None = None) -> bool:
    """Run one system tool quietly; return whether it succeeded."""
    command = [tool(name), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return done.returncode == 0


def tool(name: str) -> str:
    """Return the tool's full path, or its bare name when it is not on the path."""
    return shutil.which(name) or name


def give_up(reason: str) -> int:
    """Say in one line that prints will use the fallback font."""
    print(f"print fonts: Fandol not installed ({reason}); prints will use the Noto Serif SC fallback and say so.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
