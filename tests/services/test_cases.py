"""Steps of a case: every stage is reached, every step that is not due or not theirs is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.vocabulary import Measure, Role, Standing
from app.models import AuditEntry, CaseEvent
from app.queries import cases as reads
from app.queries.audit import verify_chain
from app.queries.case_scope import CaseFilter
from app.services import cases
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from tests.jobs.ledger import (
    LEADER_ACTOR,
    OFFICE_ACTOR,
    OTHER_UNIT,
    PLAN,
    STRANGER_ACTOR,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    add_milestone,
    days,
    extend,
    lay_plan,
    noon,
    scan_on,
)

CASE = 1
NOW = noon(TODAY)


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a database with one open case."""
    lay_plan(engine)
    add_milestone(engine, TODAY - days(40))
    scan_on(engine, TODAY)
    return engine


def do(engine: Engine, step: Callable[..., CaseEvent], actor: Actor, **values: Any) -> None:
    """Take a step in its own transaction, with plain values where none are given."""
    given: dict[str, Any] = {"text": "说明", "now": NOW}
    if step is cases.propose_measure:
        given |= {"measure": Measure.CIRCULAR, "clause": "五(四)"}
    if step is cases.decide:
        given |= {
            "measure": Measure.CIRCULAR,
            "clause": "五(四)",
            "document_number": "通〔2026〕1号",
            "reply_due_on": TODAY + days(10),
            "no_statement_reason": "",
        }
    with write_session(engine) as session:
        step(session, actor, values.pop("case_id", CASE), **(given | values))


def shown(engine: Engine, actor: Actor = OFFICE_ACTOR) -> reads.CaseDetail:
    with read_session(engine) as session:
        found = reads.find_case(session, actor.scope, CASE, role=actor.role, today=TODAY)
    assert found is not None
    return found


def test_a_case_passes_through_every_stage(ledger):
    stages = [shown(ledger).stage]
    for step, actor in (
        (cases.state_case, UNIT_ACTOR),
        (cases.propose_measure, OFFICE_ACTOR),
        (cases.decide, LEADER_ACTOR),
        (cases.note, LEADER_ACTOR),
        (cases.close, OFFICE_ACTOR),
        (cases.reopen, OFFICE_ACTOR),
    ):
        do(ledger, step, actor)
        stages.append(shown(ledger).stage)
    assert stages == ["open", "open", "proposed", "decided", "decided", "closed", "open"]
    events = shown(ledger).events
    assert [item.kind.value for item in events] == [
        "opened",
        "statement",
        "proposal",
        "decision",
        "note",
        "closing",
        "reopening",
    ]
    assert [item.author for item in events[:4]] == [None, "unit", "office", "leader"]
    with read_session(ledger) as session:
        actions = list(session.scalars(sa.select(col(AuditEntry.action)).order_by(col(AuditEntry.id))))
        assert actions[-2:] == ["cases:closing", "cases:reopening"]
        assert verify_chain(session).broken_at is None


def test_a_decision_needs_a_proposal(ledger):
    do(ledger, cases.state_case, UNIT_ACTOR)
    with pytest.raises(ConflictError):
        do(ledger, cases.decide, LEADER_ACTOR)


def test_a_decision_waits_for_the_units_say_or_the_reason_there_is_none(ledger):
    do(ledger, cases.propose_measure, OFFICE_ACTOR)
    with pytest.raises(InputError) as refused:
        do(ledger, cases.decide, LEADER_ACTOR)
    assert set(refused.value.problems) == {"no_statement_reason"}
    do(ledger, cases.decide, LEADER_ACTOR, no_statement_reason="两次书面通知均未答复")
    kinds = [item.kind for item in shown(ledger).events]
    assert kinds[-2:] == [CaseEventKind.NOTE, CaseEventKind.DECISION]


def test_the_office_decides_milder_measures_itself_but_no_circular(ledger):
    do(ledger, cases.state_case, UNIT_ACTOR)
    do(ledger, cases.propose_measure, OFFICE_ACTOR, measure=Measure.SUPERVISION_NOTICE, clause="")
    with pytest.raises(ForbiddenError):
        do(ledger, cases.decide, OFFICE_ACTOR, measure=Measure.CIRCULAR)
    do(ledger, cases.decide, OFFICE_ACTOR, measure=Measure.SUPERVISION_NOTICE)
    assert shown(ledger).stage is CaseStage.DECIDED


@pytest.mark.parametrize(
    ("step", "values", "fields"),
    [
        (cases.propose_measure, {"text": " ", "clause": "条" * 61}, {"text", "clause"}),
        (
            cases.decide,
            {"text": "", "document_number": "号" * 61, "reply_due_on": TODAY, "no_statement_reason": "无"},
            {"text", "document_number", "reply_due_on"},
        ),
        (cases.note, {"text": "长" * 4001}, {"text"}),
        (cases.close, {"text": ""}, {"text"}),
    ],
)
def test_wrong_input_is_named_field_by_field(ledger, step, values, fields):
    if step is cases.decide:
        do(ledger, cases.propose_measure, OFFICE_ACTOR)
    with pytest.raises(InputError) as refused:
        do(ledger, step, LEADER_ACTOR if step is cases.decide else OFFICE_ACTOR, **values)
    assert set(refused.value.problems) == fields


@pytest.mark.parametrize(
    ("step", "actor"),
    [
        (cases.state_case, STRANGER_ACTOR),
        (cases.state_case, OFFICE_ACTOR),
        (cases.propose_measure, UNIT_ACTOR),
        (cases.propose_measure, LEADER_ACTOR),
        (cases.propose_measure, Actor(1, "office", Role.OFFICE, Scope(plan_id=PLAN + 1))),
        (cases.decide, UNIT_ACTOR),
        (cases.note, UNIT_ACTOR),
        (cases.note, Actor(None, "scheduler", None)),
        (cases.close, LEADER_ACTOR),
        (cases.close, Actor(1, "auditor", Role.AUDITOR)),
    ],
)
def test_a_step_that_is_not_theirs_is_refused(ledger, step, actor):
    do(ledger, cases.state_case, UNIT_ACTOR)
    if step is cases.decide:
        do(ledger, cases.propose_measure, OFFICE_ACTOR)
    with pytest.raises(ForbiddenError):
        do(ledger, step, actor)


@pytest.mark.parametrize(
    ("step", "actor"),
    [
        (cases.state_case, UNIT_ACTOR),
        (cases.propose_measure, OFFICE_ACTOR),
        (cases.decide, LEADER_ACTOR),
        (cases.close, OFFICE_ACTOR),
    ],
)
def test_a_closed_case_takes_notes_and_reopening_only(ledger, step, actor):
    do(ledger, cases.close, OFFICE_ACTOR)
    with pytest.raises(ConflictError):
        do(ledger, step, actor)
    do(ledger, cases.note, OFFICE_ACTOR)
    do(ledger, cases.reopen, OFFICE_ACTOR)
    with pytest.raises(ConflictError):
        do(ledger, cases.reopen, OFFICE_ACTOR)


def test_a_case_that_does_not_exist_is_not_found(ledger):
    with pytest.raises(NotFoundError):
        do(ledger, cases.note, OFFICE_ACTOR, case_id=99)


def test_the_page_of_a_case_shows_lateness_against_both_dates(ledger):
    extend(ledger, 1, TODAY - days(5), now=NOW)
    (item,) = shown(ledger).milestones
    assert (item.days_late_original, item.days_late_effective) == (40, 5)
    assert (item.case_due_on, item.effective_due_on) == (TODAY - days(40), TODAY - days(5))
    assert item.standing is Standing.OVERDUE
    assert not shown(ledger).all_settled


def test_a_reader_sees_only_the_cases_in_scope(ledger):
    for scope, count in (
        (Scope(), 1),
        (Scope(plan_id=PLAN), 1),
        (Scope(plan_id=PLAN + 1), 0),
        (Scope(organization_id=UNIT), 1),
        (Scope(organization_id=OTHER_UNIT), 0),
    ):
        with read_session(ledger) as session:
            assert len(reads.list_cases(session, scope, CaseFilter(), today=TODAY).rows) == count
            assert reads.count_open(session, scope) == count
            assert (reads.find_case(session, scope, CASE, role=None, today=TODAY) is not None) == bool(count)


def test_the_list_of_cases_filters_and_pages(ledger):
    for _ in range(4):
        add_milestone(ledger, TODAY - days(50))
    scan_on(ledger, TODAY + days(1))
    do(ledger, cases.propose_measure, OFFICE_ACTOR)
    with read_session(ledger) as session:
        seen, after = [], None
        while True:
            page = reads.list_cases(session, Scope(), CaseFilter(), after, today=TODAY, limit=2)
            seen += [item.id for item in page.rows]
            if page.next is None:
                break
            after = page.next
        assert seen == [5, 4, 3, 2, 1]
        for wanted, count in (
            (CaseFilter(stage=CaseStage.PROPOSED), 1),
            (CaseFilter(measure=Measure.CIRCULAR), 1),
            (CaseFilter(measure=Measure.INTERVIEW), 0),
            (CaseFilter(organization_id=UNIT, plan_id=PLAN), 5),
        ):
            assert len(reads.list_cases(session, Scope(), wanted, today=TODAY).rows) == count
        (row,) = reads.cases_of_milestone(session, Scope(), 1, today=TODAY)
        assert (row.number, row.milestones, row.days_late) == ("trial-2025-2026-001", 1, 40)
