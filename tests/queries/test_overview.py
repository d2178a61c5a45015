"""The reads behind the overview, the plans, the roadmap and the projects, on both engines."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.vocabulary import DecisionKind, MilestoneKind, ProjectNature, Standing, UnitRole
from app.models import Milestone, MilestoneUnit, Payment, Plan, Project
from app.queries import overview, plans, projects, roadmap
from app.services import standings
from tests.support import facts
from tests.support.facts import counted, noon

TODAY = date(2026, 11, 22)
NOW = noon(TODAY)
EVERYTHING = Scope()


def _judged(session: Session, *ids: int) -> None:
    standings.refresh(session, ids, local_day(NOW))


def _unit(session: Session, milestone_id: int, organization_id: int) -> None:
    session.add(
        MilestoneUnit(
            milestone_id=milestone_id,
            role=UnitRole.RESPONSIBLE,
            organization_id=organization_id,
            named_as="教育局",
            position=0,
        )
    )


def test_the_tally_counts_what_was_closed_in_time_of_what_was_due(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        late, timely, silent, ahead, before = (
            facts.add_milestone(session, of, "2026-01-01", due)
            for due in ("2026-05-31", "2026-06-30", "2026-07-31", "2027-12-31", "2026-01-31")
        )
        old = facts.add_milestone(session, of, "2023-01-01", "2023-12-31")
        for milestone_id, reached in ((late, date(2026, 6, 30)), (timely, date(2026, 6, 1)), (ahead, TODAY)):
            facts.add_decision(session, of, milestone_id, DecisionKind.CLOSE_OUT, NOW, reached_on=reached)
        facts.add_report(session, of, before, NOW, claims_completion=True, reached_on=TODAY)
        _judged(session, late, timely, silent, ahead, before, old)
    with read_session(engine) as session:
        tally = plans.tallies(session, EVERYTHING, TODAY)[of.plan_id]
    assert (tally.counts[Standing.CLOSED], tally.counts[Standing.OVERDUE]) == (3, 2)
    assert (tally.due, tally.in_time, tally.claims) == (4, 1, 1)
    assert tally.on_time.rate_pct == 25
    assert tally.total == 6
    assert sum(part.width for part in tally.segments) > 99.9


def test_the_lists_of_the_overview_come_from_one_statement_and_one_for_their_schedules(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        overdue, claimed, slow, tardy, fallen, next_up, far = (
            facts.add_milestone(session, of, start, due)
            for start, due in (
                ("2026-01-01", "2026-05-31"),
                ("2026-01-01", "2026-06-30"),
                ("2026-01-01", "2026-12-31"),
                ("2026-01-01", "2026-12-30"),
                ("2025-01-01", "2025-12-31"),
                ("2026-11-01", "2027-01-31"),
                ("2026-01-01", "2029-12-31"),
            )
        )
        _unit(session, overdue, of.organization_id)
        facts.add_report(session, of, claimed, NOW, claims_completion=True, reached_on=TODAY)
        facts.add_report(session, of, slow, NOW, share_pct=30)
        facts.add_report(session, of, tardy, NOW, share_pct=70)
        facts.add_decision(
            session, of, fallen, DecisionKind.CLOSE_OUT, noon("2025-12-01"), reached_on=date(2025, 12, 1)
        )
        facts.add_decision(session, of, fallen, DecisionKind.RECHECK_FAILED, NOW)
        _judged(session, overdue, claimed, slow, tardy, fallen, next_up, far)
    with read_session(engine) as session:
        session.connection()
        with counted(engine) as statements:
            found = overview.attention(session, EVERYTHING, [of.plan_id], TODAY)
        months = overview.months(session, EVERYTHING, found.next_rows, TODAY)
    assert len(statements) == 2  # the lists, and the schedules of those behind
    assert [row.id for row in found.overdue] == [overdue, claimed]
    assert [row.unit for row in found.overdue] == ["教育局", None]
    assert found.overdue[0].days_late(TODAY) == (TODAY - date(2026, 5, 31)).days
    assert [row.id for row in found.claimed] == [claimed]
    assert [row.id for row in found.severe] == [slow]
    assert [row.id for row in found.regressed] == [fallen]
    assert [(month.name, month.number, [row.id for row in month.rows]) for month in months] == [
        ("2026-12", 2, [tardy, slow]),
        ("2027-01", 1, [next_up]),
    ]


def test_a_unit_and_another_plans_office_see_their_own_part_alone(engine: Engine) -> None:
    with write_session(engine) as session:
        of, other = facts.office(session), facts.office(session)
        mine, theirs = (facts.add_milestone(session, one, "2026-01-01", "2026-05-31") for one in (of, other))
        unbound = facts.add_milestone(session, of, "2026-01-01", "2026-05-31")
        _unit(session, mine, of.organization_id)
        _judged(session, mine, theirs, unbound)
    unit, office = Scope(of.plan_id, of.organization_id), Scope(other.plan_id)
    with read_session(engine) as session:
        for scope, ids in ((unit, [mine]), (office, [theirs]), (Scope(None, of.organization_id), [mine])):
            lines = plans.list_plans(session, scope, TODAY)
            rows = overview.attention(session, scope, [line.id for line in lines], TODAY).overdue
            assert [row.id for row in rows] == ids
            assert [line.tally.total for line in lines] == [1]
        assert overview.attention(session, Scope(-1), [], TODAY).overdue == ()
        slug = session.get_one(Plan, other.plan_id).slug
        assert plans.find_plan(session, unit, slug) is None
        assert plans.find_plan(session, office, slug) is not None


def test_the_roadmap_places_milestones_by_the_due_date_in_force(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        flag, task = (facts.add_milestone(session, of, "2026-01-01", "2026-12-31") for _ in range(2))
        session.get_one(Milestone, flag).kind = MilestoneKind.RECOGNITION
        target = facts.add_target(session, of, flag, "95")
        facts.add_target(session, of, flag, "60")
        facts.add_report(session, of, flag, noon("2026-10-01"), values={target: "96"})
        facts.add_report(session, of, flag, NOW, values={target: "94"})
        facts.add_due(session, of, flag, 2, "2028-06-30", NOW)
        _judged(session, flag, task)
    with read_session(engine) as session:
        sheet = roadmap.roadmap(session, EVERYTHING, session.get_one(Plan, of.plan_id))
    (row,) = sheet.rows
    assert sheet.years == tuple(range(2024, 2031))
    assert [item.id for item in row.cells[2028].recognitions] == [flag]
    assert row.cells[2026].counts == [(Standing.DUE_SOON, 1)]
    assert row.readiness is not None
    assert (row.readiness.met, row.readiness.unmet, row.readiness.not_assessed) == (0, 1, 1)


def test_a_projects_shares_stay_unknown_until_something_is_on_record(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = Project(
            plan_id=of.plan_id,
            key="p",
            no=1,
            name="学校",
            clause="附件1",
            place_id=of.place_id,
            nature=ProjectNature.NEW,
            investment_fen=10_000_000,
            start_year=2026,
            end_year=2027,
        )
        session.add(project)
        session.flush()
        assert project.id is not None
        done = facts.add_milestone(session, of, "2026-01-01", "2026-12-31")
        session.get_one(Milestone, done).project_id = project.id
        _judged(session, done)
    with read_session(engine) as session:
        (line,) = projects.list_projects(session, EVERYTHING)
    assert (line.paid_fen, line.paid_pct, line.progress_pct) == (None, None, None)
    with write_session(engine) as session:
        for fen in (6_000_000, -1_000_000):
            session.add(
                Payment(
                    project_id=project.id,
                    paid_on=TODAY,
                    amount_fen=fen,
                    source="财政",
                    author_id=of.account_id,
                    recorded_at=NOW,
                )
            )
        facts.add_report(session, of, done, NOW, share_pct=40)
        _judged(session, done)
    with read_session(engine) as session:
        page = projects.find_project(session, EVERYTHING, project.id)
        assert projects.find_project(session, Scope(of.plan_id, of.organization_id), project.id) is None
    assert page is not None
    assert (page.line.paid_fen, page.line.paid_pct, page.line.progress_pct) == (5_000_000, Decimal(50), Decimal(40))
    assert page.line.end_on == date(2026, 12, 31)
    assert not page.line.overpaid
