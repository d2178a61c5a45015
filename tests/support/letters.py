"""A small plan with an alert of every measure, a decided case and requests for extensions (all invented)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.documents import DocumentKind, subject
from app.domain.vocabulary import ExtensionStepKind, Measure, PostDuty
from app.models import Alert, ExtensionRequest, ExtensionStep, LadderRung, MilestoneUnit, Organization, Plan, Posting
from app.printouts.documents import Document, Pairs, Paragraph, Slip
from app.queries.circulars import CutOff
from app.services import case_replies, cases, document_letters, rectifications
from app.services.case_limits import Limit
from app.services.cases import Decision
from tests.jobs.ledger import (
    HELPER,
    LEADER,
    LEADER_ACTOR,
    MEMBER,
    OFFICE_ACTOR,
    OTHER_UNIT,
    PLAN,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    add_milestone,
    days,
    lay_plan,
    noon,
    scan_on,
)

CASE = 1
LATER = noon(TODAY) + timedelta(hours=1)
AT = CutOff(TODAY, LATER + timedelta(hours=1), None)
_TITLES = {-20: "建成操场", 15: "建成宿舍", 40: "建成学校"}  # by days late on TODAY


@dataclass(frozen=True)
class Letters:
    """The ledger and what documents are made of."""

    engine: Engine

    def draw(self, kind: DocumentKind, key: int, at: CutOff = AT, plan_id: int = PLAN) -> Document:
        with read_session(self.engine) as session:
            plan = session.get_one(Plan, plan_id)
            made: Document = getattr(document_letters, kind)(session, plan, subject(kind, str(key)), at)
            return made

    def kinds(self, of: str, key: int, at: CutOff = AT) -> tuple[DocumentKind, ...]:
        with read_session(self.engine) as session:
            found: tuple[DocumentKind, ...] = getattr(document_letters, f"kinds_for_{of}")(
                session, session.get_one(Plan, PLAN), key, at
            )
            return found

    def alert(self, measure: Measure) -> int:
        with read_session(self.engine) as session:
            query = sa.select(col(Alert.id)).where(col(Alert.measure) == measure).order_by(col(Alert.id).desc())
            found: int = session.scalars(query).first() or 0
            return found


def laid(engine: Engine) -> Letters:
    """Lay the plan with its milestones, one with a group of units, and scan until three measures have fired."""
    lay_plan(engine)
    with write_session(engine) as session:
        notice = sa.update(LadderRung).where(col(LadderRung.measure) == Measure.SUPERVISION_NOTICE)
        session.execute(notice.values(reply_days=5, clause="五(四)"))
        session.get_one(Plan, PLAN).document_number = "试政办〔2025〕1号"
        session.add(
            Posting(
                organization_id=UNIT, person="王某（虚构）", post="局长", duty=PostDuty.HEAD, from_on=date(2025, 3, 1)
            )
        )
    for late, title in _TITLES.items():
        add_milestone(engine, TODAY - days(late), title=title, responsible=(UNIT, OTHER_UNIT), supporting=(HELPER,))
    with write_session(engine) as session:
        unit, of = col(MilestoneUnit.organization_id), col(MilestoneUnit.milestone_id)
        names = sa.select(col(Organization.name)).where(col(Organization.id) == unit).scalar_subquery()
        session.execute(sa.update(MilestoneUnit).where(of != 2).values(named_as=names))
        session.execute(sa.update(MilestoneUnit).where(of == 2).values(named_as="各有关单位", leads=False))
    for ago in (26, 0):
        scan_on(engine, TODAY - days(ago), today=TODAY)
    return Letters(engine)


def decided(of: Letters, measure: Measure, **words: Any) -> None:
    """Let the unit state its case, the office propose a measure and a leader decide it."""
    with write_session(of.engine) as session:
        now: Any = {"now": LATER}
        cases.state_case(session, UNIT_ACTOR, CASE, text="因雨季停工（虚构）", **now)
        cases.propose_measure(
            session, OFFICE_ACTOR, CASE, measure=measure, clause="五(四)", text="建议处理（虚构）", **now
        )
        decision = Decision(measure, "五(四)", "试督〔2020〕2号第三条", "试督决〔2026〕3号", None, Limit(days=10))
        event = cases.decide(session, LEADER_ACTOR, CASE, decision=decision, text="同意（虚构）", **now)
        item = rectifications.Assignment(
            3, UNIT, "王某（虚构）", "约谈", "绿化未完成（虚构）", "补植（虚构）", TODAY + days(20)
        )
        rectifications.assign(session, OFFICE_ACTOR, item, case_id=CASE, **now)
        reply = "承诺年底前完成（虚构）。"
        case_replies.give_reply(session, UNIT_ACTOR, CASE, event.id or 0, text=reply, **now)


def asked(of: Letters, *steps: ExtensionStepKind, unit: int | None = UNIT) -> int:
    """Put a request for an extension of the last milestone on file, with its steps, and return its id."""
    with write_session(of.engine) as session:
        request = ExtensionRequest(
            milestone_id=3, organization_id=unit, due_version=1, proposed_due_on=date(2027, 3, 31),
            reason="雨季停工（虚构）", late_reason="未及时申请（虚构）", author_id=MEMBER, recorded_at=LATER,
        )  # fmt: skip
        session.add(request)
        session.flush()
        assert request.id is not None
        for number, kind in enumerate(steps, 1):
            dated = date(2027, 2, 28 - number) if kind in (ExtensionStepKind.GRANT, ExtensionStepKind.CORRECT) else None
            step = ExtensionStep(
                request_id=request.id, kind=kind, due_on=dated, document_number=f"试函〔2026〕{number}号",
                text=f"{kind}（虚构）", author_id=LEADER, recorded_at=LATER,
            )  # fmt: skip
            session.add(step)
            session.flush()
        return request.id


def text_of(document: Document) -> str:
    """Return everything that a document says, forms and slips included, on one line each."""
    lines = [document.title, document.addressee]
    for block in document.blocks:
        match block:
            case Paragraph():
                lines.append(block.text)
            case Pairs():
                lines += [f"{name}|{value}" for name, value in block.rows]
            case Slip():
                lines += [block.title, *(f"{name}|{value}" for name, value in block.form.rows), block.note]
    return "\n".join(lines)
