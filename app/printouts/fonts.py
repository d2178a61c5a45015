"""The print fonts: which families serve which role, which fill the gaps, which characters none of them can print."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import typst

from app.printouts.font_coverage import INVISIBLE, bound_runs, covered, forms_needed, has, is_private, joining

FETCHED_FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
FALLBACK_PACKAGE = "pylopdf_fonts_zh_cn"
FALLBACK_NAME = "Noto Serif SC"
# They hold marks but few letters with marks, and would set a mark beside its letter: fonts of letters go before them.
FALLBACK_FAMILIES = frozenset({FALLBACK_NAME, "Noto Sans SC"})


class Role(StrEnum):
    """What a font is for in GB/T 9704-2012."""

    BODY = "body"  # 仿宋
    HEADING = "heading"  # 黑体
    SUBHEADING = "subheading"  # 楷体
    TITLE = "title"  # 小标宋
    SONG = "song"  # 宋体: page numbers, digits


class Script(StrEnum):
    """What the role fonts and the last resort lack."""

    LETTERS = "带附加符号的拉丁字母、西里尔字母"
    ARABIC = "维吾尔文、哈萨克文"
    RARE_HAN = "罕见汉字"


ROLE_NAMES = {Role.BODY: "仿宋", Role.HEADING: "黑体", Role.SUBHEADING: "楷体", Role.TITLE: "小标宋", Role.SONG: "宋体"}
# Name parts by which a family is known to serve a role, best first; compared without case, blanks, "_" and "-".
FAMILIES = {
    Role.BODY: ("仿宋gb2312", "fangsonggb2312", "方正仿宋", "fzfangsong", "fzfs", "仿宋", "fangsong", "fandolfang"),
    Role.HEADING: ("方正黑体", "fzhei", "fzht", "黑体", "simhei", "fandolhei", "notosanssc"),
    Role.SUBHEADING: ("楷体gb2312", "kaitigb2312", "方正楷体", "fzkai", "楷体", "kaiti", "fandolkai"),
    Role.TITLE: ("方正小标宋", "fzxiaobiaosong", "fzxbs", "小标宋", "fandolsong"),
    Role.SONG: ("方正书宋", "fzshusong", "宋体", "simsun", "fandolsong"),
}
# The same for the fonts that fill gaps. They serve no role, whatever their name (SimSun-ExtB is not 宋体).
FILLERS = {
    Script.LETTERS: ("liberationserif",),
    Script.ARABIC: ("microsoftuighur", "ukijtuz", "notonaskharabic", "amiri"),
    Script.RARE_HAN: (
        *("simsunext", "宋体ext", "方正宋体s", "fzsongs", "中华书局宋体", "zhonghuasong", "plangothic", "遍黑"),
        *("jigmo", "babelstonehan", "hanamin"),
    ),
}


class MissingGlyphError(ValueError):
    """A character that no available font can print; names the character and where it stands.

    `lacking` are the scripts that no font was found for, so that installing one may help.
    """

    def __init__(self, character: str, place: str, lacking: tuple[Script, ...] = ()) -> None:
        self.character, self.place, self.lacking = character, place, lacking
        advice = f"；本机未安装补字字体（{'；'.join(lacking)}），补装办法见手册“印件的字体”" if lacking else ""
        super().__init__(f"字体缺字：“{character}”（U+{ord(character):04X}），位于{place}{advice}")


class NoFontError(RuntimeError):
    """No Chinese font at all could be found."""


@dataclass(frozen=True)
class Face:
    """One font file's family as the typesetter knows it; `changed_ns` is the file's time."""

    family: str
    path: Path
    index: int
    changed_ns: int

    def has(self, character: str) -> bool:
        """Tell whether the font has a character."""
        return has(covered(self.path, self.index, self.changed_ns), character)

    def joins(self, letter: str) -> bool:
        """Tell whether the font has every form a letter of Arabic script takes in a word."""
        needed = forms_needed(letter)
        return not needed or needed <= joining(self.path, self.index, self.changed_ns).get(letter, frozenset())


@dataclass(frozen=True)
class FontSet:
    """The faces of each role, first looked up first; `substituted` are the roles that only the last resort serves.

    Order: fonts of the role, of letters (as the last resort sets marks beside them), the last resort, fonts that fill
    other gaps, any further font of the office's own. `lacking` are the scripts without a font; what `fillers` show for
    private characters is their makers' affair; `latin` families must not set the signs that Chinese sets wide.
    """

    faces: dict[Role, tuple[Face, ...]]
    substituted: tuple[Role, ...]
    folders: tuple[Path, ...]
    fillers: frozenset[Face] = frozenset()
    lacking: tuple[Script, ...] = ()
    latin: frozenset[str] = frozenset()

    def families(self, role: Role) -> list[str]:
        """Return the family names of a role in the order in which characters are looked up."""
        return list(dict.fromkeys(face.family for face in self.faces[role]))

    def stack(self, role: Role) -> list[str | dict[str, str]]:
        """Return the families of a role as the templates take them: with what each must leave to those after it."""
        return [
            {"name": name, "covers": "latin-in-cjk"} if name in self.latin else name for name in self.families(role)
        ]

    def check(self, role: Role, texts: Iterable[tuple[str, str]]) -> None:
        """Look up every character of (text, place) pairs in the role's fonts, as the typesetter will.

        Raises: MissingGlyphError for the first character that none of them has, and for the first that would be torn
        out of its word (Arabic script) or from the letter it stands over, as it has to come from another font.
        """
        chain = tuple(dict.fromkeys((*self.faces[role], *self.faces[Role.SONG])))
        known = {"\n", *INVISIBLE}
        for text, place in texts:
            for character in text:
                if character not in known:
                    if not self._serving(chain, character):
                        raise MissingGlyphError(character, place, self.lacking)
                    known.add(character)
            if not text.isascii():
                self._check_bound(chain, text, place)

    def note(self) -> str:
        """Return the line that says which fonts were substituted, "" when none was."""
        if not self.substituted:
            return ""
        roles = "、".join(ROLE_NAMES[role] for role in self.substituted)
        return f"注：本机未安装{roles}字体，本件以思源宋体（{FALLBACK_NAME}）代替排印。"

    def _serving(self, chain: tuple[Face, ...], character: str) -> Face | None:
        """Return the face that will print a character; None also when one would set its mark beside its letter."""
        private = is_private(character)
        parts = normalize("NFD", character)
        for face in chain:
            if face.has(character):
                if not (private and face in self.fillers):
                    return face
            elif len(parts) > 1 and all(map(face.has, parts)):
                return None
        return None

    def _check_bound(self, chain: tuple[Face, ...], text: str, place: str) -> None:
        """Raises: MissingGlyphError for a letter or mark that its word's font does not have, or cannot join."""
        for run in bound_runs(text):
            written = normalize("NFC", run)
            face = self._serving(chain, written[0])
            whole = next((f for f in chain if all(map(f.has, written))), face)
            face = face if forms_needed(written[0]) else whole  # a cluster moves to a later font whole, a word does not
            torn = next((c for c in written if face is None or not (face.has(c) and face.joins(c))), None)
            if torn is not None:
                raise MissingGlyphError(torn, place, self.lacking)


def default_font_dirs() -> tuple[Path, ...]:
    """Return the folders of the fetched fonts and of the fallback package, as far as they exist."""
    spec = find_spec(FALLBACK_PACKAGE)
    folders = [FETCHED_FONTS, *(Path(folder) for folder in (spec.submodule_search_locations or () if spec else ()))]
    return tuple(folder for folder in folders if folder.is_dir())


def find_fonts(font_dirs: tuple[Path, ...] | None = None) -> FontSet:
    """Choose the fonts of every role; earlier folders win (an office's own first), None means the default folders.

    Raises: NoFontError when no folder holds a font that can print Chinese.
    """
    ours = default_font_dirs()
    folders = tuple(f for f in (ours if font_dirs is None else font_dirs) if f.is_dir())
    found = {folder: faces_in(folder, _state(folder)) for folder in folders}
    own = tuple(face for folder, faces in found.items() if folder not in ours for face in faces)
    by_script = {script: tuple(_matching(parts, found.values())) for script, parts in FILLERS.items()}
    fillers = frozenset(face for faces in by_script.values() for face in faces)
    others = [tuple(face for face in faces if face not in fillers) for faces in found.values()]
    chosen = {role: tuple(_matching(parts, others)) for role, parts in FAMILIES.items()}
    last_resort = tuple(face for faces in others for face in faces if face.family == FALLBACK_NAME)
    if not last_resort and not all(chosen.values()):
        raise NoFontError("no Chinese print font found; run `make setup`")
    return FontSet(
        faces={role: _chain(role, faces, by_script, last_resort, own) for role, faces in chosen.items()},
        substituted=tuple(role for role, faces in chosen.items() if not faces),
        folders=folders,
        fillers=fillers - frozenset(own),
        lacking=tuple(script for script, faces in by_script.items() if not faces),
        latin=frozenset(face.family for face in by_script[Script.LETTERS]),
    )


def _chain(
    role: Role,
    faces: tuple[Face, ...],
    by_script: dict[Script, tuple[Face, ...]],
    last_resort: tuple[Face, ...],
    own: tuple[Face, ...],
) -> tuple[Face, ...]:
    """Return the faces of a role in the order of FontSet; those of SONG start with the one that sets the digits."""
    first = tuple(face for face in faces if face in own or face.family not in FALLBACK_FAMILIES)
    if role is Role.SONG and not first:
        first = last_resort
    gaps = (*by_script[Script.ARABIC], *by_script[Script.RARE_HAN], *own)
    return tuple(dict.fromkeys((*first, *by_script[Script.LETTERS], *faces, *last_resort, *gaps)))


@lru_cache(maxsize=16)
def faces_in(folder: Path, state: tuple[tuple[str, int], ...]) -> tuple[Face, ...]:
    """Return the faces of a folder; `state` (names and times of its files) makes a change visible."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    found = [(font.family, Path(font.path), font.index) for font in fonts.fonts() if font.path]
    return tuple(Face(family, path, index, path.stat().st_mtime_ns) for family, path, index in found)


def _matching(parts: tuple[str, ...], folders: Iterable[tuple[Face, ...]]) -> Iterator[Face]:
    """Yield the faces known by one of the name parts: folder by folder, within a folder by the order of the parts."""
    seen: set[Face] = set()
    for faces in folders:
        for part in parts:
            for face in faces:
                if part in _plain(face.family) and face not in seen:
                    seen.add(face)
                    yield face


def _plain(family: str) -> str:
    return family.casefold().translate({ord(sign): None for sign in " _-"})


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()))
