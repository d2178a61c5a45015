"""The quarterly circular's facts, and the printing of it: cut off at the quarter's end, the same bytes each time."""

import hashlib
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.circulars import CircularFacts, standing_totals
from app.domain.project_money import Provided
from app.domain.quarters import parse_quarter
from app.domain.rectifications import RectificationState, RectificationStepKind
from app.domain.vocabulary import DecisionKind, FundSource, Role, Standing, UnitRole
from app.models import (
    AccountabilityCase,
    CaseEvent,
    CaseMilestone,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    Rectification,
    RectificationStep,
)
from app.queries import audit, circulars, export_projects
from app.queries.export_rows import ProjectRecord, Selection
from app.queries.sheet_counties import gather_counties
from app.services.errors import InputError, NotFoundError
from app.services.printouts import PrintFormat
from tests.support.circulars import make_circular
from tests.support.desk import Desk, desk_of, due, school
from tests.support.facts import (
    SYSTEM,
    Office,
    add_decision,
    add_milestone,
    add_report,
    add_target,
    day,
    noon,
    office,
)

NOW = noon("2026-11-22")


def gathered(session: Session, of: Office, quarter: str = "2026Q3", now: str = "2026-11-22") -> CircularFacts:
    plan = session.get_one(Plan, of.plan_id)
    at = circulars.cut_off(plan, parse_quarter(quarter), noon(now))
    assert at is not None
    return circulars.gather(session, plan, parse_quarter(quarter), at)


def test_a_finished_quarter_is_told_as_it_was_known_at_its_end(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        late = add_milestone(session, of, "2026-01-01", "2026-08-31")
        add_decision(session, of, late, DecisionKind.CLOSE_OUT, noon("2026-10-05"), reached_on=day("2026-09-20"))
    with read_session(engine) as session:
        third, fourth = gathered(session, of), gathered(session, of, "2026Q4")
    (row,), (later,) = third.milestones, fourth.milestones
    assert (row.standing, row.days_late, row.standing_label) == (Standing.OVERDUE, 30, "逾期")
    assert row.previous is not None
    assert row.previous.standing is Standing.DUE_SOON
    assert (third.cut_off_on, third.previous_quarter_label) == (day("2026-09-30"), "2026年第二季度")
    assert (later.standing, fourth.cut_off_on, fourth.cut_off_at) == (Standing.CLOSED, day("2026-11-22"), NOW)


def test_there_is_nothing_to_tell_of_a_quarter_to_come_or_before_the_plan(engine: Engine) -> None:
    with write_session(engine) as session:
        plan = session.get_one(Plan, office(session).plan_id)
        assert circulars.cut_off(plan, parse_quarter("2027Q1"), NOW) is None
        assert circulars.cut_off(plan, parse_quarter("2023Q4"), NOW) is None
        first = circulars.cut_off(plan, parse_quarter("2025Q1"), NOW)
        assert first is not None
        assert first.previous_on is None  # not tracked yet


def test_targets_are_held_against_the_values_known_at_the_cut_off(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        target = add_target(session, of, milestone_id, "95")
        add_target(session, of, milestone_id, "1")
        add_report(session, of, milestone_id, noon("2026-09-01"), values={target: "90"})
        add_report(session, of, milestone_id, noon("2026-10-09"), values={target: "96"})
    with read_session(engine) as session:
        facts = gathered(session, of)
    assert [(row.measured, row.verdict.value) for row in facts.targets] == [(90, "unmet"), (None, "not_assessed")]


def test_what_falls_due_next_quarter_leaves_out_what_is_settled(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        settled, due, _far = (
            add_milestone(session, of, "2026-01-01", text) for text in ("2026-10-31", "2026-12-31", "2027-01-01")
        )
        add_decision(session, of, settled, DecisionKind.CLOSE_OUT, noon("2026-09-01"), reached_on=day("2026-09-01"))
    with read_session(engine) as session:
        assert [row.id for row in gathered(session, of).due_next] == [due]


def test_a_group_answers_under_its_own_name(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        other = Organization(
            name=f"第二局{of.plan_id}",
            short_name="第二局",
            kind=session.get_one(Organization, of.organization_id).kind,
            place_id=of.place_id,
            sort_key="dej",
        )
        session.add(other)
        session.flush()
        for role, unit_id, named_as, position in (
            (UnitRole.RESPONSIBLE, of.organization_id, "各部门", 0),
            (UnitRole.RESPONSIBLE, other.id, "各部门", 1),
            (UnitRole.SUPPORTING, of.organization_id, "教育主管部门", 0),
        ):
            session.add(
                MilestoneUnit(
                    milestone_id=milestone_id,
                    role=role,
                    organization_id=unit_id or 0,
                    named_as=named_as,
                    position=position,
                )
            )
    with read_session(engine) as session:
        (row,) = gathered(session, of).milestones
    assert (row.responsible, row.supporting) == (("各部门",), ("教育局",))


def test_cases_stand_as_they_stood_and_closed_ones_leave_after_their_quarter(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-03-31")
        case = AccountabilityCase(
            held_as="教育局",
            number=f"C{of.plan_id}",
            plan_id=of.plan_id,
            organization_id=of.organization_id,
            opened_on=day("2026-05-01"),
            opened_at=noon("2026-05-01"),
            stage=CaseStage.CLOSED,
        )
        session.add(case)
        session.flush()
        assert case.id is not None
        session.add(
            CaseMilestone(
                case_id=case.id,
                milestone_id=milestone_id,
                due_version=1,
                effective_due_on=day("2026-03-31"),
                joined_on=day("2026-05-01"),
            )
        )
        for kind, on in ((CaseEventKind.OPENED, "2026-05-01"), (CaseEventKind.CLOSING, "2026-08-01")):
            session.add(CaseEvent(case_id=case.id, kind=kind, recorded_at=noon(on)))
    with read_session(engine) as session:
        seen = {quarter: gathered(session, of, quarter).cases for quarter in ("2026Q1", "2026Q2", "2026Q3", "2026Q4")}
    assert (seen["2026Q1"], seen["2026Q4"]) == ((), ())
    (second,), (third,) = seen["2026Q2"], seen["2026Q3"]
    assert (second.closed_on, third.closed_on) == (None, day("2026-08-01"))
    assert third.milestone_titles == ("任务",)


@pytest.mark.parametrize("file_format", PrintFormat)
def test_printing_again_gives_the_same_bytes_and_both_are_on_record(
    engine: Engine, tmp_path: Path, file_format: PrintFormat
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with write_session(engine) as session:
        of = office(session)
        add_milestone(session, of, "2026-01-01", "2026-08-31")
        first, second = (
            make_circular(
                session,
                SYSTEM,
                plan_id=of.plan_id,
                quarter="2026Q3",
                file_format=file_format,
                settings=settings,
                now=NOW + timedelta(minutes=minute),
            )
            for minute in (0, 1)
        )
        assert audit.list_entries(session, audit.AuditFilter(action="printouts:create"))
    content = stored_path(settings.printouts_dir, first.sha256).read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256(content).hexdigest()
    assert (first.size, first.cut_off_on, first.quarter) == (len(content), day("2026-09-30"), "2026Q3")
    assert content.startswith(b"%PDF" if file_format is PrintFormat.PDF else b"PK")


def test_a_quarter_that_cannot_be_told_of_and_a_plan_out_of_reach_are_refused(engine: Engine, tmp_path: Path) -> None:
    with write_session(engine) as session:
        of = office(session)
        stranger = Actor(None, "other office", Role.OFFICE, Scope(plan_id=of.plan_id + 1))
        for actor, quarter, error in (
            (SYSTEM, "2027Q1", InputError),
            (SYSTEM, "third", InputError),
            (stranger, "2026Q3", NotFoundError),
        ):
            with pytest.raises(error):
                make_circular(
                    session,
                    actor,
                    plan_id=of.plan_id,
                    quarter=quarter,
                    file_format=PrintFormat.XLSX,
                    settings=Settings(data_dir=tmp_path),
                    now=NOW,
                )


def test_a_quarter_is_told_as_the_plan_read_then_whatever_was_corrected_or_struck_off_since(engine: Engine) -> None:
    def quarter(plan: Plan) -> CircularFacts:
        at = circulars.cut_off(plan, parse_quarter("2026Q3"), noon("2026-12-31"))
        assert at is not None
        return circulars.gather(desk.session, plan, parse_quarter("2026Q3"), at)

    def told(facts: CircularFacts) -> list[tuple[str, str, Standing]]:
        return sorted((row.title, row.clause, row.standing) for row in facts.milestones)

    with desk_of(engine) as desk:
        plan = desk.session.get_one(Plan, desk.plan_id)
        before = quarter(plan)
        desk.correct("north-school-done", title="更正后的任务", due=due("2026-06-30"))
        desk.revise("places-2028", None)
        after = quarter(plan)
    assert told(after) == told(before)
    assert standing_totals(after) == standing_totals(before)
    assert Counter(row.indicator_code for row in after.targets) == Counter(row.indicator_code for row in before.targets)


def test_rectification_items_stand_as_they_stood_and_settled_ones_leave_after_their_quarter(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-03-31")
        item = Rectification(
            milestone_id=milestone_id,
            organization_id=of.organization_id,
            person="王某（虚构）",
            source="督查",
            problem="问题（虚构）",
            measure="措施（虚构）",
            due_on=day("2026-05-31"),
            author_id=of.account_id,
            author="办公室",
            recorded_at=noon("2026-04-20"),
        )
        session.add(item)
        session.flush()
        for kind, at, limit in (
            (RectificationStepKind.EXTEND, "2026-05-20", day("2026-06-20")),
            (RectificationStepKind.REPORT, "2026-07-10", None),
            (RectificationStepKind.ACCEPT, "2026-07-15", None),
        ):
            step = RectificationStep(
                rectification_id=item.id or 0,
                kind=kind,
                text="虚构",
                due_on=limit,
                author_id=of.account_id,
                author="办公室",
                recorded_at=noon(at),
            )
            session.add(step)
            session.flush()
    with read_session(engine) as session:
        seen = {quarter: gathered(session, of, quarter).rectifications for quarter in ("2026Q1", "2026Q2", "2026Q3")}
        assert gathered(session, of, "2026Q4").rectifications == ()
    assert seen["2026Q1"] == ()
    (second,), (third,) = seen["2026Q2"], seen["2026Q3"]
    assert (second.state, second.days_late, second.days_late_first) == (RectificationState.OPEN, 10, 30)
    assert (third.state, third.days_late, third.days_late_first) == (RectificationState.CLOSED, 20, 40)
    assert (third.due_on, third.first_due_on) == (day("2026-06-20"), day("2026-05-31"))


def test_titles_and_projects_of_a_quarter_read_as_then_in_documents_and_export(engine: Engine) -> None:
    with desk_of(engine) as desk:
        desk.revise_project("early", school(key="early", no=2, name="拟撤项目", aliases=()), now=noon("2026-09-01"))
        _handled(desk)
        before, sheets, exported = _told_on(desk), _sheets_on(desk), _exported_on(desk)
        desk.correct("north-school-done", title="更正后的任务")
        changes = {"name": "改名后的工程", "investment_wan": 5000, "site": "新址", "place": "乙县", "end_year": 2028}
        desk.revise_project("north-school", school(**changes, budget=[], floors=[], phases=[], aliases=[]))
        desk.revise_project("early", None)
        desk.revise_project("late", school(key="late", no=3, name="后增项目", aliases=[]))
        assert _told_on(desk) == before
        assert _exported_on(desk) == exported
        assert _sheets_on(desk) == sheets
        now = export_projects.projects(desk.session, Selection(plan_id=desk.plan_id), day("2026-12-31"))
    (case,), (item,), projects = before
    assert (case.milestone_titles, item.milestone_title) == (("建成北城小学",), "建成北城小学")
    assert [(row.name, row.investment_wan, row.budget_wan) for row in projects] == [
        ("北城小学新建工程", 3000, 3000),
        ("拟撤项目", 3000, 3000),
    ]
    assert projects[0].provided == (Provided(2025, FundSource.PROVINCE, 1_000_000_000), *projects[0].provided[1:])
    assert [(row.name, row.place, row.budget_wan) for _, row in now] == [
        ("改名后的工程", "乙县", None),
        ("后增项目", "甲县", 3000),
    ]


def test_a_page_of_projects_of_a_past_day_is_as_long_as_it_can_be(engine: Engine) -> None:
    with desk_of(engine) as desk:
        desk.revise_project("gone", school(key="gone", no=2, name="拟撤项目", aliases=()), now=noon("2026-09-01"))
        desk.revise_project("new", school(key="new", no=3, name="后增项目", aliases=()))
        desk.revise_project("gone", None)
        wanted, on, pages, after = Selection(plan_id=desk.plan_id), day("2026-09-30"), [], 0
        while page := export_projects.projects(desk.session, wanted, on, after=after, limit=1):
            after = page[-1][0]
            pages += [row.key for _, row in page]
    assert pages == ["north-school", "gone"]


def _handled(desk: Desk) -> None:
    """Add a case and a rectification item on the completion of the school."""
    milestone_id = desk.id_of("north-school-done")
    unit_id = desk.session.scalars(
        sa.select(col(MilestoneUnit.organization_id)).where(col(MilestoneUnit.milestone_id) == milestone_id)
    ).one()
    case = AccountabilityCase(
        held_as="甲县政府",
        number="SY-2026-001",
        plan_id=desk.plan_id,
        organization_id=unit_id,
        opened_on=day("2026-08-01"),
        opened_at=noon("2026-08-01"),
        stage=CaseStage.OPEN,
    )
    desk.session.add(case)
    desk.session.flush()
    desk.session.add(
        CaseMilestone(
            case_id=case.id or 0,
            milestone_id=milestone_id,
            due_version=1,
            effective_due_on=day("2026-06-30"),
            joined_on=day("2026-08-01"),
        )
    )
    desk.session.add(
        Rectification(
            milestone_id=milestone_id,
            organization_id=unit_id,
            person="王某（虚构）",
            source="督查",
            problem="问题（虚构）",
            measure="措施（虚构）",
            due_on=day("2026-10-31"),
            author_id=desk.actor.account_id or 0,
            author="办公室",
            recorded_at=noon("2026-08-02"),
        )
    )
    desk.session.flush()


def _plan_and_cut_off(desk: Desk) -> tuple[Plan, circulars.CutOff]:
    plan = desk.session.get_one(Plan, desk.plan_id)
    at = circulars.cut_off(plan, parse_quarter("2026Q3"), noon("2026-12-31"))
    assert at is not None
    return plan, at


def _told_on(desk: Desk) -> tuple[Any, ...]:
    plan, at = _plan_and_cut_off(desk)
    found = circulars.gather(desk.session, plan, parse_quarter("2026Q3"), at)
    return found.cases, found.rectifications, found.projects


def _sheets_on(desk: Desk) -> dict[str, Any]:
    plan, at = _plan_and_cut_off(desk)
    places = list(desk.session.scalars(sa.select(col(Place.id)).where(col(Place.name).in_(("甲县", "乙县")))))
    found = gather_counties(desk.session, plan, [key for key in places if key], at)
    return {sheet.place: (sheet.projects, sheet.cases) for sheet in found.values()}


def _exported_on(desk: Desk) -> list[ProjectRecord]:
    found = export_projects.projects(desk.session, Selection(plan_id=desk.plan_id), day("2026-09-30"))
    return [row for _, row in found]
