"""Fetch the free print fonts from Debian's packages into app/static/fonts/; standard library only."""

import os
import shutil
import subprocess  # fixed apt-get and dpkg-deb command lines, no shell
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

FONT_DIR = Path(__file__).resolve().parent.parent / "app" / "static" / "fonts"


@dataclass(frozen=True)
class Bundle:
    """Font files that come in one package; of `packages` (releases differ) the first that has them all is taken."""

    name: str
    packages: tuple[str, ...]
    files: tuple[str, ...]
    without: str

    def is_installed(self) -> bool:
        """Tell whether every file is there."""
        return all((FONT_DIR / name).is_file() for name in self.files)


BUNDLES = (
    Bundle(
        "Fandol",
        ("fonts-fandol", "texlive-lang-chinese"),  # smallest first
        (
            "FandolFang-Regular.otf",
            "FandolHei-Regular.otf",
            "FandolKai-Regular.otf",
            "FandolSong-Bold.otf",
            "FandolSong-Regular.otf",
        ),
        "prints will use the Noto Serif SC fallback and say so",
    ),
    Bundle(
        "Liberation Serif",
        ("fonts-liberation2", "fonts-liberation"),  # the version before 2 lacks half of the letters, hence this order
        ("LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf"),
        "a print with rare Latin or Cyrillic letters will stop and name the letter",
    ),
    Bundle(
        "UKIJ Tuz",
        ("fonts-ukij-uyghur",),
        ("UKIJTuz.ttf", "UKIJTuzBold.ttf"),
        "a print with Uyghur or Kazakh in Arabic script will stop and name the letter",
    ),
    Bundle(
        "BabelStone Han",
        ("fonts-babelstone-han",),
        ("BabelStoneHan.ttf",),
        "a print with characters beyond the 8,105 of the standard list may stop and name the character",
    ),
    Bundle(
        "HanaMinB",
        ("fonts-hanazono",),
        ("HanaMinB.ttf",),
        "a print with characters beyond the 8,105 of the standard list may stop and name the character",
    ),
)
PATIENCE = ("-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20", "-o", "Acquire::Retries=1")


def main() -> int:
    """Put the fonts in place that are not there yet; return 0 even without them, as prints then say what they lack."""
    wanted = [bundle for bundle in BUNDLES if not bundle.is_installed()]
    if not wanted:
        return 0
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return give_up(dict.fromkeys(wanted, "this system has no apt-get"))
    failed = fetch(wanted)
    if failed and refresh_lists():
        failed = fetch(list(failed))
    return give_up(failed)


def fetch(bundles: Sequence[Bundle]) -> dict[Bundle, str]:
    """Fetch each bundle from the first of its packages that has it; return those that failed, with the reason."""
    sizes = package_sizes([package for bundle in bundles for package in bundle.packages])
    offers = {bundle: [package for package in bundle.packages if package in sizes] for bundle in bundles}
    failed = dict.fromkeys(bundles, "no package source offers them")
    for turn in range(max(len(bundle.packages) for bundle in bundles)):
        chosen = {bundle: offers[bundle][turn] for bundle in failed if len(offers[bundle]) > turn}
        if chosen:
            failed |= fetch_packages(chosen, sizes)
            failed = {bundle: reason for bundle, reason in failed.items() if reason}
    return failed


def fetch_packages(chosen: dict[Bundle, str], sizes: dict[str, int]) -> dict[Bundle, str]:
    """Install each bundle from its package; return "" or the reason why it failed for each."""
    announce(chosen, sizes)
    with tempfile.TemporaryDirectory(prefix="junheng-fonts-") as name, ThreadPoolExecutor(2) as workers:
        folder = Path(name)
        download(list(chosen.values()), folder)
        reasons = workers.map(unpack, chosen, chosen.values(), repeat(folder))
        return dict(zip(chosen, reasons, strict=True))


def unpack(bundle: Bundle, package: str, folder: Path) -> str:
    """Install a bundle from the package downloaded into `folder`; return "" or the reason why it failed."""
    archive = next(folder.glob(f"{package}_*.deb"), None)
    if archive is None:
        return f"{package} could not be downloaded"
    if not run("dpkg-deb", "-x", str(archive), str(folder / package)):
        return f"{archive.name} could not be unpacked"
    return install(bundle, folder / package)


def package_sizes(packages: Sequence[str]) -> dict[str, int]:
    """Return the download sizes in bytes of those packages that the package lists know."""
    shown = subprocess.run(
        [tool("apt-cache"), "show", "--no-all-versions", *packages], capture_output=True, text=True, check=False
    )
    sizes: dict[str, int] = {}
    package = ""
    for line in shown.stdout.splitlines():
        field, _, value = line.partition(": ")
        if field == "Package":
            package = value
        elif field == "Size":
            sizes[package] = int(value)
    return sizes


def announce(chosen: dict[Bundle, str], sizes: dict[str, int]) -> None:
    """Say what is being downloaded, and how big it is."""
    names = ", ".join(bundle.name for bundle in chosen)
    total = sum(sizes[package] for package in chosen.values())
    print(f"print fonts: downloading {total / 1e6:.0f} MB and unpacking {names} ...", flush=True)


def download(packages: Sequence[str], folder: Path) -> None:
    """Download the package files into `folder`, as many as can be had; apt-get checks their signatures and hashes."""
    run("apt-get", "-qq", *PATIENCE, "-o", "APT::Sandbox::User=root", "download", *packages, cwd=folder)


def refresh_lists() -> bool:
    """Refresh the package lists once, which only root may do; return False when it was not possible."""
    return os.geteuid() == 0 and run("apt-get", "-qq", *PATIENCE, "update")


def install(bundle: Bundle, tree: Path) -> str:
    """Copy a bundle's fonts out of the unpacked tree; return "" or what is missing."""
    found = {path.name: path for path in tree.rglob("*.[ot]tf") if path.name in bundle.files and not path.is_symlink()}
    missing = [name for name in bundle.files if name not in found]
    if missing:
        return "the package lacks " + ", ".join(missing)
    FONT_DIR.mkdir(parents=True, exist_ok=True)
    for name, path in sorted(found.items()):
        part = FONT_DIR / f"{name}.part"
        shutil.copyfile(path, part)
        part.replace(FONT_DIR / name)
    return ""


def run(name: str, *arguments: str, cwd: Path | None = None) -> bool:
    """Run one system tool quietly; return whether it succeeded."""
    command = [tool(name), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return done.returncode == 0


def tool(name: str) -> str:
    """Return the tool's full path, or its bare name when it is not on the path."""
    return shutil.which(name) or name


def give_up(failed: dict[Bundle, str]) -> int:
    """Say in one line for each bundle what its lack means; return 0."""
    for bundle, reason in failed.items():
        print(f"print fonts: {bundle.name} not installed ({reason}); {bundle.without}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
