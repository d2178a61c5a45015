"""The print fonts: which families serve which role, and which characters none of them can print."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

FETCHED_FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
FALLBACK_PACKAGE = "pylopdf_fonts_zh_cn"
FALLBACK_NAME = "Noto Serif SC"


class Role(StrEnum):
    """What a font is for in GB/T 9704-2012."""

    BODY = "body"  # 仿宋
    HEADING = "heading"  # 黑体
    SUBHEADING = "subheading"  # 楷体
    TITLE = "title"  # 小标宋
    SONG = "song"  # 宋体: page numbers, digits


ROLE_NAMES = {Role.BODY: "仿宋", Role.HEADING: "黑体", Role.SUBHEADING: "楷体", Role.TITLE: "小标宋", Role.SONG: "宋体"}
# Name parts by which a family is known to serve a role, best first; compared without case, blanks, "_" and "-".
FAMILIES = {
    Role.BODY: ("仿宋gb2312", "fangsonggb2312", "方正仿宋", "fzfangsong", "fzfs", "仿宋", "fangsong", "fandolfang"),
    Role.HEADING: ("方正黑体", "fzhei", "fzht", "黑体", "simhei", "fandolhei", "notosanssc"),
    Role.SUBHEADING: ("楷体gb2312", "kaitigb2312", "方正楷体", "fzkai", "楷体", "kaiti", "fandolkai"),
    Role.TITLE: ("方正小标宋", "fzxiaobiaosong", "fzxbs", "小标宋", "fandolsong"),
    Role.SONG: ("方正书宋", "fzshusong", "宋体", "simsun", "fandolsong"),
}


class MissingGlyphError(ValueError):
    """A character that no available font can print; names the character and where it stands."""

    def __init__(self, character: str, place: str) -> None:
        self.character, self.place = character, place
        super().__init__(f"字体缺字：“{character}”（U+{ord(character):04X}），位于{place}")


class NoFontError(RuntimeError):
    """No Chinese font at all could be found."""


@dataclass(frozen=True)
class Face:
    """One font file's family as the typesetter knows it."""

    family: str
    path: Path
    index: int


@dataclass(frozen=True)
class FontSet:
    """The faces of each role, best first, the last resort at the end; `substituted` are roles only that one serves."""

    faces: dict[Role, tuple[Face, ...]]
    substituted: tuple[Role, ...]
    folders: tuple[Path, ...]

    def families(self, role: Role) -> list[str]:
        """Return the family names of a role in the order in which characters are looked up."""
        return list(dict.fromkeys(face.family for face in self.faces[role]))

    def check(self, role: Role, texts: Iterable[tuple[str, str]]) -> None:
        """Look up every character of (text, place) pairs in the role's fonts.

        Raises: MissingGlyphError for the first character that none of them has.
        """
        coverage = [covered(face.path, face.index) for face in (*self.faces[role], *self.faces[Role.SONG])]
        known = {"\n"}
        for text, place in texts:
            for character in text:
                if character in known:
                    continue
                if not any(_has(bitmap, ord(character)) for bitmap in coverage):
                    raise MissingGlyphError(character, place)
                known.add(character)

    def note(self) -> str:
        """Return the line that says which fonts were substituted, "" when none was."""
        if not self.substituted:
            return ""
        roles = "、".join(ROLE_NAMES[role] for role in self.substituted)
        return f"注：本机未安装{roles}字体，本件以思源宋体（{FALLBACK_NAME}）代替排印。"


def default_font_dirs() -> tuple[Path, ...]:
    """Return the folders of the fetched fonts and of the fallback package, as far as they exist."""
    spec = find_spec(FALLBACK_PACKAGE)
    folders = [FETCHED_FONTS, *(Path(folder) for folder in (spec.submodule_search_locations or () if spec else ()))]
    return tuple(folder for folder in folders if folder.is_dir())


def find_fonts(font_dirs: tuple[Path, ...] | None = None) -> FontSet:
    """Choose the fonts of every role; earlier folders win (an office's own first), None means the default folders.

    Raises: NoFontError when no folder holds a font that can print Chinese.
    """
    folders = tuple(f for f in (default_font_dirs() if font_dirs is None else font_dirs) if f.is_dir())
    found = {folder: faces_in(folder, _state(folder)) for folder in folders}
    last_resort = [face for faces in found.values() for face in faces if face.family == FALLBACK_NAME]
    chosen = {role: _chosen(role, found.values()) for role in Role}
    if not last_resort and not all(chosen.values()):
        raise NoFontError("no Chinese print font found; run `make setup`")
    return FontSet(
        faces={role: (*faces, *last_resort) for role, faces in chosen.items()},
        substituted=tuple(role for role, faces in chosen.items() if not faces),
        folders=folders,
    )


@lru_cache(maxsize=16)
def faces_in(folder: Path, state: tuple[tuple[str, int], ...]) -> tuple[Face, ...]:
    """Return the faces of a folder; `state` (names and times of its files) makes a change visible."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    return tuple(Face(font.family, Path(font.path), font.index) for font in fonts.fonts() if font.path)


@lru_cache(maxsize=64)
def covered(path: Path, index: int) -> bytes:
    """Return the characters a font has as a bitmap: bit `code % 8` of byte `code // 8`."""
    number = index if path.suffix.lower() in {".ttc", ".otc"} else -1
    with TTFont(path, lazy=True, fontNumber=number) as font:
        codes = font.getBestCmap() or {}
        bitmap = bytearray(max(codes, default=0) // 8 + 1)
        for code in codes:
            bitmap[code // 8] |= 1 << code % 8
    return bytes(bitmap)


def _chosen(role: Role, folders: Iterable[tuple[Face, ...]]) -> tuple[Face, ...]:
    """Return the faces of a role: folder by folder, within a folder by the order of FAMILIES."""
    chosen: list[Face] = []
    for faces in folders:
        for part in FAMILIES[role]:
            chosen += [face for face in faces if part in _plain(face.family) and face not in chosen]
    return tuple(chosen)


def _plain(family: str) -> str:
    return family.casefold().translate({ord(sign): None for sign in " _-"})


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()))


def _has(bitmap: bytes, code: int) -> bool:
    return code // 8 < len(bitmap) and bool(bitmap[code // 8] >> code % 8 & 1)
