"""Certificates of closings: number, targets or waiver, both dates, two persons, the notice, files; what came later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.access import Actor
from app.domain.documents import Subject, SubjectKind
from app.domain.vocabulary import DecisionKind, Role
from app.models import Evidence, Place
from app.printouts.documents import Document
from app.queries.circulars import CutOff
from app.services import closings, document_sheets, milestones
from app.services.errors import ConflictError, NotFoundError
from app.services.milestones import DecisionInput
from tests.services.test_document_sheets import form, said, table
from tests.support.closings import ALL_TICKED, FILE, claim, close, person
from tests.support.desk import desk_of
from tests.support.facts import Office, add_decision, add_due, add_milestone, add_report, add_target, noon, office
from tests.support.sheets import cut, plan_by_id

NOW = noon("2026-11-22")


@dataclass(frozen=True)
class Desk:
    """A small plan with a milestone whose first account claims and whose second one verifies."""

    session: Session
    of: Office
    second: Actor
    milestone: int

    def certificate(self, at: CutOff) -> Document:
        subject = Subject(SubjectKind.MILESTONE, str(self.milestone))
        plan = plan_by_id(self.session, self.of.plan_id)
        return document_sheets.closing_certificate(self.session, plan, subject, at)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with write_session(engine) as session:
        of = office(session)
        yield Desk(session, of, person(session, of), add_milestone(session, of, "2026-01-01", "2026-10-31"))


def after(moment: str) -> CutOff:
    at = noon(moment) + timedelta(hours=1)
    return CutOff(local_day(at), at, None)


def test_it_tells_number_dates_persons_values_and_files_as_they_were_at_the_closing(desk: Desk) -> None:
    add_due(desk.session, desk.of, desk.milestone, 2, "2026-11-30", noon("2026-09-01"))
    target = add_target(desk.session, desk.of, desk.milestone, "95")
    made = claim(desk.session, desk.of, desk.milestone, noon("2026-11-10"), "2026-11-09", values={target: "96"})
    desk.session.add(
        Evidence(
            milestone_id=desk.milestone,
            report_id=made,
            filename="验收报告😀.pdf",
            media_type="application/pdf",
            size=1,
            sha256="ab" * 32,
            author_id=desk.of.account_id,
            recorded_at=noon("2026-11-10"),
        )
    )
    closings.start_notice(desk.session, desk.second, desk.milestone, ALL_TICKED, [FILE], now=noon("2026-11-11"))
    with pytest.raises(ConflictError):
        desk.certificate(after("2026-11-21"))
    assert close(desk.session, desk.second, desk.milestone, NOW) == "销号〔2026〕1号"
    add_report(desk.session, desk.of, desk.milestone, noon("2026-12-05"), values={target: "97"}, accepted=True)
    found = desk.certificate(cut("2026-12-31"))
    told = form(found)
    assert (found.title, told["销号编号"]) == ("销号证明", "销号〔2026〕1号")
    assert "目前状况" not in told
    assert told["方案时限"] == "2026年10月31日（方案表述：2026-10-31）"
    assert told["现行时限"] == "2026年11月30日（原定2026年10月31日）"
    assert told["完成情况"] == "2026年11月9日完成；按现行时限提前完成，按方案原定时限逾期完成"
    assert told["申报"] == "办公室，2026年11月10日"
    assert told["核验"] == "second，2026年11月22日；现场核验通过"
    assert told["公示"] == "2026年11月11日发布，公示至2026年11月18日，5个工作日"
    assert told["量化目标"] == "共1项，均已达标"
    assert [row[4:] for row in table(found, "量化目标")] == [("≥95", "96", "达标")]
    assert [row[1:] for row in table(found, "佐证材料")] == [
        ("验收报告〔U+1F600〕.pdf", "填报", date(2026, 11, 10), "ab" * 8),
        ("证明.pdf", "核验通过，公示", date(2026, 11, 11), "0" * 16),
        ("证明.pdf", "销号", date(2026, 11, 22), "0" * 16),
    ]
    assert found.signature
    assert "已于2026年11月22日销号，编号为销号〔2026〕1号" in said(found)


def test_a_waiver_and_a_later_regression_are_told(desk: Desk) -> None:
    target = add_target(desk.session, desk.of, desk.milestone, "95")
    claim(desk.session, desk.of, desk.milestone, noon("2026-11-10"), "2026-11-09", values={target: "90"})
    leader = person(desk.session, desk.of, Role.LEADER, "赵某")
    closings.waive_targets(
        desk.session,
        leader,
        desk.milestone,
        reason="学校已停办",
        document_number="试政办〔2026〕3号",
        now=noon("2026-11-11"),
    )
    close(desk.session, desk.second, desk.milestone, NOW)
    add_decision(desk.session, desk.of, desk.milestone, DecisionKind.RECHECK_FAILED, noon("2027-08-15"))
    before, since = desk.certificate(after("2026-11-22")), desk.certificate(after("2027-09-01"))
    assert form(before)["量化目标"] == (
        "共1项，达标0项；未达标或未评估的经赵某批准（试政办〔2026〕3号）不作为销号条件，理由：学校已停办"
    )
    assert "滑坡" not in said(before)
    assert "已于2027年8月15日认定为滑坡" in said(since)
    assert form(since)["目前状况"] == "2027年8月15日认定为滑坡"
    assert form(since)["销号编号"] == form(before)["销号编号"]


def test_what_is_open_reopened_or_closed_without_a_number_has_no_certificate(desk: Desk) -> None:
    with pytest.raises(ConflictError, match="closed under a number"):
        desk.certificate(after("2026-11-22"))
    claim(desk.session, desk.of, desk.milestone, noon("2026-11-10"), "2026-11-09")
    close(desk.session, desk.second, desk.milestone, NOW)
    given = DecisionInput(DecisionKind.REOPEN, "复核发现差错")
    milestones.decide(desk.session, desk.second, desk.milestone, given, now=noon("2026-11-24"))
    assert desk.certificate(after("2026-11-23")).blocks
    with pytest.raises(ConflictError):
        desk.certificate(after("2026-11-25"))
    add_decision(
        desk.session,
        desk.of,
        desk.milestone,
        DecisionKind.CONFIRM_HISTORY,
        noon("2026-11-26"),
        reached_on=date(2026, 11, 1),
    )
    with pytest.raises(ConflictError):
        desk.certificate(after("2026-11-27"))
    other = office(desk.session)
    subject = Subject(SubjectKind.MILESTONE, str(desk.milestone))
    for plan_id, which in ((other.plan_id, subject), (desk.of.plan_id, Subject(SubjectKind.MILESTONE, "99999"))):
        plan = plan_by_id(desk.session, plan_id)
        with pytest.raises(NotFoundError):
            document_sheets.closing_certificate(desk.session, plan, which, after("2026-11-23"))


def test_sheets_of_a_past_day_read_the_plan_as_it_was(engine: Engine) -> None:
    with desk_of(engine) as at_desk:
        then = at_desk.stored("north-school-done")
        at_desk.revise(
            "north-school-done",
            then.model_copy(update={"title": "建成北城小学（改）", "place": "乙县", "responsible": ("乙县政府",)}),
            now=noon("2026-12-05"),
        )
        plan = plan_by_id(at_desk.session, at_desk.plan_id)
        sheets = {}
        for moment in ("2026-12-04", "2026-12-06"):
            found = document_sheets.county_sheets(at_desk.session, plan, places(at_desk.session), after(moment))
            sheets[moment] = {
                sheet.outlined_as: [row[2] for row in table(sheet, "本地区任务")] for sheet in found.values()
            }
    assert sheets["2026-12-04"] == {"甲县": ["建成北城小学", "甲县通过认定"], "乙县": []}
    assert sheets["2026-12-06"] == {"甲县": ["甲县通过认定"], "乙县": ["建成北城小学（改）"]}


def places(session: Session) -> list[int]:
    """Return the counties of the invented plan."""
    return list(session.scalars(sa.select(col(Place.id)).where(col(Place.name).in_(("甲县", "乙县")))))
