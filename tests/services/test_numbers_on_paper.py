"""The circulars of the five real plans and of a plan of 5,000 milestones: every format says what the export says."""

import resource
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import Engine, read_session, write_session
from app.core.settings import Settings
from app.domain.documents import DocumentKind, FileFormat
from app.models import Account, Milestone, Plan, Report
from app.printouts.documents import Document, Stamp
from app.services import official_documents
from app.services.document_files import render
from tests.services.test_document_circulars import hold_circular_against_export
from tests.support.circulars import enliven
from tests.support.databases import open_engine
from tests.support.every_kind import READER
from tests.support.facts import Office, add_milestone, noon, office
from tests.support.printed_tables import missing_in_docx, missing_in_pdf, missing_in_xlsx
from tests.support.web import seeded_app

NOW = noon("2026-11-22")
MANY = 5000
SECONDS = 30  # of the processor, for 5,000 rows as PDF


def written(document: Document, one: FileFormat, folder: Path) -> bytes:
    return render(document, one, Settings(data_dir=folder), Stamp())


def hold_every_format(document: Document, folder: Path) -> None:
    assert missing_in_pdf(document, written(document, FileFormat.PDF, folder)) == []
    assert missing_in_docx(document, written(document, FileFormat.DOCX, folder)) == []
    assert missing_in_xlsx(document, written(document, FileFormat.XLSX, folder)) == []


def circular(session: Session, plan_id: int, now: datetime = NOW) -> Document:
    kind = DocumentKind.QUARTERLY_CIRCULAR
    drawn = official_documents.draw(session, READER, plan_id=plan_id, kind=kind, key="2026Q3", now=now)
    assert isinstance(drawn.document, Document)
    return drawn.document


def test_circulars_of_the_five_plans_say_the_same_in_every_format(tmp_path: Path) -> None:
    engine: Engine = seeded_app(tmp_path).state.engine
    with write_session(engine) as session:
        author = session.scalars(sa.select(col(Account.id)).order_by(col(Account.id))).first()
        plans = session.scalars(sa.select(Plan)).all()
        for plan in plans:
            enliven(session, Office(plan.id or 0, plan.place_id, 0, 0, author or 0))
        documents = [circular(session, plan.id or 0) for plan in plans]
    engine.dispose()
    assert len(documents) == 5
    for document in documents:
        hold_every_format(document, tmp_path)


def many(engine: Engine) -> int:
    """Add a plan of 5,000 milestones, due one after the other, one in seven of them reported; return its id."""
    with write_session(engine) as session:
        of = office(session)
        first = session.get_one(Milestone, add_milestone(session, of, "2025-01-01", "2025-06-30"))
        values = first.model_dump(exclude={"id"})
        due = [date(2025, 6, 30 - number % 28) if number % 2 else date(2027, 3, 31) for number in range(1, MANY)]
        rows = [
            values | {"key": f"m{number}", "title": f"第{number}项任务", "due_on": on, "position": number}
            for number, on in enumerate(due, start=1)
        ]
        session.execute(sa.insert(Milestone), rows)
        reported = sa.select(col(Milestone.id)).where(col(Milestone.id) % 7 == 0)
        at = noon("2026-09-20")
        reports = [
            {
                "milestone_id": one,
                "organization_id": of.organization_id,
                "author_id": of.account_id,
                "reported_on": local_day(at),
                "recorded_at": at,
                "summary": "推进中（虚构）",
                "share_pct": (one or 0) % 100,
                "state": "submitted",
            }
            for one in session.scalars(reported)
        ]
        session.execute(sa.insert(Report), reports)
        return of.plan_id


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_five_thousand_milestones_are_printed_in_time_with_the_numbers_of_the_export(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = open_engine(sqlite_url)
    plan_id = many(engine)
    with read_session(engine) as session:
        hold_circular_against_export(session, session.get_one(Plan, plan_id))
        document = circular(session, plan_id)
    before = spent()
    pdf = written(document, FileFormat.PDF, tmp_path)
    assert spent() - before < SECONDS
    assert missing_in_pdf(document, pdf) == []
    assert missing_in_docx(document, written(document, FileFormat.DOCX, tmp_path)) == []
    assert missing_in_xlsx(document, written(document, FileFormat.XLSX, tmp_path)) == []
    engine.dispose()
