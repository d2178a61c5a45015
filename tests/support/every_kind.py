"""One document of every kind from one database: letters of an invented ledger, sheets of an invented prefecture."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.access import Actor
from app.domain.documents import DocumentKind
from app.domain.vocabulary import ExtensionStepKind, Measure
from app.models import Milestone, Payment, Place
from app.printouts.documents import Document
from app.services import official_documents
from tests.jobs.ledger import PLAN
from tests.support.closings import claim, close, person
from tests.support.facts import add_report, day, noon
from tests.support.letters import CASE, LATER, asked, decided, laid
from tests.support.sheets import Prefecture, add_project, prefecture

RARE_PLACE = "䶮𫖯县（ئۇيغۇر）"  # rare Han and Uyghur, as names hold them
READER = Actor(None, "reader", None)
NOW = LATER + timedelta(hours=2)


@dataclass(frozen=True)
class Wanted:
    """What one document is made of."""

    engine: Engine
    kind: DocumentKind
    plan_id: int
    key: str


@dataclass(frozen=True)
class Office:
    """Databases of which every kind of document can be made."""

    wanted: dict[DocumentKind, Wanted]

    def draw(self, kind: DocumentKind, now: datetime = NOW) -> Document:
        of = self.wanted[kind]
        with read_session(of.engine) as session:
            drawn = official_documents.draw(session, READER, plan_id=of.plan_id, kind=kind, key=of.key, now=now)
        assert isinstance(drawn.document, Document)
        return drawn.document


def furnish(engine: Engine, other: Engine) -> Office:
    """Put on file what every kind of document needs, on two empty databases; the other's case ends in a criticism."""
    letters = laid(engine)
    decided(letters, Measure.INTERVIEW)
    extension = asked(letters, ExtensionStepKind.OPINION, ExtensionStepKind.GRANT)
    wanted = {kind: Wanted(engine, kind, PLAN, str(CASE)) for kind in _OF_CASES}
    wanted[DocumentKind.EXTENSION_REPLY] = Wanted(engine, DocumentKind.EXTENSION_REPLY, PLAN, str(extension))
    for kind, measure in _OF_ALERTS.items():
        wanted[kind] = Wanted(engine, kind, PLAN, str(letters.alert(measure)))
    with write_session(engine) as session:
        home, closed = _prefecture(session)
        keys = {
            DocumentKind.QUARTERLY_CIRCULAR: "2026Q4",
            DocumentKind.COUNTY_SHEET: home.place(0).key,
            DocumentKind.UNIT_SHEET: home.unit(1).key,
            DocumentKind.CLOSING_CERTIFICATE: str(closed),
        }
    for kind in DocumentKind:
        wanted.setdefault(kind, Wanted(engine, kind, home.of.plan_id, keys.get(kind, "")))
    decided(laid(other), Measure.CIRCULAR)
    criticism = DocumentKind.CRITICISM_CIRCULAR
    wanted[criticism] = Wanted(other, criticism, PLAN, str(CASE))
    return Office(wanted)


_OF_CASES = (
    DocumentKind.INTERVIEW_NOTICE,
    DocumentKind.INTERVIEW_MINUTES,
    DocumentKind.DOSSIER,
)
_OF_ALERTS = {
    DocumentKind.REMINDER_LETTER: Measure.REMINDER,
    DocumentKind.URGING_LETTER: Measure.URGING,
    DocumentKind.SUPERVISION_NOTICE: Measure.SUPERVISION_NOTICE,
}


def _prefecture(session: Session) -> tuple[Prefecture, int]:
    """Add a prefecture with values, a project with a payment, and a closed milestone; return it and that one's id."""
    home = prefecture(session, own=2)
    session.execute(sa.update(Place).where(col(Place.id) == home.counties[1].place_id).values(name=RARE_PLACE))
    county = home.counties[0]
    values = dict(zip(county.targets, (Decimal("4.5"), Decimal("5.1"), Decimal("0.42"), Decimal(0)), strict=True))
    add_report(session, home.of, county.recognition_id, noon("2026-09-20"), values=values)
    project = add_project(session, home, 0)
    session.add(
        Payment(
            project_id=project,
            paid_on=day("2026-08-01"),
            amount_fen=640_000_00,
            source="支付凭证（虚构）",
            author_id=home.of.account_id,
            recorded_at=noon("2026-08-02"),
        )
    )
    closed = session.scalars(sa.select(col(Milestone.id)).where(col(Milestone.title) == "甲县任务1")).one() or 0
    claim(session, home.of, closed, noon("2026-10-10"), "2026-10-09")
    close(session, person(session, home.of), closed, noon("2026-10-20"))
    return home, closed
