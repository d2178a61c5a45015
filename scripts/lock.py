"""Write the three locks anew: Python packages, uv itself, front-end packages; none names an address.

Versions stay where they still fit; options such as --upgrade go to uv.
"""

import subprocess
import sys
from pathlib import Path

import build_assets

ROOT = Path(__file__).resolve().parent.parent
COMPILE = (ROOT / ".tools/bin/uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header")


def main(options: list[str]) -> int:
    """Write requirements.lock, scripts/tools.lock and package-lock.json. Raises: CalledProcessError when one fails."""
    packages = ("pyproject.toml", "--group", "dev", "--python-version", "3.11", "--output-file", "requirements.lock")
    subprocess.run([*COMPILE, *packages, *options], cwd=ROOT, check=True)
    tools = ("-", "--no-annotate", "--output-file", "scripts/tools.lock")
    subprocess.run([*COMPILE, *tools, *options], cwd=ROOT, check=True, input=b"uv\n")
    front_end = ("install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts")
    subprocess.run([*build_assets.npm(), *front_end, "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
