"""Draw the listed icons together into one SVG sprite, each a <symbol> with the icon's name as its id."""

import re
import tarfile
from pathlib import Path

_FOLDER = "package/icons/outline/"
_SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)
_EMPTY_FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def listed(text: str) -> list[str]:
    """Return the names of a list with one name a line; lines that begin with # are remarks."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def sprite(archive: Path, names: list[str]) -> str:
    """Return the sprite of the named icons. Raises: ValueError naming the icons that the package does not have."""
    drawings = _drawings(archive, set(names))
    unknown = sorted(set(names) - drawings.keys())
    if unknown:
        raise ValueError(f"app/static/icons.txt names icons that do not exist: {', '.join(unknown)}")
    symbols = [_SYMBOL.format(name=name, shapes=_shapes(drawings[name])) for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _drawings(archive: Path, names: set[str]) -> dict[str, str]:
    """Return the wanted icons' SVG texts by name; a name that is not there is left out."""
    found: dict[str, str] = {}
    with tarfile.open(archive) as package:
        for member in package:
            name = member.name.removeprefix(_FOLDER).removesuffix(".svg")
            handle = package.extractfile(member) if member.name.startswith(_FOLDER) and name in names else None
            if handle:
                found[name] = handle.read().decode("utf-8")
    return found


def _shapes(drawing: str) -> str:
    """Return what an icon's <svg> element holds, without the invisible frame."""
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", drawing, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", _EMPTY_FRAME.sub("", inner)).strip()
