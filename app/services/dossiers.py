"""Make dossiers of accountability cases: draw, keep and register, and pack an archive again from what is kept."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from app.core.clock import SHANGHAI, local_day
from app.core.files import store, stored_path
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.dossiers import LIST_NAME, MOST_BYTES, NOTE_NAME, SUMS_NAME, DossierFormat, FileState, dossier_name
from app.domain.quarters import quarter_of
from app.models import Printout
from app.queries import dossiers
from app.queries.dossiers import DossierRow
from app.services import audit
from app.services.dossier_documents import composed, fact_words
from app.services.dossier_files import DossierFile, checked, list_csv, missing_note, parsed_sums, state_of, sums
from app.services.errors import ConflictError, NotFoundError, msg
from app.services.turns import take_turn

DOSSIER = "dossier"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class DrawnDossier:
    """A dossier's document and files; not yet on record."""

    case_id: int
    plan_id: int
    case_number: str
    number: int
    format: DossierFormat
    pdf: bytes
    files: tuple[DossierFile, ...]


def draw_dossier(
    session: Session, actor: Actor, case_id: int, *, file_format: DossierFormat, settings: Settings, now: datetime
) -> DrawnDossier:
    """Gather a case and set its dossier; nothing is written.

    Raises: NotFoundError out of scope, ConflictError when the files are too large for one archive, NoFontError and
    TypesettingError when it cannot be set.
    """
    from app.printouts.dossiers import TAGGED_ROWS, to_pdf  # slow to load
    from app.printouts.fonts import default_font_dirs
    from app.printouts.pdf import Limits

    facts = dossiers.gather(session, actor, case_id, today=local_day(now), now=now)
    if facts is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    session.close()  # hashing the files and setting take their time
    files = checked(facts.evidence, settings.evidence_dir, fact_words(facts))
    if file_format is DossierFormat.ZIP:
        hold_to_size(files)
    fonts = (settings.data_dir / "fonts", *default_font_dirs())
    limits = Limits(seconds=settings.print_timeout_seconds, tagged_rows=TAGGED_ROWS)
    pdf = to_pdf(composed(facts, files), fonts, limits)
    case = facts.case
    return DrawnDossier(case.id, case.plan_id, case.number, facts.number, file_format, pdf, files)


def hold_to_size(files: tuple[DossierFile, ...], most: int = MOST_BYTES) -> None:
    """Refuse files that come to more bytes than one archive holds. Raises: ConflictError."""
    total = sum(file.size for file in files if file.state is FileState.INTACT)
    if total > most:
        raise ConflictError(
            msg(
                "The evidence of this case comes to %(total)s MB; one archive holds at most %(most)s MB. Make the PDF, "
                "which lists every file with its hash, and fetch the files one by one.",
                total=round(total / 1024**2),
                most=round(most / 1024**2),
            )
        )


def keep_dossier(session: Session, actor: Actor, drawn: DrawnDossier, *, folder: Path, now: datetime) -> Printout:
    """Store a drawn dossier under its hash and enter it in the register.

    Raises: ConflictError when another came first.
    """
    take_turn(session)
    if dossiers.next_number(session, drawn.case_id) != drawn.number:
        raise ConflictError(msg("Somebody else has just made a dossier of this case. Make yours again."))
    document, content = store(folder, drawn.pdf), drawn.pdf
    if drawn.format is DossierFormat.ZIP:
        content = _manifest(drawn, document, folder)
    printout = Printout(
        plan_id=drawn.plan_id,
        kind=DOSSIER,
        quarter=str(quarter_of(local_day(now))),
        case_id=drawn.case_id,
        number=drawn.number,
        format=drawn.format,
        cut_off_on=local_day(now),
        sha256=store(folder, content),
        size=len(content),
        author_id=actor.account_id,
        printed_at=now,
    )
    session.add(printout)
    session.flush()
    told = {"printout": printout.id, "number": drawn.number, "format": drawn.format.value, "sha256": printout.sha256}
    told |= {"document_sha256": document, "files": len(drawn.files)}
    audit.record(
        session,
        actor,
        "dossiers:create",
        f"cases/{drawn.case_id}",
        now=now,
        plan_id=drawn.plan_id,
        kind=DOSSIER,
        **told,
    )
    return printout


def _manifest(drawn: DrawnDossier, document: str, folder: Path) -> bytes:
    """Keep the list and the note, and return the sums of everything in the archive: by them it can be packed again."""
    entries = [(document, f"{dossier_name(drawn.case_number, drawn.number)}.pdf")]
    entries += [(file.line.sha256, file.path) for file in drawn.files if file.state is FileState.INTACT]
    entries.append((store(folder, list_csv(drawn.files)), LIST_NAME))
    gone = [(file.path, file.line.sha256, file.state) for file in drawn.files if file.state is not FileState.INTACT]
    if gone:
        entries.append((store(folder, missing_note(gone)), NOTE_NAME))
    return sums(entries)


def find_dossier(session: Session, scope: Scope, case_id: int, number: int) -> tuple[str, DossierRow]:
    """Return a case's number and one of its dossiers. Raises: NotFoundError."""
    case = dossiers.case_in_scope(session, scope, case_id)
    found = next((row for row in dossiers.made_before(session, case_id) if row.number == number), None)
    if case is None or found is None:
        raise NotFoundError(msg("There is no such dossier in your scope."))
    return case, found


def archive(sha256: str, made_at: datetime, settings: Settings) -> Iterator[bytes]:
    """Yield a dossier's archive a piece at a time: the document, the files, the list, the sums.

    Bytes that are gone or altered since are left out and named in a note, so that the check of sums finds them.
    """
    manifest = stored_path(settings.printouts_dir, sha256).read_bytes()
    entries = parsed_sums(manifest)
    when = made_at.astimezone(SHANGHAI).timetuple()[:6]
    stream = _Pieces()
    gone: list[tuple[str, str, FileState]] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:  # type: ignore[call-overload]
        for digest, path in entries:
            source, state = _source(digest, settings)
            if state is not FileState.INTACT:
                gone.append((path, digest, state))
                continue
            yield from _packed(packed, stream, path, when, source)
        for name, content in (("后来缺失.txt", missing_note(gone) if gone else b""), (SUMS_NAME, manifest)):
            if content:
                packed.writestr(_entry(name, when), content)
                yield from stream.taken()
    yield from stream.taken()


def _source(digest: str, settings: Settings) -> tuple[Path, FileState]:
    """Return where bytes lie, printed or handed in, and what became of them."""
    for folder in (settings.printouts_dir, settings.evidence_dir):
        state, _ = state_of(folder, digest)
        if state is not FileState.MISSING:
            return stored_path(folder, digest), state
    return stored_path(settings.evidence_dir, digest), FileState.MISSING


def _packed(
    packed: zipfile.ZipFile, stream: "_Pieces", path: str, when: tuple[int, ...], source: Path
) -> Iterator[bytes]:
    with source.open("rb") as handle, packed.open(_entry(path, when, source.stat().st_size), "w") as target:
        while block := handle.read(_BLOCK):
            target.write(block)
            yield from stream.taken()
    yield from stream.taken()


def _entry(path: str, when: tuple[int, ...], size: int = 0) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = when
    entry = zipfile.ZipInfo(path, (year, month, day, hour, minute, second))
    entry.compress_type, entry.external_attr, entry.file_size = zipfile.ZIP_DEFLATED, 0o600 << 16, size
    entry.create_system = 3
    return entry


class _Pieces:
    """What an archive has written and nobody has sent yet; it cannot go back."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def taken(self) -> Iterator[bytes]:
        written, self._written = self._written, []
        yield from (piece for piece in written if piece)
