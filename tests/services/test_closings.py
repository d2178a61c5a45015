"""Closing with two keys as services do it: numbers, notice, waiver, reopening, and two who close at once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.closings import Check
from app.domain.reports import ReportStep, reviews
from app.domain.vocabulary import (
    DecisionKind,
    OrganizationKind,
    ReportState,
    Role,
    Standing,
    Timeliness,
    UnitRole,
)
from app.models import (
    AuditEntry,
    ClosingNumber,
    Evidence,
    MilestoneDecision,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
)
from app.queries import closings as queries
from app.queries import facts
from app.queries.export_rows import Selection
from app.queries.exports import all_milestones
from app.services import audit, closings, milestones
from app.services import reviews as reviewing
from app.services.errors import ConflictError, ForbiddenError, InputError
from app.services.milestones import DecisionInput
from tests.support.closings import ALL_TICKED, FILE, claim, close, person
from tests.support.facts import SYSTEM, Office, add_due, add_milestone, add_report, add_target, noon, office

NOW = noon("2026-11-22")


@dataclass(frozen=True)
class Desk:
    """A small plan whose first account claims and whose second one verifies."""

    session: Session
    of: Office
    first: Actor
    second: Actor

    def milestone(self, due: str = "2026-12-31") -> int:
        return add_milestone(self.session, self.of, "2026-01-01", due)

    def standing(self, milestone_id: int) -> MilestoneStanding:
        return self.session.get_one(MilestoneStanding, milestone_id, populate_existing=True)

    def number(self) -> int:
        return self.session.scalar(sa.select(sa.func.count()).select_from(ClosingNumber)) or 0


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with write_session(engine) as session:
        of = office(session)
        first = Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))
        yield Desk(session, of, first, person(session, of))


def test_the_second_key_closes_with_a_number_and_accepts_the_claim(desk: Desk) -> None:
    milestone = desk.milestone("2026-10-31")
    add_due(desk.session, desk.of, milestone, 2, "2026-11-30", noon("2026-09-01"))
    made = claim(desk.session, desk.of, milestone, noon("2026-11-20"), "2026-11-19", share_pct=100)
    with pytest.raises(ForbiddenError, match="second person"):
        close(desk.session, desk.first, milestone, NOW)
    assert close(desk.session, desk.second, milestone, NOW) == "销号〔2026〕1号"
    row = desk.standing(milestone)
    assert (row.standing, row.timeliness, row.original_timeliness) == (
        Standing.CLOSED,
        Timeliness.EARLY,
        Timeliness.LATE,
    )
    decision = desk.session.scalars(sa.select(MilestoneDecision)).one()
    assert (decision.report_id, decision.reached_on, decision.author_id) == (
        made,
        date(2026, 11, 19),
        desk.second.account_id,
    )
    assert json.loads(decision.checks or "") == {
        "facts_clear": True,
        "evidence_complete": True,
        "form_right": True,
        "targets_met": True,
        "targets_waived": False,
        "values": {},
    }
    assert desk.session.scalars(sa.select(Evidence)).one().decision_id == decision.id
    entry = desk.session.scalars(sa.select(AuditEntry)).one()
    told = json.loads(entry.detail)
    assert (entry.action, told["number"], told["after"]["standing"]) == (
        "milestones:close_out",
        "销号〔2026〕1号",
        "closed",
    )
    mark = queries.marks(desk.session, [milestone])[milestone]
    assert (mark.number, mark.original_timeliness, mark.reopened) == ("销号〔2026〕1号", Timeliness.LATE, False)
    days = (date(2026, 11, 21), date(2026, 11, 22))
    of_plan = Selection(plan_id=desk.of.plan_id)
    exported = [next(iter(all_milestones(desk.session, of_plan, on))) for on in days]
    assert [record.closing_number for record in exported] == [None, "销号〔2026〕1号"]


def test_no_leader_inspector_or_unit_turns_the_second_key(desk: Desk) -> None:
    milestone = desk.milestone()
    claim(desk.session, desk.of, milestone, noon("2026-11-20"), "2026-11-19")
    for role in (Role.LEADER, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(ForbiddenError, match="Only the office"):
            close(desk.session, person(desk.session, desk.of, role, role.value), milestone, NOW)
    with pytest.raises(ForbiddenError):
        close(desk.session, replace(desk.second, scope=Scope(desk.of.plan_id + 1)), milestone, NOW)


def test_what_stands_in_the_way_is_named_and_nothing_is_recorded(desk: Desk) -> None:
    milestone = desk.milestone()
    with pytest.raises(ConflictError, match="Nobody claims completion"):
        close(desk.session, desk.second, milestone, NOW)
    target = add_target(desk.session, desk.of, milestone, "95")
    claim(desk.session, desk.of, milestone, noon("2026-11-20"), "2026-11-19")
    given = closings.VerificationInput(frozenset({Check.FACTS_CLEAR}), "")
    with pytest.raises(InputError) as wrong:
        closings.close_out(desk.session, desk.second, milestone, given, [], now=NOW)
    assert set(wrong.value.problems) == {"evidence_complete", "form_right", "note", "evidence", "targets_assessed"}
    add_report(desk.session, desk.of, milestone, noon("2026-11-21"), values={target: "94"}, accepted=True)
    with pytest.raises(InputError) as wrong:
        close(desk.session, desk.second, milestone, NOW)
    assert wrong.value.problems == {"targets_met": "missed by accepted values: G1 指标"}
    add_report(desk.session, desk.of, milestone, noon("2026-11-22"), values={target: "96"})
    with pytest.raises(InputError):
        close(desk.session, desk.second, milestone, NOW + timedelta(hours=1))  # nobody accepted it
    assert desk.number() == 0


def test_a_file_of_who_sent_a_claim_back_proves_nothing(desk: Desk) -> None:
    milestone = desk.milestone()
    made = claim(desk.session, desk.of, milestone, noon("2026-11-18"), "2026-11-17")
    reviewing.review(desk.session, desk.second, made, ReportStep.RETURN, "缺验收报告", [FILE], now=noon("2026-11-19"))
    assert not queries.has_evidence(desk.session, milestone)


def test_a_leaders_decision_lets_the_targets_go_and_is_named_for_good(desk: Desk) -> None:
    milestone = desk.milestone()
    leader = person(desk.session, desk.of, Role.LEADER, "leader")
    number = "试政办〔2026〕3号"

    def waive(actor: Actor, reason: str) -> MilestoneDecision:
        return closings.waive_targets(
            desk.session, actor, milestone, reason=reason, document_number=number, now=noon("2026-11-21")
        )

    with pytest.raises(ConflictError, match="No target"):
        waive(leader, "学校已停办")
    add_target(desk.session, desk.of, milestone, "95")
    claim(desk.session, desk.of, milestone, noon("2026-11-20"), "2026-11-19")
    with pytest.raises(ForbiddenError, match="Only a leader"):
        waive(desk.second, "学校已停办")
    with pytest.raises(InputError, match="reason"):
        waive(leader, "")
    assert waive(leader, "学校已停办").document_number == number
    with pytest.raises(ConflictError):
        waive(leader, "再说一次")
    assert close(desk.session, desk.second, milestone, NOW) == "销号〔2026〕1号"
    checks = desk.session.scalars(
        sa.select(col(MilestoneDecision.checks)).where(col(MilestoneDecision.kind) == DecisionKind.CLOSE_OUT)
    ).one()
    assert json.loads(checks or "")["targets_waived"] is True


def test_during_the_notice_nobody_closes_and_the_day_after_anybody_of_the_office_may(desk: Desk) -> None:
    milestone = desk.milestone()
    claim(desk.session, desk.of, milestone, noon("2026-09-18"), "2026-09-17")
    with pytest.raises(ForbiddenError):
        closings.start_notice(desk.session, desk.first, milestone, ALL_TICKED, [FILE], now=noon("2026-09-18"))
    until = closings.start_notice(desk.session, desk.second, milestone, ALL_TICKED, [FILE], now=noon("2026-09-18"))
    assert until == date(2026, 9, 24)
    assert desk.standing(milestone).standing is Standing.AWAITING_VERIFICATION
    with pytest.raises(ConflictError):
        closings.start_notice(desk.session, desk.second, milestone, ALL_TICKED, [FILE], now=noon("2026-09-19"))
    with pytest.raises(ConflictError, match="2026-09-24"):
        close(desk.session, desk.second, milestone, noon("2026-09-24"))
    assert close(desk.session, desk.second, milestone, noon("2026-09-25")) == "销号〔2026〕1号"


def test_reopening_keeps_the_first_closing_and_numbers_go_on_by_year_and_plan(desk: Desk) -> None:
    milestone, other = desk.milestone(), desk.milestone()
    claim(desk.session, desk.of, milestone, noon("2026-11-20"), "2026-11-19")
    close(desk.session, desk.second, milestone, NOW)
    for note in ("", "复核发现差错"):
        given = DecisionInput(DecisionKind.REOPEN, note)
        if not note:
            with pytest.raises(InputError, match="note"):
                milestones.decide(desk.session, desk.second, milestone, given, now=NOW + timedelta(hours=1))
        else:
            milestones.decide(desk.session, desk.second, milestone, given, now=NOW + timedelta(hours=1))
    mark = queries.marks(desk.session, [milestone])[milestone]
    assert (mark.number, mark.reopened, mark.first_closed_on) == ("销号〔2026〕1号", True, date(2026, 11, 22))
    with pytest.raises(ConflictError, match="Nobody claims"):
        close(desk.session, desk.second, milestone, NOW + timedelta(hours=2))  # the old claim was answered
    claim(desk.session, desk.of, other, noon("2026-11-20"), "2026-11-19")
    assert close(desk.session, desk.second, other, NOW + timedelta(hours=2)) == "销号〔2026〕2号"
    claim(desk.session, desk.of, milestone, noon("2027-01-04"), "2027-01-03")
    assert close(desk.session, desk.second, milestone, noon("2027-01-05")) == "销号〔2027〕1号"
    assert [row.number for row in queries.decision_marks(desk.session, milestone).values() if row.number] == [
        "销号〔2026〕1号",
        "销号〔2027〕1号",
    ]


def test_closing_a_group_accepts_the_claims_of_all_its_parts(desk: Desk) -> None:
    milestone = desk.milestone()
    reports = []
    for position in range(3):
        kind, name = OrganizationKind.GOVERNMENT, f"试验{position}县"
        unit = Organization(name=name, short_name=name, kind=kind, place_id=desk.of.place_id, sort_key=name)
        desk.session.add(unit)
        desk.session.flush()
        desk.session.add(
            MilestoneUnit(
                milestone_id=milestone,
                role=UnitRole.RESPONSIBLE,
                organization_id=unit.id or 0,
                named_as="各县人民政府",
                position=position,
            )
        )
        at, reached = noon(f"2026-11-1{position}"), f"2026-11-0{position + 1}"
        more = {"organization_id": unit.id, "speaks_for_whole": False}
        reports.append(claim(desk.session, desk.of, milestone, at, reached, **more))
    close(desk.session, desk.second, milestone, NOW)
    known = facts.gather(desk.session, [milestone])[0].facts
    assert {found.report_id: found.state for found in reviews(known)} == dict.fromkeys(reports, ReportState.ACCEPTED)
    kinds = [(item.kind, item.report_id, item.reached_on) for item in known.decisions]
    assert kinds == [
        (DecisionKind.ACCEPT, reports[0], None),
        (DecisionKind.ACCEPT, reports[1], None),
        (DecisionKind.CLOSE_OUT, reports[2], date(2026, 11, 3)),
    ]


def test_of_two_who_close_at_once_one_gets_the_number_and_the_other_is_told(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
        claim(session, of, milestone, noon("2026-11-20"), "2026-11-19")
        closers = [person(session, of, name=name) for name in ("王芳", "李强")]
        audit.record(session, SYSTEM, "plans:load", "plans/1", now=NOW)  # without a trail there is nothing to wait for

    def turn(actor: Actor) -> str:
        try:
            with write_session(engine) as session:
                return close(session, actor, milestone, NOW)
        except ConflictError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(turn, closers))
    assert answers[1] == "销号〔2026〕1号"
    assert answers[0] in {f"{name} has closed this milestone already, as 销号〔2026〕1号." for name in ("王芳", "李强")}
    with write_session(engine) as session:
        assert session.scalars(sa.select(col(ClosingNumber.number))).all() == [1]
