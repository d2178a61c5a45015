"""The alert register: raised once, readable by those it concerns, page by page."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.vocabulary import Measure
from app.models import Alert
from app.queries import alerts as reads
from app.services import alerts
from tests.jobs.ledger import (
    HELPER,
    OTHER_UNIT,
    PLAN,
    SCHEDULER,
    TODAY,
    UNIT,
    add_milestone,
    days,
    lay_plan,
    noon,
    report,
    scan_on,
)
from tests.support.laid import laid


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a database with five milestones that are a day late."""
    laid(engine, lay_late)
    return engine


def lay_late(engine: Engine) -> None:
    lay_plan(engine)
    for _ in range(5):
        add_milestone(engine, TODAY - days(1), supporting=(HELPER,))


def test_raising_again_writes_nothing(ledger):
    for expected in (5, 0):
        with write_session(ledger) as session:
            assert alerts.raise_due(session, SCHEDULER, [1, 2, 3, 4, 5], on=TODAY, now=noon(TODAY)) == expected


def test_a_milestone_that_is_not_due_is_left_alone(ledger):
    milestone_id = add_milestone(ledger, TODAY + days(300))
    with write_session(ledger) as session:
        assert alerts.raise_due(session, SCHEDULER, [milestone_id], on=TODAY, now=noon(TODAY)) == 0


def test_an_alert_says_why_it_fired(ledger):
    report(ledger, 1, 60, now=noon(TODAY))
    scan_on(ledger, TODAY)
    with read_session(ledger) as session:
        (row,) = reads.alerts_of_milestone(session, 1)
    assert row.reason == (
        "时限“按期”，现行时限2026年11月21日；截至2026年11月22日已逾期1天，填报进度60%；"
        "达到逾期第1天催办的条件，依据办公室设定。"
    )
    assert (row.measure, row.days_late, row.due_version) == (Measure.URGING, 1, 1)
    assert set(row.recipients) == {"教育局", "住建局", "领导小组办公室"}  # nobody is on record in the second


def test_an_alert_is_a_fact_that_nobody_changes(ledger):
    scan_on(ledger, TODAY)

    def rewrite() -> None:
        with write_session(ledger) as session:
            alert = session.get(Alert, 1)
            assert alert is not None
            alert.reason = "改写"

    with pytest.raises(DatabaseError):
        rewrite()


def test_a_reader_sees_only_the_alerts_in_scope(ledger):
    scan_on(ledger, TODAY)
    for scope, count in (
        (Scope(), 5),
        (Scope(plan_id=PLAN), 5),
        (Scope(plan_id=PLAN + 1), 0),
        (Scope(organization_id=UNIT), 5),
        (Scope(organization_id=HELPER), 5),
        (Scope(organization_id=OTHER_UNIT), 0),
    ):
        with read_session(ledger) as session:
            assert len(reads.list_alerts(session, scope, reads.AlertFilter()).rows) == count
            assert reads.count_since(session, scope, TODAY - days(7)) == count
            assert reads.count_since(session, scope, TODAY + days(1)) == 0


def test_the_register_filters_and_pages_without_gap_or_double(ledger):
    scan_on(ledger, TODAY)
    scan_on(ledger, TODAY + days(14))
    with read_session(ledger) as session:
        seen, after = [], None
        while True:
            page = reads.list_alerts(session, Scope(), reads.AlertFilter(), after, limit=3)
            seen += [item.id for item in page.rows]
            if page.next is None:
                break
            after = page.next
        assert seen == list(range(10, 0, -1))
        for wanted, count in (
            (reads.AlertFilter(measure=Measure.SUPERVISION_NOTICE), 5),
            (reads.AlertFilter(measure=Measure.CIRCULAR), 0),
            (reads.AlertFilter(plan_id=PLAN, organization_id=HELPER), 5),
        ):
            assert len(reads.list_alerts(session, Scope(), wanted).rows) == count
