"""Print a sample of every kind of document in every format, and the five plans' circulars, into dist/printouts."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from app.core.database import make_engine, read_session, write_session
from app.core.files import project_dir
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import KINDS, DocumentKind, DocumentState
from app.models import Plan
from app.printouts.documents import Document, Stamp, Volume
from app.services import official_documents
from app.services.document_files import WATERMARKS, render
from app.services.installation import install
from tests.support.databases import SqliteDatabases, open_engine
from tests.support.every_kind import NOW, furnish

TARGET = Path("dist/printouts")
WORKER = Actor(None, "samples", None)
ISSUED = Stamp(address="http://junheng.example/verify/" + "ab" * 10, fingerprint="3f2a 91c0 77be 0d14")
DRAFT = Stamp(watermark=WATERMARKS[DocumentState.DRAFT])
QUARTER = "2026Q3"


def main() -> int:
    """Print everything anew; return 0."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        for name, kind, document, stamp in (*invented(Path(folder)), *real(settings)):
            for one in KINDS[kind].formats:
                (TARGET / f"{name}.{one}").write_bytes(render(document, one, settings, stamp))
                sys.stdout.write(f"{TARGET / name}.{one}\n")
    return 0


def invented(folder: Path) -> Iterator[tuple[str, DocumentKind, Document | Volume, Stamp]]:
    """Yield a document of every kind, of invented facts; three county sheets bound; a draft."""
    databases = SqliteDatabases(folder)
    (folder / "one").mkdir()
    (folder / "other").mkdir()
    with databases.fresh(folder / "one") as url, databases.fresh(folder / "other") as other:
        office = furnish(open_engine(url), open_engine(other))
        drawn = {kind: office.draw(kind) for kind in DocumentKind}
    for number, (kind, document) in enumerate(drawn.items(), start=1):
        yield f"{number:02}_{kind}", kind, document, ISSUED
    sheets = tuple(drawn[kind] for kind in (DocumentKind.COUNTY_SHEET, DocumentKind.UNIT_SHEET))
    yield "19_volume", DocumentKind.DOSSIER, Volume("情况表合订本（虚构）", "领导小组办公室", sheets, NOW), ISSUED
    yield "20_draft", DocumentKind.QUARTERLY_CIRCULAR, drawn[DocumentKind.QUARTERLY_CIRCULAR], DRAFT


def real(settings: Settings) -> Iterator[tuple[str, DocumentKind, Document | Volume, Stamp]]:
    """Yield the circulars of the five plans with no facts on file yet."""
    upgrade(settings.effective_database_url)
    engine = make_engine(settings.effective_database_url)
    now = datetime.now(UTC)
    with write_session(engine) as session:
        install(session, project_dir("seeds"), WORKER, now)
    with read_session(engine) as session:
        plans = {plan.slug: plan.id or 0 for plan in session.exec(select(Plan))}
    kind = DocumentKind.QUARTERLY_CIRCULAR
    for slug, plan_id in plans.items():
        with read_session(engine) as session:
            drawn = official_documents.draw(session, WORKER, plan_id=plan_id, kind=kind, key=QUARTER, now=now)
        yield f"circular_{slug}", kind, drawn.document, ISSUED


if __name__ == "__main__":
    sys.exit(main())
