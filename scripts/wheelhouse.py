"""Collect what `make setup` would fetch into dist/wheelhouse; a checkout that has it is set up with no network."""

import shutil
import subprocess
import sys
from pathlib import Path

import build_assets

ROOT = Path(__file__).resolve().parent.parent
WHEELHOUSE = ROOT / "dist" / "wheelhouse"
FONTS = ROOT / "app" / "static" / "fonts"
LOCKS = ("requirements.lock", "scripts/tools.lock")


def main() -> int:
    """Fill dist/wheelhouse for this kind of machine and Python; return pip's exit code."""
    WHEELHOUSE.mkdir(parents=True, exist_ok=True)
    pip: list[str | Path] = [ROOT / ".tools" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    for lock in LOCKS:
        command: list[str | Path] = [*pip, "download", "--require-hashes", "--dest", WHEELHOUSE, "-r", ROOT / lock]
        code = subprocess.run(command, check=False).returncode
        if code:
            return code
    (WHEELHOUSE / "npm").mkdir(exist_ok=True)
    for name, entry in build_assets.locked_packages().items():
        archive = build_assets.archive(name, entry)
        if archive.parent != WHEELHOUSE / "npm":
            shutil.copy2(archive, WHEELHOUSE / "npm")
    if FONTS.is_dir():
        shutil.copytree(FONTS, WHEELHOUSE / "fonts", dirs_exist_ok=True)
    print(f"wheelhouse: {len(list(WHEELHOUSE.glob('*.whl')))} wheels in {WHEELHOUSE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
