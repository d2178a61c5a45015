"""Steps of a case: every stage is reached, every step that is not due or not theirs is refused."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.case_replies import ReplyState
from app.domain.case_tasks import CaseParty, CaseTask, TimelineKind
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.rectifications import RectificationState, RectificationStepKind
from app.domain.vocabulary import Measure, Role, Standing
from app.models import AuditEntry, CaseEvent
from app.queries import cases as reads
from app.queries import rectifications as items
from app.queries.audit import verify_chain
from app.queries.case_detail import CaseDetail, find_case
from app.queries.case_scope import CaseFilter
from app.queries.case_timeline import timeline
from app.services import cases, rectifications
from app.services.case_closings import ClosingReport, check, close, plan_follow_up
from app.services.case_limits import Limit
from app.services.case_replies import accept_reply, give_reply, return_reply
from app.services.cases import Decision
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
from tests.support.laid import laid

CASE = 1
NOW = noon(TODAY)
REPORT = ClosingReport("逾期四十天", "予以通报", "已建成", "结〔2026〕1号")


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a database with one open case."""
    laid(engine, lay_case)
    return engine


def lay_case(engine: Engine) -> None:
    lay_plan(engine)
    add_milestone(engine, TODAY - days(40))
    scan_on(engine, TODAY)


def do(engine: Engine, step: Callable[..., CaseEvent], actor: Actor, **values: Any) -> None:
    """Take a step in its own transaction, with plain values where none are given."""
    given: dict[str, Any] = {"text": "说明", "now": NOW}
    if step is cases.propose_measure:
        given |= {"measure": Measure.CIRCULAR, "clause": "五(四)"}
    if step is cases.decide:
        told = {name: values.pop(name) for name in Decision.__slots__ if name in values}
        plain = {"measure": Measure.CIRCULAR, "clause": "五(四)", "document_number": "通〔2026〕1号"}
        given["decision"] = Decision(**(plain | told))
    if step is close:
        given["report"] = REPORT
    if step in (give_reply, accept_reply, return_reply):
        given["decision_id"] = decisions(engine)[-1]
    with write_session(engine) as session:
        step(session, actor, values.pop("case_id", CASE), **(given | values))


def decisions(engine: Engine) -> list[int]:
    """Return the ids of the decisions of the case, in their order."""
    query = sa.select(col(CaseEvent.id)).where(col(CaseEvent.kind) == CaseEventKind.DECISION)
    with read_session(engine) as session:
        return [found for found in session.scalars(query.order_by(col(CaseEvent.id))) if found]


def decided(engine: Engine, **values: Any) -> None:
    """Let the unit state its case, the office propose and a leader decide."""
    if shown(engine).stage is CaseStage.OPEN:
        do(engine, cases.state_case, UNIT_ACTOR)
        do(engine, cases.propose_measure, OFFICE_ACTOR)
    do(engine, cases.decide, LEADER_ACTOR, **values)


def shown(engine: Engine, actor: Actor = OFFICE_ACTOR, *, today: date = TODAY) -> CaseDetail:
    with read_session(engine) as session:
        found = find_case(session, actor.scope, CASE, role=actor.role, today=today)
    assert found is not None
    return found


def test_a_case_passes_through_every_stage(ledger):
    stages = [shown(ledger).stage]
    for step, actor in (
        (cases.state_case, UNIT_ACTOR),
        (cases.propose_measure, OFFICE_ACTOR),
        (cases.decide, LEADER_ACTOR),
        (cases.note, LEADER_ACTOR),
        (close, OFFICE_ACTOR),
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
            {"text": "", "document_number": "号" * 61, "limit": Limit(on=TODAY), "no_statement_reason": "无"},
            {"text", "document_number", "reply_due_on"},
        ),
        (cases.note, {"text": "长" * 4001}, {"text"}),
        (close, {"text": ""}, {"text"}),
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
        (close, LEADER_ACTOR),
        (close, Actor(1, "auditor", Role.AUDITOR)),
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
        (close, OFFICE_ACTOR),
    ],
)
def test_a_closed_case_takes_notes_and_reopening_only(ledger, step, actor):
    do(ledger, close, OFFICE_ACTOR)
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
            assert (find_case(session, scope, CASE, role=None, today=TODAY) is not None) == bool(count)


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


def test_a_statement_is_asked_for_by_working_days_and_no_decision_comes_before_without_a_reason(ledger):
    do(ledger, cases.ask_statement, OFFICE_ACTOR, limit=Limit(days=5))
    found = shown(ledger)
    assert (found.statement_due_on, found.events[-1].reply_days) == (date(2026, 11, 27), 5)
    assert (found.next.task, found.next.party) == (CaseTask.STATE, CaseParty.UNIT)
    do(ledger, cases.propose_measure, OFFICE_ACTOR, basis="教督〔2020〕2号")
    with pytest.raises(InputError, match="2026-11-27"):
        do(ledger, cases.decide, LEADER_ACTOR)
    do(ledger, cases.decide, LEADER_ACTOR, now=noon(date(2026, 11, 28)))  # its limit is over: reason enough
    note, decision = shown(ledger).events[-2:]
    assert note.text == "单位未作陈述：陈述期限2026年11月27日已过"
    assert decision.dated_on == date(2026, 11, 28)
    later, limit = noon(date(2026, 11, 28)), Limit(days=1, on=TODAY)
    with pytest.raises(InputError) as refused:
        do(ledger, cases.decide, LEADER_ACTOR, decided_on=TODAY + days(9), limit=limit, now=later)
    assert set(refused.value.problems) == {"decided_on", "reply_due_on"}


def test_each_decision_has_its_reply_which_is_sent_back_and_taken(ledger):
    decided(ledger, limit=Limit(days=5))
    decided(ledger, measure=Measure.INTERVIEW, limit=Limit(on=TODAY + days(20)))
    first, second = decisions(ledger)
    assert [(item.decision.id, item.due_on) for item in shown(ledger).replies] == [
        (second, TODAY + days(20)),
        (first, date(2026, 11, 27)),
    ]
    assert shown(ledger).next.due_on == date(2026, 11, 27)
    later = date(2026, 11, 30)
    overdue = shown(ledger, today=later)
    assert [(item.state, item.days_late) for item in overdue.replies] == [(ReplyState.OWED, 0), (ReplyState.OWED, 3)]
    with read_session(ledger) as session:
        counts = reads.counts(session, Scope(), None, today=later)
        assert (counts.late, counts.replies_overdue, counts.by_party[CaseParty.UNIT]) == (1, 1, 1)
        wanted = CaseFilter(reply_late_on=later, task_late_on=later, party=CaseParty.UNIT)
        (row,) = reads.list_cases(session, Scope(), wanted, today=later).rows
        assert (row.task_late, row.next.task) == (3, CaseTask.REPLY)
    for actor in (STRANGER_ACTOR, LEADER_ACTOR):
        with pytest.raises(ForbiddenError):
            do(ledger, give_reply, actor)
    with pytest.raises(ConflictError):
        do(ledger, accept_reply, OFFICE_ACTOR, decision_id=first)  # none was given
    do(ledger, give_reply, UNIT_ACTOR, decision_id=first)
    do(ledger, return_reply, OFFICE_ACTOR, decision_id=first, reply_due_on=TODAY + days(12))
    do(ledger, give_reply, UNIT_ACTOR, decision_id=first)
    do(ledger, accept_reply, OFFICE_ACTOR, decision_id=first)
    with pytest.raises(NotFoundError):
        do(ledger, give_reply, UNIT_ACTOR, decision_id=first - 1)
    with pytest.raises(ConflictError, match="not yet given or taken: 1"):
        do(ledger, close, OFFICE_ACTOR)
    do(ledger, give_reply, OFFICE_ACTOR, decision_id=second, text="来函收悉")
    do(ledger, accept_reply, OFFICE_ACTOR, decision_id=second)
    assert [item.state for item in shown(ledger).replies] == [ReplyState.ACCEPTED] * 2
    assert shown(ledger).next.task is CaseTask.CLOSE


def test_a_case_with_a_decision_closes_with_its_report_and_a_check_that_fails_opens_it_again(ledger):
    decided(ledger)
    with pytest.raises(InputError) as refused:
        do(ledger, close, OFFICE_ACTOR, report=None, follow_up_on=TODAY)
    assert set(refused.value.problems) == {"found", "decided", "rectified", "document_number", "follow_up_on"}
    do(ledger, close, OFFICE_ACTOR, follow_up_on=TODAY + days(90))
    case = shown(ledger)
    closing = case.last(CaseEventKind.CLOSING)
    assert closing is not None
    assert (closing.found, closing.rectified, closing.document_number) == ("逾期四十天", "已建成", "结〔2026〕1号")
    assert (case.next.task, case.next.due_on) == (CaseTask.FOLLOW_UP, TODAY + days(90))
    then = noon(TODAY + days(91))
    do(ledger, check, OFFICE_ACTOR, holds=True, day=None, now=then)
    assert shown(ledger).next.party is CaseParty.NOBODY
    do(ledger, plan_follow_up, OFFICE_ACTOR, day=TODAY + days(200), now=then)
    with pytest.raises(ForbiddenError):
        do(ledger, check, UNIT_ACTOR, holds=False, day=None)
    inspector = Actor(LEADER_ACTOR.account_id, "inspector", Role.INSPECTOR)
    do(ledger, check, inspector, holds=False, day=TODAY + days(92), now=noon(TODAY + days(200)))
    case = shown(ledger)
    assert (case.stage, case.since_on, case.next.task) == (CaseStage.OPEN, TODAY + days(200), CaseTask.PROPOSE)


def test_an_item_is_rectified_by_its_owner_and_closed_out_by_somebody_else(ledger):
    decided(ledger)

    def step(kind, actor, **values):
        with write_session(ledger) as session:
            rectifications.take_step(session, actor, 1, kind, text="说明", now=NOW, **values)

    def state():
        with read_session(ledger) as session:
            (row,) = items.of_case(session, CASE)
            return row.state

    assign(ledger)
    assert (shown(ledger).stage, shown(ledger).next.task) == (CaseStage.RECTIFYING, CaseTask.RECTIFY)
    with pytest.raises(ConflictError, match="not closed out: 1"):
        do(ledger, close, OFFICE_ACTOR)
    with pytest.raises(NotFoundError):
        step(RectificationStepKind.REPORT, STRANGER_ACTOR)
    with pytest.raises(ForbiddenError):
        step(RectificationStepKind.ACCEPT, UNIT_ACTOR)
    with pytest.raises(InputError, match="2026-12-02"):
        step(RectificationStepKind.EXTEND, OFFICE_ACTOR, due_on=TODAY + days(10))
    step(RectificationStepKind.EXTEND, OFFICE_ACTOR, due_on=TODAY + days(20))
    step(RectificationStepKind.REPORT, OFFICE_ACTOR)
    with pytest.raises(ForbiddenError, match="another account"):
        step(RectificationStepKind.ACCEPT, OFFICE_ACTOR)
    step(RectificationStepKind.RETURN, OFFICE_ACTOR)
    step(RectificationStepKind.REPORT, UNIT_ACTOR)
    assert state() is RectificationState.DONE
    step(RectificationStepKind.ACCEPT, OFFICE_ACTOR)
    with pytest.raises(ConflictError):
        step(RectificationStepKind.CANCEL, OFFICE_ACTOR)
    assert (state(), shown(ledger).stage) == (RectificationState.CLOSED, CaseStage.DECIDED)
    with read_session(ledger) as session:
        item = items.find_item(session, UNIT_ACTOR.scope, 1)
        assert items.find_item(session, STRANGER_ACTOR.scope, 1) is None
        entries = timeline(session, CASE, oldest_first=True)
        ours = timeline(session, CASE, kind=TimelineKind.RECTIFICATION)
    assert item is not None
    assert [(told.kind.value, told.author) for told in item.steps][-2:] == [("report", "unit"), ("accept", "office")]
    assert (item.row.first_due_on, item.row.due_on) == (TODAY + days(10), TODAY + days(20))
    assert {entry.kind for entry in entries} >= {TimelineKind.CASE, TimelineKind.ALERT, TimelineKind.RECTIFICATION}
    assert [entry.day for entry in entries] == sorted(entry.day for entry in entries)
    assert [entry.step for entry in ours][-1] is None  # assigned
    do(ledger, close, OFFICE_ACTOR)
    do(ledger, cases.reopen, OFFICE_ACTOR)
    with pytest.raises(ConflictError):
        assign(ledger)  # nothing is decided in this round


def assign(engine: Engine, *, case_id: int | None = CASE, milestone_id: int = 1, **values: Any) -> int:
    plain: dict[str, Any] = {"organization_id": UNIT, "person": "王某", "source": "决定", "problem": "未完工"}
    plain |= {"measure": "加快施工", "due_on": TODAY + days(10)}
    given = rectifications.Assignment(milestone_id=milestone_id, **(plain | values))
    with write_session(engine) as session:
        return rectifications.assign(session, OFFICE_ACTOR, given, now=NOW, case_id=case_id)


def test_an_item_comes_from_a_milestone_too_and_wrong_input_is_named(ledger):
    number = assign(ledger, case_id=None)
    with pytest.raises(ConflictError, match="a moment ago"):
        assign(ledger, case_id=None)
    with pytest.raises(InputError) as refused:
        assign(ledger, case_id=None, organization_id=OTHER_UNIT, person="", due_on=TODAY, problem="字" * 2001)
    assert set(refused.value.problems) == {"organization", "person", "due_on", "problem"}
    with write_session(ledger) as session:
        rectifications.take_step(session, OFFICE_ACTOR, number, RectificationStepKind.CANCEL, text="误列", now=NOW)
    with read_session(ledger) as session:
        (row,) = items.of_milestone(session, Scope(), 1)
        assert (row.state, row.case_id) == (RectificationState.CANCELLED, None)
        overdue = items.ItemFilter(overdue=True)
        assert items.list_items(session, Scope(), overdue, today=TODAY + days(30)).count == 0
    assert shown(ledger).stage is CaseStage.OPEN
