"""The files of a dossier: numbered, compared with their hashes, listed for a spreadsheet and for a check of sums."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.clock import SHANGHAI
from app.core.files import stored_path
from app.domain.dossiers import FileState, archive_name
from app.queries.dossier_evidence import EvidenceLine

STATES = {FileState.INTACT: "完好", FileState.MISSING: "文件缺失", FileState.ALTERED: "内容与摘要值不符"}
HEADINGS = ("序号", "文件名", "压缩包内路径", "字节数", "SHA-256", "佐证事项", "提交人", "提交时间", "核对结果")
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class DossierFile:
    """A file as the dossier lists it; `size` in bytes as it lies there, of a missing one as handed in."""

    number: int
    line: EvidenceLine
    path: str  # in the archive
    size: int
    state: FileState
    backs: str

    @property
    def mark(self) -> str:
        """How other chapters name it."""
        return f"{self.number:03}"


def checked(lines: Sequence[EvidenceLine], folder: Path, backs: dict[tuple[str, int], str]) -> tuple[DossierFile, ...]:
    """Number files in their order and compare each with its hash; `backs` names the facts."""
    found: dict[str, tuple[FileState, int]] = {}
    for line in lines:
        if line.sha256 not in found:
            found[line.sha256] = state_of(folder, line.sha256)
    return tuple(
        DossierFile(
            number=number,
            line=line,
            path=archive_name(number, len(lines), line.filename),
            size=found[line.sha256][1] if found[line.sha256][0] is FileState.INTACT else line.size or 0,
            state=found[line.sha256][0],
            backs=backs.get((line.backs, line.fact_id), "事项"),
        )
        for number, line in enumerate(lines, start=1)
    )


def state_of(folder: Path, sha256: str) -> tuple[FileState, int]:
    """Return what became of stored bytes, and how many there are."""
    digest, size = hashlib.sha256(), 0
    try:
        with stored_path(folder, sha256).open("rb") as handle:
            while block := handle.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except (OSError, ValueError):
        return FileState.MISSING, 0
    return (FileState.INTACT if digest.hexdigest() == sha256 else FileState.ALTERED), size


def list_csv(files: Iterable[DossierFile]) -> bytes:
    """Return the list for a spreadsheet: UTF-8 with a byte-order mark, no text taken for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADINGS)
    for file in files:
        at = file.line.recorded_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        texts = (file.mark, file.line.filename, file.path, str(file.size), file.line.sha256, file.backs)
        writer.writerow([_guarded(text) for text in (*texts, file.line.author, at, STATES[file.state])])
    return stream.getvalue().encode("utf-8-sig")


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def sums(entries: Iterable[tuple[str, str]]) -> bytes:
    """Return the lines of a check of sums for (sha256, path) pairs, as `sha256sum -c` reads them."""
    return "".join(f"{sha256}  {path}\n" for sha256, path in entries).encode()


def parsed_sums(content: bytes) -> list[tuple[str, str]]:
    """Return the (sha256, path) pairs of a check of sums."""
    lines = (line.split("  ", 1) for line in content.decode().splitlines())
    return [(sha256, path) for sha256, path in lines]


def missing_note(files: Sequence[tuple[str, str, FileState]]) -> bytes:
    """Return the note on (path, sha256, state) of files that the archive cannot hold."""
    lines = [
        "下列佐证材料已登记，但服务器上的文件缺失或内容与登记的摘要值不符，未能收入本压缩包，请联系系统管理员：",
        "",
    ]
    lines += [f"{path}\t{STATES[state]}\tSHA-256 {sha256}" for path, sha256, state in files]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")
