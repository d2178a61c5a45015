"""What one font file can print: its characters, and for Arabic script the forms by which its letters join."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

FORMS = frozenset({"init", "medi", "fina"})
# A letter and the marks over it are printed from one font or not at all; so is a word of Arabic script.
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a\ufe20-\ufe2f"
_ARABIC = "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06ed\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ARABIC_SIGN = re.compile(f"[{_ARABIC}]")
_BINDING = re.compile(f"[{_MARKS}{_ARABIC}]")
_BOUND = re.compile(f"[{_ARABIC}][{_ARABIC}\u200c\u200d]*|[^\\s{_MARKS}][{_MARKS}]+")
_OWN_MEANING = re.compile(f"[\ue000-\uf8ff\U000f0000-\U0010ffff{_SELECTORS}]")
_RIGHT_JOINING = re.compile(  # letters that join only to the one before (Unicode, ArabicShaping.txt)
    "[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf"
    "\u06d2\u06d3\u06d5\u06ee\u06ef]"
)
_NOT_JOINING = frozenset("\u0621\u0674")
# Signs that steer shaping and direction and show nothing: the typesetter obeys them whether or not a font has them.
INVISIBLE = frozenset(
    chr(code) for code in (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)


@lru_cache(maxsize=64)
def covered(path: Path, index: int, changed_ns: int) -> bytes:
    """Return the characters a font has as a bitmap: bit `code % 8` of byte `code // 8`.

    `changed_ns`, the file's time, makes a font that replaced another under its name visible.
    """
    with _opened(path, index) as font:
        codes = font.getBestCmap() or {}
        bitmap = bytearray(max(codes, default=0) // 8 + 1)
        for code in codes:
            bitmap[code // 8] |= 1 << code % 8
    return bytes(bitmap)


def has(bitmap: bytes, character: str) -> bool:
    """Tell whether a character is in a bitmap of `covered`."""
    code = ord(character)
    return code // 8 < len(bitmap) and bool(bitmap[code // 8] >> code % 8 & 1)


@lru_cache(maxsize=16)
def joining(path: Path, index: int, changed_ns: int) -> dict[str, frozenset[str]]:
    """Return which of FORMS a font has for each character of Arabic script; {} when it joins nothing."""
    with _opened(path, index) as font:
        if "GSUB" not in font:
            return {}
        glyphs = {tag: _changed(font["GSUB"].table, tag) for tag in FORMS}
        names = {code: name for code, name in (font.getBestCmap() or {}).items() if 0x0600 <= code <= 0x08FF}
    return {chr(code): frozenset(tag for tag in FORMS if name in glyphs[tag]) for code, name in names.items()}


def bound_runs(text: str) -> Iterator[str]:
    """Yield what must come from one font: words of Arabic script, and letters with marks over them."""
    if _BINDING.search(text):
        for found in _BOUND.finditer(text):
            yield "".join(character for character in found.group() if character not in INVISIBLE)


def forms_needed(character: str) -> frozenset[str]:
    """Return the forms a font must have for a letter of Arabic script; empty for every other character."""
    if not _ARABIC_SIGN.match(character) or character in _NOT_JOINING or unicodedata.category(character) != "Lo":
        return frozenset()
    if _RIGHT_JOINING.match(character) or not "\u0620" <= character <= "\u06ff":
        return frozenset({"fina"})
    return FORMS


def is_private(character: str) -> bool:
    """Tell whether a character shows something else in every font: private use, selectors of variants."""
    return bool(_OWN_MEANING.match(character))


def _opened(path: Path, index: int) -> TTFont:
    number = index if path.suffix.lower() in {".ttc", ".otc"} else -1
    return TTFont(path, lazy=True, fontNumber=number)


def _changed(table: object, tag: str) -> set[str]:
    """Return the names of the glyphs that a feature of Arabic script changes."""
    lookups: set[int] = set()
    for record in table.ScriptList.ScriptRecord:  # type: ignore[attr-defined]
        languages = record.Script.DefaultLangSys
        if record.ScriptTag == "arab" and languages is not None:
            features = (table.FeatureList.FeatureRecord[number] for number in languages.FeatureIndex)  # type: ignore[attr-defined]
            lookups |= {number for f in features if f.FeatureTag == tag for number in f.Feature.LookupListIndex}
    changed: set[str] = set()
    for number in lookups:
        for subtable in table.LookupList.Lookup[number].SubTable:  # type: ignore[attr-defined]
            changed |= set(getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", ()))
    return changed
