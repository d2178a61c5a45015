"""Collect what `make setup` would fetch into dist/wheelhouse; a checkout that has it is set up with no network."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELHOUSE = ROOT / "dist" / "wheelhouse"
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
    for source, target in ((ROOT / ".tools" / "npm", "npm"), (ROOT / "app" / "static" / "fonts", "fonts")):
        if source.is_dir():
            shutil.copytree(source, WHEELHOUSE / target, dirs_exist_ok=True)
    print(f"wheelhouse: {len(list(WHEELHOUSE.glob('*.whl')))} wheels in {WHEELHOUSE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
