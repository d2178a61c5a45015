"""The projection of early warnings follows the facts in their own transaction; the list reads it within the scope."""

import io
from decimal import Decimal

import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.forecasts import NEVER, WIDEST_PCT, Confidence
from app.domain.vocabulary import DecisionKind, UnitRole
from app.models import MilestoneForecast, MilestoneUnit
from app.queries import forecasts as reads
from app.queries.forecasts import WarningFilter
from app.services import standings
from app.services.forecast_exports import write_csv_list, write_xlsx_list
from tests.support.facts import Office, add_decision, add_due, add_milestone, add_report, counted, day, noon, office

TODAY = day("2026-11-22")
EVERYTHING = Scope()
EVERY = WarningFilter()


def add_reports(session: Session, of: Office, milestone_id: int, *shares: tuple[str, int | None]) -> list[int]:
    return [add_report(session, of, milestone_id, noon(on), share_pct=share) for on, share in shares]


def row_of(session: Session, milestone_id: int) -> MilestoneForecast | None:
    return session.scalar(sa.select(MilestoneForecast).where(col(MilestoneForecast.milestone_id) == milestone_id))


def listed(session: Session, scope: Scope = EVERYTHING, wanted: WarningFilter = EVERY) -> list[int]:
    return [row.id for row in reads.list_warnings(session, scope, wanted, TODAY).rows]


def test_the_forecast_follows_every_fact_in_its_own_transaction(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        standings.refresh(session, [milestone_id], TODAY)
        assert row_of(session, milestone_id) is None
        _, wrong = add_reports(session, of, milestone_id, ("2026-06-30", 30), ("2026-09-30", 45))
        standings.refresh(session, [milestone_id], TODAY)
        row = row_of(session, milestone_id)
        assert row is not None
        assert row.misses_by_days > 200
        assert (row.points, row.last_on) == (2, day("2026-09-30"))
        missed = row.misses_by_days
        add_due(session, of, milestone_id, 2, "2027-03-31", noon("2026-10-08"))
        standings.refresh(session, [milestone_id], TODAY)
        session.refresh(row)
        assert row.misses_by_days == missed - 90
        add_decision(session, of, milestone_id, DecisionKind.RETURN, noon("2026-10-09"), report_id=wrong)
        standings.refresh(session, [milestone_id], TODAY)
        session.refresh(row)
        assert (row.points, row.confidence) == (1, Confidence.LOW)
        assert standings.differences(session, TODAY) == []
        done = day("2026-10-10")
        add_decision(session, of, milestone_id, DecisionKind.CLOSE_OUT, noon(done), reached_on=done)
        standings.refresh(session, [milestone_id], TODAY)
        session.expire_all()
        assert row_of(session, milestone_id) is None
        assert standings.differences(session, TODAY) == []


def test_what_becomes_overdue_is_no_early_warning_any_more(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        add_reports(session, of, milestone_id, ("2026-09-30", 20))
        standings.rebuild(session, TODAY)
        assert listed(session) == [milestone_id]
        standings.roll(session, day("2027-01-01"))
        assert listed(session) == []
        assert standings.differences(session, day("2027-01-01")) == []


def test_a_forecast_changed_by_hand_is_found(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        ids = [add_milestone(session, of, "2026-01-01", "2026-12-31") for _ in range(2)]
        for milestone_id in ids:
            add_reports(session, of, milestone_id, ("2026-09-30", 20))
        standings.rebuild(session, TODAY)
        session.execute(sa.delete(MilestoneForecast).where(col(MilestoneForecast.milestone_id) == ids[0]))
        session.execute(sa.update(MilestoneForecast).values(misses_by_days=1))
        found = standings.differences(session, TODAY)
    assert [line.split(":")[0] for line in found] == [f"forecast {milestone_id}" for milestone_id in ids]


def ledger(session: Session) -> tuple[Office, dict[str, int]]:
    """Milestones of every kind of pace in one plan; the unit answers for the slow one."""
    of = office(session)
    paces: dict[str, tuple[tuple[str, int | None], ...]] = {
        "slow": (("2026-03-31", 10), ("2026-06-30", 20), ("2026-09-30", 30), ("2026-11-01", 33)),
        "still": tuple((f"2026-{month:02}-20", 30) for month in (3, 5, 7, 9, 11)),
        "old": (("2026-03-31", 8), ("2026-04-20", 11)),
        "good": (("2026-06-30", 55), ("2026-09-30", 80)),
        "passed": (("2026-02-28", 40), ("2026-04-30", 80)),
        "wordless": (("2026-09-30", None),),
        "silent": (),
    }
    ids = {name: add_milestone(session, of, "2026-01-01", "2026-12-31") for name in paces}
    ids["later"] = add_milestone(session, of, "2027-01-01", "2027-12-31")
    for name, shares in paces.items():
        add_reports(session, of, ids[name], *shares)
    session.add(
        MilestoneUnit(
            milestone_id=ids["slow"],
            organization_id=of.organization_id,
            role=UnitRole.RESPONSIBLE,
            named_as="教育局",
            position=0,
        )
    )
    standings.rebuild(session, TODAY)
    return of, ids


def test_the_list_holds_what_will_miss_its_date_the_longest_delay_first(engine: Engine):
    with write_session(engine) as session:
        of, ids = ledger(session)
        assert listed(session) == [ids["still"], ids["old"], ids["slow"]]
        assert reads.count_warnings(session, EVERYTHING, TODAY) == 3
        rows = reads.list_warnings(session, EVERYTHING, EVERY, TODAY).rows
        assert (rows[0].finding.misses_by_days, rows[0].misses_original_by_days) == (NEVER, None)
        assert (rows[2].responsible, rows[2].confidence) == (["教育局"], Confidence.HIGH)
        assert rows[2].index is not None
        assert rows[2].needed_pp is not None
        assert rows[2].index < 1 < rows[2].needed_pp / rows[2].finding.pace_pp
        by_level = {level: listed(session, wanted=WarningFilter(confidence=level)) for level in Confidence}
        assert by_level == {level: [row.id for row in rows if row.confidence is level] for level in Confidence}
        assert rows[1].confidence is Confidence.LOW  # its last report is seven months old
        first = reads.list_warnings(session, EVERYTHING, EVERY, TODAY, limit=2)
        rest = reads.list_warnings(session, EVERYTHING, EVERY, TODAY, first.next, limit=2)
        assert ([row.id for row in (*first.rows, *rest.rows)], rest.next) == (listed(session), None)
        by_id = reads.warnings_by_id(session, EVERYTHING, EVERY, TODAY, after=ids["slow"], limit=1)
        assert [row.id for row in by_id] == [ids["still"]]
        assert listed(session, Scope(plan_id=of.plan_id)) == listed(session)
        assert listed(session, Scope(plan_id=of.plan_id + 1)) == []
        assert listed(session, Scope(organization_id=of.organization_id)) == [ids["slow"]]
        assert listed(session, wanted=WarningFilter(of.plan_id, of.organization_id)) == [ids["slow"]]
        assert reads.count_warnings(session, Scope(organization_id=of.organization_id), TODAY) == 1


def test_what_nothing_is_known_of_is_listed_apart_with_the_reason(engine: Engine):
    with write_session(engine) as session:
        of, ids = ledger(session)
        page = reads.list_silent(session, EVERYTHING, EVERY, TODAY)
        assert [row.milestone.id for row in page.rows] == [ids["passed"], ids["wordless"], ids["silent"]]
        assert page.count == reads.count_silent(session, EVERYTHING, EVERY, TODAY) == 3
        passed, wordless, silent = page.rows
        assert passed.expected_on is not None
        assert passed.expected_on < TODAY
        assert (wordless.expected_on, wordless.milestone.reported_on) == (None, day("2026-09-30"))
        assert (silent.expected_on, silent.milestone.reported_on) == (None, None)
        place = (day("2026-12-31"), ids["passed"])
        assert len(reads.list_silent(session, EVERYTHING, EVERY, TODAY, place).rows) == 2
        assert reads.count_silent(session, Scope(organization_id=of.organization_id), EVERY, TODAY) == 0


def test_the_list_goes_out_as_a_file(engine: Engine):
    with write_session(engine) as session:
        ledger(session)
    csv, workbook = io.BytesIO(), io.BytesIO()
    with read_session(engine) as session:
        write_csv_list(session, EVERYTHING, EVERY, csv, today=TODAY)
        write_xlsx_list(session, EVERYTHING, EVERY, workbook, today=TODAY, now=noon(TODAY))
    lines = csv.getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("方案,任务,条款")
    assert "按现速度无法完成" in lines[1]
    sheet = load_workbook(workbook).active
    assert sheet is not None
    assert (sheet.max_row, sheet["H2"].value) == (4, "按现速度无法完成")


def test_a_longer_list_takes_no_more_statements(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        numbers = []
        for _ in range(2):
            milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
            add_reports(session, of, milestone_id, ("2026-09-30", 20))
            standings.refresh(session, [milestone_id], TODAY)
            with counted(engine) as statements:
                listed(session)
            numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 12


def test_a_pace_of_next_to_nothing_before_a_leap_can_be_kept_on_both_engines(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        for month, share in ((3, "0.000000000001"), (5, "0.000000000002"), (7, "0.000000000003"), (9, "50")):
            add_report(session, of, milestone_id, noon(f"2026-0{month}-01"), share_pct=Decimal(share))
        standings.refresh(session, [milestone_id], TODAY)
        row = row_of(session, milestone_id)
        assert row is not None
        assert (row.spread_pct, row.confidence) == (WIDEST_PCT, Confidence.LOW)
