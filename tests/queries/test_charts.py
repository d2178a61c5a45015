"""What charts are drawn from agrees with the documents of the same day: completion, standing, trajectories, money."""

from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session

from app.core.clock import day_end, local_day
from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.charts import QuarterEnd, TargetPoint
from app.domain.circular_quarters import completion_by_quarter
from app.domain.circulars import on_time, progress_by_group
from app.domain.vocabulary import (
    Comparator,
    DecisionKind,
    FundSource,
    ProjectNature,
    Standing,
    UnitRole,
)
from app.models import BudgetLine, MilestoneUnit, Payment, Plan, Project
from app.queries.chart_completion import quarter_ends
from app.queries.chart_ledger import ledger_now, ledger_then
from app.queries.chart_money import plan_money
from app.queries.chart_trajectories import measured_indicators, trajectories
from app.queries.circulars import CutOff, gather_ledger
from app.services import standings
from tests.queries.test_as_of import HAPPENED
from tests.support.desk import desk_of
from tests.support.facts import (
    Office,
    add_decision,
    add_due,
    add_milestone,
    add_report,
    add_target,
    counted,
    day,
    noon,
    office,
)

ON = day("2026-11-22")
REVISIONS = ("2026-11-23", "2027-01-10", "2027-06-01", "2027-07-01", "2027-09-01")  # one adds, one deletes again
CUT_OFF = CutOff(ON, day_end(ON), None)
K = DecisionKind


def eventful(session: Session) -> Office:
    """Add a plan with everything that moves a milestone in or out of the counts of a quarter's end."""
    of = office(session)
    early, late, extended, back, taken, slid, old, told, ahead = (
        add_milestone(session, of, "2024-06-01", due)
        for due in (
            "2026-03-31",
            "2026-03-31",
            "2026-06-30",
            "2026-06-30",
            "2025-12-31",
            "2025-09-30",
            "2024-12-31",
            "2024-12-31",
            "2028-12-31",
        )
    )
    add_milestone(session, of, "2026-01-01", "2026-09-30")  # nothing on file
    add_decision(session, of, early, K.CLOSE_OUT, noon("2026-02-01"), reached_on=day("2026-01-31"))
    add_decision(session, of, late, K.CLOSE_OUT, noon("2026-05-05"), reached_on=day("2026-04-10"))
    add_due(session, of, extended, 2, "2026-10-31", noon("2026-06-20"))
    add_due(session, of, extended, 3, "2027-03-31", noon("2026-10-20"))
    add_decision(session, of, back, K.CLOSE_OUT, noon("2026-06-10"), reached_on=day("2026-06-01"))
    add_decision(session, of, back, K.REOPEN, noon("2026-08-01"))
    add_decision(session, of, taken, K.WITHDRAW, noon("2026-04-01"))
    target = add_target(session, of, slid, "95")
    add_decision(session, of, slid, K.CLOSE_OUT, noon("2025-09-20"), reached_on=day("2025-09-20"))
    report = add_report(session, of, slid, noon("2026-03-20"), values={target: "90"})
    add_decision(session, of, slid, K.ACCEPT, noon("2026-04-20"), report_id=report)
    add_report(session, of, told, noon("2026-07-07"))  # due before tracking; rated since somebody spoke of it
    add_decision(session, of, ahead, K.CLOSE_OUT, noon("2026-10-01"), reached_on=day("2026-09-30"))
    assert old
    standings.refresh(session, [early, late, extended, back, taken, slid, old, told, ahead], ON)
    return of


def test_completion_by_quarter_agrees_with_the_ledger_of_each_quarters_end(engine: Engine) -> None:
    with write_session(engine) as session:
        of = eventful(session)
    with read_session(engine) as session:
        plan = session.get_one(Plan, of.plan_id)
        with counted(engine) as statements:
            ends = quarter_ends(session, plan, ON)
        for end in ends:
            rows = gather_ledger(session, plan, CutOff(end.on, day_end(end.on), None)).milestones
            rated = on_time(rows, end.on)
            closed = sum(row.standing is Standing.CLOSED for row in rows)
            assert end == QuarterEnd(end.quarter, end.on, rated.due, closed, rated.in_time)
    assert [str(end.quarter) for end in ends] == [
        "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4",
    ]  # fmt: skip
    assert [(end.due, end.closed, end.in_time) for end in ends[3:]] == [
        (2, 1, 1), (4, 2, 2), (4, 3, 2), (6, 2, 1), (6, 3, 1),
    ]  # fmt: skip
    assert ends[-1].rate_pct == Decimal("16.7")
    assert len(statements) <= 14


def test_completion_agrees_through_revisions_deletions_and_changed_settings(engine: Engine) -> None:
    with desk_of(engine) as desk:
        for on, happens in HAPPENED.items():
            if on in REVISIONS:
                happens(desk, noon(on))
        plan = desk.session.get_one(Plan, desk.office.plan_id)
        now = noon("2027-11-05")
        ends = quarter_ends(desk.session, plan, local_day(now), now)
        for end in ends:
            at = CutOff(end.on, min(day_end(end.on), now), None)
            rows = gather_ledger(desk.session, plan, at).milestones
            rated, closed = on_time(rows, end.on), sum(row.standing is Standing.CLOSED for row in rows)
            assert end == QuarterEnd(end.quarter, end.on, rated.due, closed, rated.in_time)
    assert len(ends) >= 5


def test_standing_and_due_quarters_agree_with_the_ledger_that_documents_print(engine: Engine) -> None:
    with write_session(engine) as session:
        of = eventful(session)
        ids = [row.id for row in gather_ledger(session, session.get_one(Plan, of.plan_id), CUT_OFF).milestones]
        for milestone_id in ids[::2]:
            _bind(session, milestone_id, of.organization_id)
        standings.refresh(session, ids, ON)
    with read_session(engine) as session:
        plan = session.get_one(Plan, of.plan_id)
        printed = gather_ledger(session, plan, CUT_OFF)
        with counted(engine) as statements:
            shown = ledger_now(session, plan, Scope(), ON)
        assert len(statements) <= 4
        assert progress_by_group(shown) == progress_by_group(printed)
        assert completion_by_quarter(shown, back=7, ahead=4) == completion_by_quarter(printed, back=7, ahead=4)
        own = Scope(of.plan_id, of.organization_id)
        seen = {row.id for row in ledger_now(session, plan, own, ON).milestones}
        assert {row.id for row in ledger_then(session, plan, own, ON).milestones} == seen
        assert 0 < len(seen) < len(printed.milestones)
        assert len(ledger_then(session, plan, Scope(), day("2026-05-31")).milestones) == len(printed.milestones)
        assert ledger_then(session, plan, Scope(), day("2023-12-31")).milestones == ()
        assert sum(end.due for end in quarter_ends(session, plan, ON, scope=own)[-1:]) < 6


def _bind(session: Session, milestone_id: int, organization_id: int) -> None:
    session.add(
        MilestoneUnit(
            milestone_id=milestone_id,
            role=UnitRole.RESPONSIBLE,
            organization_id=organization_id,
            named_as="教育局",
            position=0,
            leads=True,
        )
    )
    session.flush()


def test_a_trajectory_holds_values_against_the_targets_known_at_the_cut_off(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        near, far, gone = (
            add_milestone(session, of, "2025-01-01", due) for due in ("2026-06-30", "2028-12-31", "2030-12-31")
        )
        first, second = add_target(session, of, near, "92"), add_target(session, of, far, "95")
        add_target(session, of, gone, "99")
        add_decision(session, of, gone, K.WITHDRAW, noon("2026-10-20"))
        add_report(session, of, near, noon("2026-03-31"), values={first: "90.5"})
        add_report(session, of, far, noon("2026-03-31"), values={second: "90.75"})  # of one day the last counts
        back = add_report(session, of, near, noon("2026-06-30"), values={first: "99"})
        add_decision(session, of, near, K.RETURN, noon("2026-10-10"), report_id=back)
        add_due(session, of, near, 2, "2026-12-31", noon("2026-10-15"))
    with read_session(engine) as session:
        (then,) = trajectories(session, of.plan_id, day_end(day("2026-09-30")))
        (now,) = trajectories(session, of.plan_id, indicator_id=of.indicator_id, place_id=of.place_id)
        assert trajectories(session, of.plan_id, place_id=of.place_id + 999) == []
        assert [one.code for one in measured_indicators(session, of.plan_id)] == ["G1"]
        assert measured_indicators(session, of.plan_id, Scope(of.plan_id, of.organization_id)) == []
    assert then.measured == ((day("2026-03-31"), Decimal("90.75")), (day("2026-06-30"), Decimal(99)))
    assert now.measured == ((day("2026-03-31"), Decimal("90.75")),)
    at_least = Comparator.AT_LEAST
    assert then.targets == tuple(
        TargetPoint(day(due), at_least, Decimal(value))
        for due, value in (("2026-06-30", 92), ("2028-12-31", 95), ("2030-12-31", 99))
    )
    assert now.targets == (TargetPoint(day("2026-12-31"), at_least, Decimal(92)), then.targets[1])


def test_money_adds_up_by_year_and_quarter_and_leaves_out_what_was_not_known(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        lined, bare = _project(session, of, 1, None, 2027), _project(session, of, 2, 300, 2026)
        for position, (year, fen) in enumerate(((2026, 1000), (2027, 500), (None, 70))):
            line = BudgetLine(project_id=lined, position=position, year=year, source=FundSource.COUNTY, amount_fen=fen)
            session.add(line)
        for project, on, fen, known in (
            (lined, "2026-02-10", 400, "2026-02-11"),
            (bare, "2026-08-01", 250, "2026-08-02"),
            (lined, "2026-08-01", -50, "2026-11-30"),  # a correction recorded later
        ):
            session.add(_payment(of, project, on, fen, known))
    with read_session(engine) as session:
        plan = plan_money(session, of.plan_id, ON)
        later = plan_money(session, of.plan_id, day("2026-12-31"))
        single = plan_money(session, of.plan_id, ON, bare)
        assert plan_money(session, of.plan_id + 999, ON) == ()
    assert [(str(one.on), one.planned_fen, one.paid_fen) for one in plan] == [
        ("2025-12-31", 0, None),
        ("2026-03-31", None, 400),
        ("2026-06-30", None, 400),
        ("2026-09-30", None, 650),
        ("2026-11-22", None, 650),
        ("2026-12-31", 1300, None),
        ("2027-12-31", 1870, None),
    ]
    assert [one.paid_fen for one in later][-2:] == [600, None]
    assert [(str(one.on), one.planned_fen, one.paid_fen) for one in single] == [
        ("2025-12-31", 0, None),
        ("2026-09-30", None, 250),
        ("2026-11-22", None, 250),
        ("2026-12-31", 300, None),
    ]


def _project(session: Session, of: Office, no: int, investment_fen: int | None, end_year: int) -> int:
    row = Project(
        plan_id=of.plan_id,
        key=f"p{no}",
        no=no,
        name=f"某校{no}（虚构）",
        clause="四",
        place_id=of.place_id,
        nature=ProjectNature.NEW,
        investment_fen=investment_fen,
        end_year=end_year,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def _payment(of: Office, project_id: int, on: str, fen: int, known: str) -> Payment:
    return Payment(
        project_id=project_id,
        paid_on=day(on),
        amount_fen=fen,
        source="县级财政",
        author_id=of.account_id,
        recorded_at=noon(known),
    )
