"""Bring the zh_CN catalogue in line with the msgids in code and templates; translations already there are kept."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "zh_CN" / "LC_MESSAGES" / "junheng.po"


def extracted() -> Catalog:
    """Return every msgid of code and templates, and every problem that services name."""
    catalogue = Catalog(project="Junheng", charset="utf-8")
    for folder, method in (("app", [("**.py", "python")]), ("templates", [("**.html", "jinja2")])):
        options = {"**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "trimmed": "true"}}
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "msg": None}
        for filename, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=method, options_map=options, keywords=keywords
        ):
            catalogue.add(message, locations=[(f"{folder}/{filename}", 0)])
    return catalogue


def _words(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return every form of a translation."""
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def main() -> None:
    """Write the catalogue; `--check` only tells what is missing."""
    template = extracted()
    existing = Catalog(locale="zh_CN")
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as handle:
            existing = read_po(handle, locale="zh_CN")
    existing.update(template, no_fuzzy_matching=True)
    existing.obsolete.clear()
    missing = [item.id for item in existing if item.id and not all(_words(item.string))]
    if "--check" not in sys.argv:
        out = BytesIO()
        write_po(out, existing, sort_output=True, no_location=True, omit_header=False, width=110)
        CATALOGUE.write_bytes(out.getvalue())
    for msgid in missing:
        print(msgid if isinstance(msgid, str) else msgid[0])
    sys.exit(1 if missing and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
