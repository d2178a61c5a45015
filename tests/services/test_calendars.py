"""Notices of days off as services enter them: versions, who may, what moves with them, and what stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import DayKind, Measure, PlaceKind, Role, RungTrigger
from app.models import (
    Alert,
    AuditEntry,
    CalendarNotice,
    ExpectedAnswer,
    LadderRung,
    MilestoneDecision,
    Obligation,
    Place,
    Plan,
)
from app.queries import calendar_regions, calendars
from app.services import calendar_lines, closings, expected_answers, standings
from app.services.calendar_lines import DayInput, read_lines, written
from app.services.calendar_notices import NoticeInput
from app.services.calendar_seeds import load_notices
from app.services.calendars import enter_notice, preview_notice
from app.services.errors import ConflictError, ForbiddenError, InputError
from tests.support.closings import ALL_TICKED, FILE, claim, person
from tests.support.facts import SYSTEM, Office, add_milestone, noon, office

NOW = noon("2026-12-30")
SEEDS = Path(__file__).parents[2] / "seeds"
NEXT_YEAR = """2027-01-01 至 2027-01-03 放假 元旦
2027-02-06 至 2027-02-12 放假 春节
2027-02-14 上班 春节"""
ROOT = Actor(None, "root", Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Desk:
    """A small plan in Kashgar, and one in Luoyang."""

    session: Session
    kashgar: Office
    luoyang: Office

    def enter(self, lines: str, year: int = 2027, region: str | None = None, actor: Actor = ROOT, **more: Any):
        given = NoticeInput(year, region, "国办发明电〔2026〕7号", "", tuple(read_lines(lines, year)))
        return enter_notice(self.session, actor, replace(given, **more), now=NOW)

    def keeper(self, of: Office) -> Actor:
        return Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))


def placed(session: Session, code: str) -> Office:
    """Add a small plan whose place is a zone without a code within a place that has one."""
    of = office(session)
    plan, place = session.get_one(Plan, of.plan_id), session.get_one(Place, of.place_id)
    place.code = code
    zone = Place(path=f"{place.path}/开发区", name="开发区", kind=PlaceKind.ZONE, parent_id=place.id, sort_key="9")
    session.add(zone)
    session.flush()
    plan.place_id = zone.id or 0
    session.flush()
    return of


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with write_session(engine) as session:
        yield Desk(session, placed(session, "653100"), placed(session, "410300"))


def test_a_national_notice_publishes_its_year_for_every_plan_and_says_what_changes(desk: Desk) -> None:
    before = calendars.calendar_for(desk.session, desk.kashgar.plan_id)
    assert before.working_days_after(date(2026, 12, 31), 1) == before.moved(date(2027, 1, 1))  # by weeks, provisional
    finding = desk.enter(NEXT_YEAR)
    assert (finding.version, finding.publishes) == (1, True)
    assert [change.day.isoformat() for change in finding.changes] == [
        "2027-01-01",
        *(f"2027-02-{day:02}" for day in (8, 9, 10, 11, 12, 14)),
    ]
    for plan_id, calendar in calendars.calendars(desk.session).items():
        assert calendar.working_days_after(date(2026, 12, 31), 1).day == date(2027, 1, 4)
        assert not calendar.working_days_after(date(2026, 12, 31), 1).provisional
        assert calendar == calendars.calendar_for(desk.session, plan_id)
    assert calendars.calendar_for(desk.session, desk.kashgar.plan_id, version=0) == before
    entry = desk.session.scalars(sa.select(AuditEntry).where(col(AuditEntry.action) == "calendar:enter")).one()
    assert "2027-02-06 至 2027-02-12 放假 春节" in entry.detail


def test_a_later_notice_of_the_same_year_replaces_the_earlier_as_a_whole(desk: Desk) -> None:
    desk.enter(NEXT_YEAR)
    finding = desk.enter("2027-01-01 放假 元旦", seen=1)
    assert finding.version == 2
    calendar = calendars.calendar_for(desk.session, desk.luoyang.plan_id)
    assert (calendar.version, calendar.works(date(2027, 2, 8)), calendar.works(date(2027, 1, 1))) == (2, True, False)
    assert calendars.calendar_for(desk.session, desk.luoyang.plan_id, version=1).works(date(2027, 2, 8)) is False
    rows = calendars.versions(desk.session)
    assert [(row.version, row.days, row.replaced_by) for row in rows] == [(2, 1, None), (1, 11, 2)]
    assert [item.day for item in calendars.own_days(desk.session, 2027, None)] == [date(2027, 1, 1)]
    with pytest.raises(ConflictError):
        desk.enter(NEXT_YEAR, seen=1)


def test_regional_days_hold_for_plans_there_also_where_the_plans_zone_has_no_code(desk: Desk) -> None:
    desk.enter("2026-05-27 放假 古尔邦节", 2026, "6531", desk.keeper(desk.kashgar))
    there, elsewhere = (calendars.calendar_for(desk.session, of.plan_id) for of in (desk.kashgar, desk.luoyang))
    assert (there.version, there.works(date(2026, 5, 27))) == (1, False)
    assert (elsewhere.version, elsewhere.works(date(2026, 5, 27))) == (0, True)
    shown = {item.day: item for item in calendars.days_of_year(desk.session, 2026, "6531")}
    assert (shown[date(2026, 5, 27)].region_name, shown[date(2026, 10, 1)].name) == (
        calendars.versions(desk.session)[0].region_name,
        "国庆节",
    )
    assert date(2026, 5, 27) not in {item.day for item in calendars.days_of_year(desk.session, 2026, "41")}
    assert {"65", "6531", "41", "4103"} <= {item.code for item in calendar_regions.regions(desk.session)}


def test_an_office_keeps_the_days_of_its_own_region_only(desk: Desk) -> None:
    office_there = desk.keeper(desk.kashgar)
    for region in (None, "65", "4103"):
        with pytest.raises(ForbiddenError):
            desk.enter("2027-05-17 放假", region=region, actor=office_there)
    with pytest.raises(ForbiddenError):
        desk.enter("2027-05-17 放假", region="6531", actor=Actor(1, "leader", Role.LEADER))
    assert desk.enter("2027-05-17 放假", region="6531", actor=office_there).version == 1
    assert desk.enter("2027-05-17 放假", region="65").version == 2


def test_what_cannot_be_taken_is_named_by_field(desk: Desk) -> None:
    desk.enter(NEXT_YEAR)
    day = DayInput(date(2027, 5, 3), False, "")
    wrong: dict[str, dict[str, Any]] = {
        "year": {"year": 1999, "days": (replace(day, day=date(1999, 5, 3)),)},
        "region": {"region_code": "99"},
        "document_number": {"document_number": ""},
        "note": {"note": "长" * 501},
        "days": {"days": ()},
    }
    for field, given in wrong.items():
        with pytest.raises(InputError) as refused:
            desk.enter("", **{"days": (day,), **given})
        assert field in refused.value.problems
    for days in ((day, day), (day, replace(day, day=date(2026, 5, 3))), tuple(read_lines(NEXT_YEAR, 2027))):
        with pytest.raises(InputError) as refused:
            desk.enter("", days=days)
        assert "days" in refused.value.problems
    assert calendars.in_force(desk.session, 2027, None) == 1


def test_a_preview_says_what_entering_would_do_and_leaves_nothing_behind(desk: Desk) -> None:
    given = NoticeInput(2027, None, "国办发明电〔2026〕7号", "", tuple(read_lines(NEXT_YEAR, 2027)))
    shown = preview_notice(desk.session, ROOT, given, now=NOW)
    assert calendars.versions(desk.session) == []
    assert desk.session.scalars(sa.select(AuditEntry)).all() == []
    assert enter_notice(desk.session, ROOT, given, now=NOW) == shown


def test_rungs_and_limits_that_lie_ahead_follow_a_new_notice_and_past_ones_stay(desk: Desk) -> None:
    moved = {of.plan_id: by_working_days(desk.session, of) for of in (desk.kashgar, desk.luoyang)}
    before = ahead(desk.session)
    assert set(before["rungs"].values()) == {date(2027, 1, 5)}  # New Year's Day counts, as nothing is published
    shown = preview_notice(
        desk.session, ROOT, NoticeInput(2027, None, "1号", "", tuple(read_lines(NEXT_YEAR, 2027))), now=NOW
    )
    assert (shown.moved.alerts, shown.moved.answers) == (4, 2)
    assert ahead(desk.session) == before
    assert desk.enter(NEXT_YEAR).moved == shown.moved
    after = ahead(desk.session)
    assert set(after["rungs"].values()) == {date(2027, 1, 6)}
    for milestone, (open_alert, past_alert) in moved.values():
        assert after["limits"][open_alert] == (date(2027, 1, 5), 1, False)
        assert after["limits"][past_alert] == before["limits"][past_alert] == (date(2026, 12, 29), 0, False)
        assert after["told"][open_alert] == date(2027, 1, 4)  # what the alert said stays
        assert milestone in after["rungs"]
    finding = desk.enter("2027-01-05 放假 （虚构）", region="6531")
    assert (finding.moved.alerts, finding.moved.answers) == (2, 1)
    assert sorted(ahead(desk.session)["rungs"].values()) == [date(2027, 1, 6), date(2027, 1, 7)]


def by_working_days(session: Session, of: Office) -> tuple[int, tuple[int, int]]:
    """Let a plan count working days; return a milestone, an alert with an answer ahead and one with an answer past."""
    session.execute(sa.delete(LadderRung).where(col(LadderRung.plan_id) == of.plan_id, col(LadderRung.key) != "urging"))
    rung = session.scalars(sa.select(LadderRung).where(col(LadderRung.plan_id) == of.plan_id)).one()
    rung.offset_days, rung.day_kind = 3, DayKind.WORKING
    session.add(
        LadderRung(
            plan_id=of.plan_id,
            key="late",
            trigger=RungTrigger.UNANSWERED,
            offset_days=2,
            day_kind=DayKind.WORKING,
            measure=Measure.SUPERVISION_NOTICE,
        )
    )
    session.flush()
    milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
    asked = [asked_for_answer(session, of, rung, day) for day in (date(2026, 12, 29), date(2026, 12, 24))]
    standings.refresh(session, [milestone], local_day(NOW))
    expected_answers.refresh(session, local_day(NOW), [of.plan_id])
    return milestone, (asked[0], asked[1])


def asked_for_answer(session: Session, of: Office, rung: LadderRung, on: date) -> int:
    """Add an alert of a milestone that asks for an answer within four (or three) working days, and the answer owed."""
    milestone = add_milestone(session, of, "2026-01-01", "2026-12-01")
    end = calendars.calendar_for(session, of.plan_id).working_days_after(on, 4 if on.day == 29 else 3)
    alert = Alert(
        plan_id=of.plan_id,
        matter=f"milestone/{milestone}",
        milestone_id=milestone,
        trigger=RungTrigger.DUE,
        due_version=1,
        rung_id=rung.id or 0,
        measure=rung.measure,
        effective_due_on=date(2026, 12, 1),
        fire_on=on,
        days_late=28,
        reason="逾期",
        reply_days=4 if on.day == 29 else 3,
        reply_due_on=end.day,
        scanned_on=on,
        raised_at=noon(on),
    )
    session.add(alert)
    session.flush()
    assert alert.id is not None
    assert alert.reply_days is not None
    session.add(
        ExpectedAnswer(
            alert_id=alert.id,
            organization_id=of.organization_id,
            plan_id=of.plan_id,
            milestone_id=milestone,
            asked_on=on,
            reply_days=alert.reply_days,
            reply_due_on=end.day,
            calendar_version=0,
            provisional=end.provisional,
        )
    )
    session.flush()
    return alert.id


def ahead(session: Session) -> dict[str, dict[int, Any]]:
    """Return the days on which rungs of milestones fire, the limits for answers, and what the alerts told."""
    answer = ExpectedAnswer
    limits = sa.select(
        col(answer.alert_id), col(answer.reply_due_on), col(answer.calendar_version), col(answer.provisional)
    )
    rungs = sa.select(col(Obligation.milestone_id), col(Obligation.fire_on))
    told = sa.select(col(Alert.id), col(Alert.reply_due_on))
    return {
        "rungs": {milestone: fire_on for milestone, fire_on in session.execute(rungs)},
        "limits": {alert: tuple(rest) for alert, *rest in session.execute(limits)},
        "told": {alert: day for alert, day in session.execute(told)},
    }


def test_a_public_notice_keeps_its_last_day_and_the_calendar_it_was_counted_by(desk: Desk) -> None:
    of, first = desk.kashgar, noon("2026-12-29")
    milestone = add_milestone(desk.session, of, "2026-01-01", "2026-12-31")
    claim(desk.session, of, milestone, first, "2026-12-20", share_pct=100)
    second = person(desk.session, of)
    assert closings.start_notice(desk.session, second, milestone, ALL_TICKED, [FILE], now=NOW) == date(2027, 1, 6)
    desk.enter(NEXT_YEAR)
    later = add_milestone(desk.session, of, "2026-01-01", "2026-12-31")
    claim(desk.session, of, later, first, "2026-12-20", share_pct=100)
    assert closings.start_notice(desk.session, second, later, ALL_TICKED, [FILE], now=NOW) == date(2027, 1, 7)
    rows = desk.session.execute(
        sa.select(col(MilestoneDecision.notice_until_on), col(MilestoneDecision.calendar_version)).order_by(
            col(MilestoneDecision.id)
        )
    )
    assert [tuple(row) for row in rows] == [(date(2027, 1, 6), 0), (date(2027, 1, 7), 1)]


def test_the_days_of_xinjiang_2025_come_with_the_program_once(desk: Desk) -> None:
    assert load_notices(desk.session, SEEDS / "calendars.yaml", SYSTEM, NOW) == 1
    assert load_notices(desk.session, SEEDS / "calendars.yaml", SYSTEM, NOW) == 0
    there, elsewhere = (calendars.calendar_for(desk.session, of.plan_id) for of in (desk.kashgar, desk.luoyang))
    for text in ("2025-03-31", "2025-06-06", "2025-06-09", "2025-06-10"):
        off = date.fromisoformat(text)
        assert (there.works(off), elsewhere.works(off)) == (False, True)
    assert there.working_days_after(date(2025, 6, 5), 1).day == date(2025, 6, 11)
    row = calendars.versions(desk.session)[0]
    assert (row.author, row.region_name, row.days) == (None, "新疆维吾尔自治区", 4)
    desk.enter("2025-03-31 放假 肉孜节", 2025, "65", seen=1)
    assert load_notices(desk.session, SEEDS / "calendars.yaml", SYSTEM, NOW) == 0


def test_the_database_refuses_to_change_a_notice(desk: Desk) -> None:
    desk.enter(NEXT_YEAR)
    for statement in ("UPDATE calendar_notice SET year = 2028", "DELETE FROM calendar_day"):
        with pytest.raises(DBAPIError), desk.session.begin_nested():
            desk.session.execute(sa.text(statement))
    assert desk.session.get_one(CalendarNotice, 1).year == 2027


@pytest.mark.parametrize(
    "line",
    [
        "2027-02-06 至 2027-02-12 放假 春节",
        "2027/2/6至2027/2/12放假春节",
        "2027年2月6日—2027年2月12日 放假　春节",
        "２０２７-０２-０６ ~ 2027.2.12 放假 春节",
    ],
)
def test_a_span_is_read_however_it_is_written(line: str) -> None:
    days = read_lines(f"\n  {line}  \n", 2027)
    assert (len(days), days[0], days[-1].day) == (7, DayInput(date(2027, 2, 6), False, "春节"), date(2027, 2, 12))
    assert written(days) == "2027-02-06 至 2027-02-12 放假 春节"


def test_what_is_written_is_read_back(desk: Desk) -> None:
    stored = [DayInput(item.day, item.works, item.name) for item in calendars.own_days(desk.session, 2026, None)]
    assert len(stored) > 20
    assert read_lines(written(stored), 2026) == stored


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2027-02-30 放假", "no such day"),
        ("2027-02-12 至 2027-02-06 放假", "before the first"),
        ("2026-12-31 至 2027-01-02 放假", "lies in 2027"),
        ("2027-01-01 放假 元旦", "line 1 already"),
        ("元旦放假三天", "write for example"),
        ("2027-05-01 放假 " + "长" * 41, "at most"),
        ("2027-05-01" + " " * 5000 + "x", "write for example"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(line: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read_lines(f"2027-01-01 放假 元旦\n\n{line}", 2027)
    assert list(refused.value.problems) == ["days-3"]
    assert words in refused.value.problems["days-3"]
    assert refused.value.problems["days-3"].values["line"] == 3


def test_a_text_without_end_is_refused_at_once() -> None:
    with pytest.raises(InputError):
        read_lines("2027-05-01 放假\n" * 5000, 2027)
    with pytest.raises(InputError) as refused:
        read_lines("x\n" * 500, 2027)
    assert len(refused.value.problems) == calendar_lines._MOST_PROBLEMS
