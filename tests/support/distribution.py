"""A document on its way to units and to an organ outside, in the plan of a mailroom (all invented)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.documents import DocumentKind, FileFormat, Subject, SubjectKind
from app.domain.vocabulary import Role
from app.models import OfficialDocument, Organization, Plan
from app.printouts.documents import Distribution, Document, Paragraph, Slot
from app.printouts.frozen import freeze, thaw
from app.queries import document_numbers
from app.queries.circulars import CutOff
from app.services import document_issues, official_documents
from app.services.document_issues import IssueInput, Prepared
from app.services.official_documents import Drawn
from tests.support.delivery import Mailroom
from tests.support.facts import noon

NOW = noon("2026-11-22")
OUTSIDE = "试验县委办公室（虚构）"
SIGNED = IssueInput("试均衡办", "王主任（虚构）", date(2026, 11, 22))


@dataclass
class Postroom:
    """The office that issues documents, with a mailroom to send them from; `units` are two units, in order."""

    room: Mailroom
    units: tuple[int, int]

    @property
    def office(self) -> Actor:
        return self.room.actor

    @property
    def checker(self) -> Actor:
        return Actor(self._checker, "复核人（虚构）", Role.OFFICE, Scope(self.room.office.plan_id))

    def __post_init__(self) -> None:
        self._checker = self.room.account(Role.OFFICE, plan_id=self.room.office.plan_id)

    def unit_actor(self, unit_id: int) -> Actor:
        account_id = self.room.account(Role.UNIT, organization_id=unit_id)
        return Actor(account_id, "某科长（虚构）", Role.UNIT, Scope(organization_id=unit_id))

    def name(self, unit_id: int) -> str:
        with read_session(self.room.engine) as session:
            return session.get_one(Organization, unit_id).name

    def drawn(self, session: Session, copies: Sequence[str] = (OUTSIDE,)) -> Drawn:
        plan = session.get_one(Plan, self.room.office.plan_id)
        document = Document(
            red_mark="试验县教育均衡办公室文件",
            number_line="〔2026〕　号",
            title_lines=("关于第三季度落实情况的通报（虚构）",),
            addressee=f"{self.name(self.units[0])}、{self.name(self.units[1])}：",
            blocks=(Paragraph("现将进展情况通报如下。", Slot.OPENING), Paragraph("任务共12项。")),
            annexes=(),
            signature="试验县教育均衡办公室",
            signed_on=None,
            distribution=Distribution(tuple(copies), "试验县教育均衡办公室", None),
            data_as_of=noon("2026-09-30"),
        )
        at, wanted = CutOff(date(2026, 9, 30), noon("2026-09-30"), None), Subject(SubjectKind.QUARTER, "2026Q3")
        return Drawn(plan.id or 0, plan.office_id, DocumentKind.QUARTERLY_CIRCULAR, wanted, at, document)

    def draft(self, corrects: int | None = None) -> int:
        """Draft a document and return its id."""
        with write_session(self.room.engine) as session:
            drawn = self.drawn(session)
            if corrects is not None:
                drawn = replace(drawn, corrected=session.get_one(OfficialDocument, corrects))
            return official_documents.keep_draft(session, self.office, drawn, now=NOW).id or 0

    def check(self, document_id: int) -> None:
        with write_session(self.room.engine) as session:
            version = session.get_one(OfficialDocument, document_id).version
            official_documents.check(session, self.checker, document_id, version, now=NOW)

    def issue(self, document_id: int) -> None:
        """Issue a checked document; what its file holds is not the matter here."""
        with write_session(self.room.engine) as session:
            row = session.get_one(OfficialDocument, document_id)
            serial = document_numbers.next_serial(session, row.organization_id, SIGNED.series, 2026)
            document = replace(thaw(row.content), number_line=f"{SIGNED.series}〔2026〕{serial}号")
            files = {FileFormat.XLSX: b"bytes"}
            ready = Prepared(document_id, row.version, SIGNED, serial, document, freeze(document), files)
            document_issues.keep_issue(session, self.office, ready, settings=self.room.settings, now=NOW)

    def issued(self, corrects: int | None = None) -> int:
        """Draft, check and issue a document, and return its id."""
        document_id = self.draft(corrects)
        self.check(document_id)
        self.issue(document_id)
        return document_id


def postroom(room: Mailroom) -> Postroom:
    """Lay two units in the plan of a mailroom."""
    return Postroom(room, (room.unit_id, room.unit()))
