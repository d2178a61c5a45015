"""An office at work: the five plans after a scan, with a report, its evidence, a case and a printout on record."""

import atexit
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import Session, col
from starlette.testclient import TestClient

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.access import Actor
from app.domain.documents import DocumentKind, FileFormat
from app.domain.dossiers import DossierFormat
from app.domain.print_jobs import PrintJobKind, PrintJobState
from app.domain.vocabulary import ChannelKind, Standing
from app.jobs.deliver import deliver
from app.jobs.scan_by_hand import scan_by_hand
from app.models import (
    AccountabilityCase,
    Address,
    Alert,
    AmendmentDraft,
    CalendarFeed,
    CaseEvent,
    DocumentScan,
    Evidence,
    ExpectedReport,
    ExtensionRequest,
    HandDelivery,
    HandReceipt,
    Indicator,
    Instruction,
    JobRun,
    LadderRung,
    Message,
    Milestone,
    MilestoneStanding,
    OfficialDocument,
    Organization,
    Place,
    Plan,
    PlanImport,
    Posting,
    PrintJob,
    Printout,
    Project,
    Rectification,
    Report,
    ReportingPeriod,
    Stage,
    Standard,
    UnitGroup,
)
from app.printouts.frozen import freeze, thaw
from app.queries.accounts import token_sha256
from app.services import document_issues, official_documents, printouts
from app.services.document_issues import IssueInput, Prepared
from app.services.dossiers import DrawnDossier, keep_dossier
from tests.support.circulars import make_circular
from tests.support.imports import workbook
from tests.support.web import NOW, PLAN, SYSTEM, UNIT, reopened, seeded_app, signed_in

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 59 84]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
FEED = "sample-calendar-feed"  # the token of account 1
KEPT = {
    "stages": {"name": "第一阶段", "clause": "一", "start_on": "2025-05-11", "end_on": "2026-12-31"},
    "overrides": {"indicator": "Q1", "comparator": ">=", "value": "96", "unit": "%", "clause": "三"},
}


def busy_app(folder: Path) -> FastAPI:
    """Return the application after a day's work in `folder`; whoever makes it disposes of its engine."""
    shutil.copytree(_worked_in(), folder, dirs_exist_ok=True)
    return reopened(folder)


@cache
def _worked_in() -> Path:
    """Return a folder with the database and files of a day's work; made once per process."""
    folder = Path(tempfile.mkdtemp(prefix="junheng-busy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    app = _work(folder)
    app.state.engine.dispose()
    return folder


def _work(folder: Path) -> FastAPI:
    app = seeded_app(folder)
    scan_by_hand(app.state.engine, on=local_day(NOW), now=NOW, actor=SYSTEM)
    milestone = overdue_milestone(app)
    answer = signed_in(app, "office").post(
        f"/milestones/{milestone}/reports",
        data={"reported_on": "2026-11-20", "share_pct": "40", "summary": "进展"},
        files={"evidence": ("证明.pdf", PDF, "application/pdf")},
    )
    assert answer.status_code == 303, answer.text
    office = signed_in(app, "office")
    _ask_for_extension(office, milestone)
    hand_in_workbook(office, app)
    for path, form in KEPT.items():
        assert office.post(f"/plans/{PLAN}/{path}", data=form).status_code == 303, path
    _prepare_amendment(app, milestone)
    _instruct(app, milestone)
    _assign(app, milestone)
    _deliver(app, folder)
    with write_session(app.state.engine) as session:
        feed = {"token_sha256": token_sha256(FEED), "seed": "0" * 16, "created_at": NOW, "window_ends_at": NOW}
        session.add(CalendarFeed.model_validate({"account_id": 1, **feed}))
        plan_id = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)).scalar_one()
        make_circular(
            session,
            SYSTEM,
            plan_id=plan_id or 0,
            quarter="2026Q3",
            file_format=printouts.PrintFormat.XLSX,
            settings=app.state.settings,
            now=NOW,
        )
        _make_dossier(session, app, plan_id or 0)
        document_id = issue_circular(session, app, plan_id or 0)
        _pack(session, plan_id or 0)
    scan = {"scan": ("签章件.pdf", PDF, "application/pdf")}
    assert office.post(f"/documents/{document_id}/scans", files=scan).status_code == 303
    return app


def issue_circular(session: Session, app: FastAPI, plan_id: int) -> int:
    """Issue the circular of 2026Q3 with number 1 and a file that was not set, and return its id."""
    kind, checker = DocumentKind.QUARTERLY_CIRCULAR, Actor(1, "（虚构）王某", None)
    drawn = official_documents.draw(session, SYSTEM, plan_id=plan_id, kind=kind, key="2026Q3", now=NOW)
    row = official_documents.keep_draft(session, SYSTEM, drawn, now=NOW)
    assert row.id is not None
    official_documents.check(session, checker, row.id, 1, now=NOW)
    given = IssueInput("洛均衡办", "（虚构）王某", local_day(NOW))
    document = replace(thaw(row.content), number_line="洛均衡办〔2026〕1号", signed_on=given.signed_on)
    prepared = Prepared(row.id, 2, given, 1, document, freeze(document), {FileFormat.PDF: PDF})
    document_issues.keep_issue(session, SYSTEM, prepared, settings=app.state.settings, now=NOW)
    return row.id


def _pack(session: Session, plan_id: int) -> None:
    """Enter a print job that made a file; the circular's stands for the archive of sheets."""
    printout = session.scalars(sa.select(col(Printout.id)).where(col(Printout.format) == "xlsx")).first()
    told = {"wanted": "{}", "title": "县（市、区）情况表", "state": PrintJobState.DONE, "done": 2, "total": 2}
    job = {"plan_id": plan_id, "kind": PrintJobKind.ARCHIVE, "printout_id": printout, "created_at": NOW, **told}
    session.add(PrintJob.model_validate(job))


def _make_dossier(session: Session, app: FastAPI, plan_id: int) -> None:
    """Enter a dossier of the plan's first case."""
    query = sa.select(col(AccountabilityCase.id)).where(col(AccountabilityCase.plan_id) == plan_id).limit(1)
    drawn = DrawnDossier(session.execute(query).scalar_one() or 0, plan_id, "1", 1, DossierFormat.PDF, PDF, ())
    keep_dossier(session, SYSTEM, drawn, folder=app.state.settings.printouts_dir, now=NOW)


def _deliver(app: FastAPI, folder: Path) -> None:
    """Tell UNIT of its alerts in a drop folder, have the rest carried by hand, and enter one receipt with its scan."""
    unit, plan = sa.select(col(Organization.id)).where(col(Organization.name) == UNIT), sa.select(col(Plan.id))
    with write_session(app.state.engine) as session:
        owner, channel = session.execute(unit).scalar_one(), ChannelKind.FOLDER
        session.add(Address(organization_id=owner, channel=channel, address="unit", verified_at=NOW, created_at=NOW))
    settings = app.state.settings.model_copy(update={"drop_dir": folder / "drop"})
    for now in (NOW, NOW + timedelta(days=1)):  # the second sends the digest
        deliver(app.state.engine, settings, now=now, holder="tests")
    with read_session(app.state.engine) as session:
        plan_id = session.execute(plan.where(col(Plan.slug) == PLAN)).scalar_one()
        query = sa.select(col(HandDelivery.id)).where(col(HandDelivery.plan_id) == plan_id).limit(1)
        hand_id = session.execute(query).scalar_one()
    receipt = {"received_by": "（虚构）李某", "received_on": "2026-11-22", "carried_by": "（虚构）王某"}
    answer = signed_in(app, "office").post(
        f"/hand-delivery/{hand_id}/receipts", data=receipt, files={"scan": ("回证.pdf", PDF, "application/pdf")}
    )
    assert answer.status_code == 303, answer.text


def _ask_for_extension(office: TestClient, milestone_id: int) -> None:
    """Ask for an extension, on which the office's opinion is still to come."""
    data = {"proposed_due_on": "2027-06-30", "reason": "（虚构）征地未完成", "late_reason": "（虚构）机构调整"}
    assert office.post(f"/milestones/{milestone_id}/extensions", data=data).status_code == 303


def _prepare_amendment(app: FastAPI, milestone_id: int) -> None:
    """Begin an amendment of the milestone's plan that withdraws it."""
    with read_session(app.state.engine) as session:
        milestone = session.get_one(Milestone, milestone_id)
        plan_id, key = milestone.plan_id, milestone.key
    office = signed_in(app, "office")
    document = {"title": "关于调整时间表的通知", "document_number": "洛政办〔2026〕8号", "document_on": "2026-11-10"}
    draft = office.post(f"/plans/{plan_id}/amendments", data=document).headers["location"]
    assert office.post(f"{draft}/withdraw", params={"key": key}).status_code == 303


def _instruct(app: FastAPI, milestone_id: int) -> None:
    """Enter who answers for the plan's office, and what a leader wrote to it on the milestone."""
    query = sa.select(col(Plan.office_id)).join(Milestone).where(col(Milestone.id) == milestone_id)
    with read_session(app.state.engine) as session:
        addressee = session.execute(query).scalar_one()
    post = {"person": "（虚构）王某", "post": "副主任", "duty": "in_charge", "from_on": "2026-01-01"}
    assert signed_in(app, "office").post(f"/organizations/{addressee}/postings", data=post).status_code == 303
    days = {"issued_on": "2026-11-20", "reply_due_on": "2026-11-21"}
    words = {"addressee": addressee, "text": "（虚构）请说明。"} | days
    assert signed_in(app, "leader").post(f"/milestones/{milestone_id}/instructions", data=words).status_code == 303


def _assign(app: FastAPI, milestone_id: int) -> None:
    """Assign a rectification item of the milestone to its plan's own office."""
    query = sa.select(col(Plan.office_id)).join(Milestone).where(col(Milestone.id) == milestone_id)
    with read_session(app.state.engine) as session:
        owner = session.execute(query).scalar_one()
    words = {"problem": "（虚构）消防通道未通", "measure": "（虚构）打通", "source": "现场核查"}
    data = words | {"person": "（虚构）王某", "organization": owner, "due_on": "2026-12-20"}
    answer = signed_in(app, "office").post(f"/milestones/{milestone_id}/rectifications", data=data)
    assert answer.status_code == 303, answer.text


def hand_in_workbook(office: TestClient, app: FastAPI) -> None:
    """Hand in the office's own workbook, whose columns wait to be named."""
    with read_session(app.state.engine) as session:
        plan_id = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)).scalar_one()
    content = workbook(("序号", "主要任务", "完成时限"), (1, "（虚构）建成学校", "2026年底前"))
    answer = office.post(f"/plans/{plan_id}/imports", files={"file": ("任务.xlsx", content)})
    assert answer.status_code == 303, answer.text


def overdue_milestone(app: FastAPI, plan: str = PLAN) -> int:
    """Return the id of an overdue milestone of a plan."""
    query = (
        sa.select(col(MilestoneStanding.milestone_id))
        .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
        .where(col(Plan.slug) == plan, col(MilestoneStanding.standing) == Standing.OVERDUE)
        .order_by(col(MilestoneStanding.milestone_id))
    )
    with read_session(app.state.engine) as session:
        found: int = session.execute(query.limit(1)).scalar_one()
        return found


def _owed(session: Session, plan_id: int) -> dict[str, str]:
    """Return a report that UNIT owes, its period and the unit."""
    query = (
        sa.select(col(ExpectedReport.id), col(ExpectedReport.period_id), col(ExpectedReport.organization_id))
        .join(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .join(Organization, col(Organization.id) == col(ExpectedReport.organization_id))
        .where(col(ReportingPeriod.plan_id) == plan_id, col(Organization.name) == UNIT)
    )
    row = session.execute(query.order_by(col(ExpectedReport.id)).limit(1)).one()
    return {"expected_id": str(row.id), "period_id": str(row.period_id), "unit_id": str(row.organization_id)}


def sample_values(app: FastAPI) -> dict[str, str]:
    """Return a value that exists for each name of a path's parameter."""
    with read_session(app.state.engine) as session:

        def first(column: object, *conditions: sa.ColumnElement[bool]) -> str:
            return str(session.scalar(sa.select(col(column)).where(*conditions).limit(1)))

        plan_id = int(first(Plan.id, col(Plan.slug) == PLAN))
        builders = int(first(Plan.id, col(Plan.slug) == "shizhu-2021"))  # its projects are on record one by one
        return {
            "slug": PLAN,
            "plan_id": str(plan_id),
            "plan_slug": PLAN,
            "milestone_id": str(overdue_milestone(app)),
            "evidence_id": first(Evidence.id),
            "address_id": first(Address.id),
            "message_id": first(Message.id),
            "hand_id": first(HandDelivery.id, col(HandDelivery.plan_id) == plan_id),
            "receipt_id": first(HandReceipt.id),
            "extension_id": first(ExtensionRequest.id),
            "case_id": first(AccountabilityCase.id, col(AccountabilityCase.plan_id) == plan_id),
            "printout_id": first(Printout.id),
            "document_id": first(OfficialDocument.id),
            "scan_id": first(DocumentScan.id),
            "file_format": "pdf",
            "code": first(OfficialDocument.code),
            "job_id": first(PrintJob.id),
            "project_id": first(Project.id, col(Project.plan_id) == builders),
            "account_id": "1",
            "token": FEED,
            "alert_id": first(Alert.id, col(Alert.plan_id) == plan_id),
            "import_id": first(PlanImport.id),
            "draft_id": first(AmendmentDraft.id),
            "number": "1",
            "organization_id": first(Organization.id),
            "place_id": first(Place.id),
            "stage_id": first(Stage.id, col(Stage.plan_id) == plan_id),
            "group_id": first(UnitGroup.id, col(UnitGroup.plan_id) == plan_id),
            "indicator_id": first(Indicator.id, col(Indicator.plan_id) == plan_id),
            "override": "Q1",
            "posting_id": first(Posting.id),
            "calendar_version": "1",  # Xinjiang 2025, which comes with the program
            "report_id": first(Report.id),
            "run_id": first(JobRun.id),
            **_owed(session, plan_id),
            "instruction_id": first(Instruction.id),
            "rectification_id": first(Rectification.id),
            "decision_id": first(CaseEvent.id),
            "rung_id": first(LadderRung.id, col(LadderRung.plan_id) == plan_id),
            "standard_id": first(Standard.id),
            "standard_indicator_id": first(Indicator.id, col(Indicator.standard_id).is_not(None)),
        }
