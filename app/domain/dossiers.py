"""What a dossier of a case is called, how its files are named in an archive, and how large that may be."""

import unicodedata
from enum import StrEnum
from pathlib import PurePosixPath

FOLDER = "佐证材料"
LIST_NAME = "佐证材料目录.csv"
SUMS_NAME = "SHA256SUMS"
NOTE_NAME = "缺失说明.txt"
MOST_BYTES = 2 * 1024**3  # of evidence in one archive
_RESERVED = set('\\/:*?"<>|')  # in names of files on Windows
_LONGEST = 80  # characters of a name, its number left out
_LONGEST_ENDING = 12


class DossierFormat(StrEnum):
    """What is made: the document alone, or an archive with the evidence as well."""

    PDF = "pdf"
    ZIP = "zip"


class FileState(StrEnum):
    """What became of a file's bytes since they were handed in."""

    INTACT = "intact"
    MISSING = "missing"
    ALTERED = "altered"


def archive_name(number: int, of: int, filename: str) -> str:
    """Return a file's place in the archive: its number before its name, safe on every system.

    The number keeps names apart, also where systems do not tell upper from lower case, and from names of devices.
    """
    width = max(3, len(str(of)))
    return f"{FOLDER}/{number:0{width}}_{safe_name(filename)}"


def safe_name(name: str) -> str:
    """Return a name without signs that a system reserves, controls or does not show, at most 80 characters long."""
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(
        "_" if sign in _RESERVED else " " if unicodedata.category(sign).startswith("Z") else sign
        for sign in composed
        if not unicodedata.category(sign).startswith("C")
    )
    plain = " ".join(kept.split()).strip(". ") or "未命名"
    if len(plain) <= _LONGEST:
        return plain
    ending = PurePosixPath(plain).suffix
    ending = ending if len(ending) <= _LONGEST_ENDING else ""
    return plain[: _LONGEST - len(ending)].rstrip(". ") + ending


def dossier_name(case_number: str, number: int) -> str:
    """Return the name of a dossier's file, without its ending."""
    return safe_name(f"问责案卷_{case_number}_第{number}次")
