"""A ladder before it is saved: what it would raise is what daily scans then raise, and nothing is written."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.vocabulary import Capacity, ChangeSubject, DayKind, Measure, RungTrigger
from app.models import Alert, LadderRung, Plan
from app.services import days
from app.services.errors import InputError
from app.services.ladder_previews import AHEAD_DAYS, LadderPreview, preview
from app.services.plan_context import plan_context
from app.services.plan_edits import fingerprint_of
from app.services.plan_files import LadderRungPart
from app.services.plan_frame import save_frame_part
from app.services.plan_parts import stored_parts
from tests.jobs.ledger import (
    HELPER,
    OFFICE_ACTOR,
    PLAN,
    TODAY,
    UNIT,
    add_milestone,
    lay_plan,
    noon,
    report,
    scan_on,
)
from tests.support.facts import counted
from tests.support.laid import laid

Changes = Mapping[str, LadderRungPart | None]
FOUR = set(RungTrigger) - {RungTrigger.REGRESSION}


def part(key: str, offset: int, measure: Measure, **more: object) -> LadderRungPart:
    return LadderRungPart.model_validate({"key": key, "offset_days": offset, "measure": measure.value, **more})


NOTICE = part("supervision-notice", 15, Measure.SUPERVISION_NOTICE)
WITH_REPLY = part("supervision-notice", 15, Measure.SUPERVISION_NOTICE, reply_days=3)
LATER = part("urging", 3, Measure.URGING)
# Everything at once: a rung moved, one gone, and one of each other trigger.
CHANGED: Changes = {
    "supervision-notice": NOTICE,
    "urging": LATER,
    "circular": None,
    "lagging": part("lagging", 1, Measure.URGING, trigger="lagging"),
    "interview": part("interview", 20, Measure.INTERVIEW, day_kind="working", addressees=["leader", "supporting"]),
    "silent": part("silent", -20, Measure.REMINDER, trigger="missing_report", day_kind="working"),
    "unanswered": part("unanswered", 2, Measure.URGING, trigger="unanswered", day_kind="working"),
}


@pytest.fixture
def plan(engine: Engine) -> Engine:
    """A plan in which something is due, overdue, lagging, unanswered, and to be reported on."""
    laid(engine, lay_work)
    return engine


def lay_work(engine: Engine) -> None:
    lay_plan(engine)
    with write_session(engine) as session:  # keys as plan files write them
        named = sa.update(LadderRung).where(col(LadderRung.key) == Measure.SUPERVISION_NOTICE)
        session.execute(named.values(key="supervision-notice"))
    start = TODAY - timedelta(30)
    save(engine, {"supervision-notice": WITH_REPLY}, start)
    for late in (40, 20, 16, 1, 0, -10, -25, -60):
        add_milestone(engine, TODAY - timedelta(late), today=start, supporting=(HELPER,))
    lagging = add_milestone(engine, date(2028, 12, 31), today=start, start_on=date(2026, 1, 1))
    report(engine, lagging, 1, now=noon(date(2026, 3, 1)))
    with write_session(engine) as session:
        days.begin(session, noon(start))
    for before in (30, 16, 2):
        scan_on(engine, TODAY - timedelta(before))
    with write_session(engine) as session:
        days.begin(session, noon(TODAY))


def save(engine: Engine, changes: Changes, on: date) -> list[bool]:
    """Save the rungs of a ladder one by one and return which of them were a change."""
    subject, told = ChangeSubject.RUNG, []
    for key, wanted in changes.items():
        with write_session(engine) as session:
            context = plan_context(session, session.get_one(Plan, PLAN))
            stored = stored_parts(session, context, [(subject, key)]).get((subject, key))
            mark = fingerprint_of(stored) if stored else None
            finding = save_frame_part(
                session, OFFICE_ACTOR, context, subject, key, wanted, reason="调整", fingerprint=mark, now=noon(on)
            )
            told.append(finding.revision_id is not None)
    return told


def previewed(engine: Engine, changes: Changes) -> LadderPreview:
    with read_session(engine) as session:
        return preview(session, PLAN, changes, TODAY)


def raised(session: Session) -> list[tuple[date, Measure, int | None, str]]:
    query = sa.select(col(Alert.scanned_on), col(Alert.measure), col(Alert.milestone_id), col(Alert.reason))
    rows = session.execute(query.where(col(Alert.scanned_on) >= TODAY))
    return sorted((on, measure, key, reason.split("；请于")[0].rstrip("。")) for on, measure, key, reason in rows)


@pytest.mark.parametrize("changes", [{}, {"urging": LATER}, CHANGED], ids=["in force", "one rung", "every trigger"])
def test_what_is_previewed_is_what_daily_scans_then_raise_sentence_by_sentence(plan: Engine, changes: Changes) -> None:
    found = previewed(plan, changes)
    with read_session(plan) as session:
        assert raised(session) == []
    save(plan, changes, TODAY)
    for day in range(AHEAD_DAYS + 1):
        scan_on(plan, TODAY + timedelta(day))
    with read_session(plan) as session:
        expected = raised(session)
        triggers = set(session.scalars(sa.select(col(Alert.trigger)).where(col(Alert.scanned_on) >= TODAY)))
    assert triggers == (FOUR if changes is CHANGED else {RungTrigger.DUE})
    lines = [(line.on, line.measure, line.milestone_id, line.why.rstrip("。")) for line in found.all.lines]
    assert sorted(lines) == expected
    assert found.today == sum(on == TODAY for on, *_ in expected)
    assert sum(row.ahead for row in found.counts) == len(expected) == found.all.total


def test_a_preview_says_what_is_new_what_is_gone_and_what_moves(plan: Engine) -> None:
    found = previewed(plan, CHANGED)
    assert found.compared
    assert {(line.measure, line.about) for line in found.new.lines} >= {
        (Measure.INTERVIEW, "建成学校"),
        (Measure.REMINDER, "2026年第四季度"),
    }
    assert {line.measure for line in found.gone.lines} == {Measure.CIRCULAR}
    assert {line.measure for line in found.moved.lines} >= {Measure.URGING}
    assert all(line.was_on and line.was_on != line.on for line in found.moved.lines)
    assert [line.was_on for line in found.all.lines] == [None] * found.all.total
    interview = next(line for line in found.new.lines if line.measure is Measure.INTERVIEW)
    assert {unit.capacity for unit in interview.recipients} >= {Capacity.SUPPORTING, Capacity.LEADER}
    with counted(plan) as statements:
        unchanged = previewed(plan, {})
    assert len(statements) < 40
    assert not unchanged.compared
    assert (unchanged.new.total, unchanged.gone.total, unchanged.moved.total) == (0, 0, 0)
    assert all((row.today, row.ahead) == (row.today_in_force, row.ahead_in_force) for row in unchanged.counts)


def test_every_saving_that_changes_the_ladder_counts_and_one_that_changes_nothing_does_not(plan: Engine) -> None:
    def version() -> int:
        with read_session(plan) as session:
            return session.get_one(Plan, PLAN).ladder_version

    before = version()
    assert save(plan, {"urging": LATER}, TODAY) == [True]
    assert version() == before + 1
    assert save(plan, {"urging": LATER}, TODAY) == [False]
    assert version() == before + 1
    with pytest.raises(InputError) as refused:
        save(plan, {"again": part("again", 3, Measure.REMINDER)}, TODAY)
    assert set(refused.value.problems) == {"offset_days"}
    assert version() == before + 1
    later = TODAY + timedelta(20)
    scan_on(plan, later)
    with read_session(plan) as session:
        versions = sa.select(col(Alert.ladder_version)).where(col(Alert.scanned_on) == later)
        assert set(session.scalars(versions)) == {before + 1}


def test_a_rung_for_silence_saved_late_reaches_the_periods_that_are_open(plan: Engine) -> None:
    wanted = part("silent", -40, Measure.URGING, trigger=RungTrigger.MISSING_REPORT, day_kind=DayKind.WORKING)
    save(plan, {"silent": wanted}, TODAY)
    scan_on(plan, TODAY)
    with read_session(plan) as session:
        query = sa.select(col(Alert.organization_id)).where(col(Alert.trigger) == RungTrigger.MISSING_REPORT)
        assert set(session.scalars(query)) == {UNIT}
