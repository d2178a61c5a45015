"""Leaders' instructions: on record under the leader's name, answered by the addressee, settled once by another one."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col

from app.core.database import BusyError, read_session, write_session
from app.core.settings import Settings
from app.domain.access import Scope
from app.domain.instructions import InstructionState
from app.models import AuditEntry, InstructionStep, Organization
from app.queries import instruction_list as lists
from app.queries import instructions as reads
from app.services import evidence, instructions
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from app.services.instructions import InstructionInput
from tests.jobs.ledger import (
    HELPER,
    LEADER_ACTOR,
    OFFICE,
    OFFICE_ACTOR,
    OTHER_UNIT,
    PLAN,
    STRANGER_ACTOR,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    add_milestone,
    days,
    lay_plan,
    noon,
)
from tests.support.laid import laid

NOW = noon(TODAY)
WHOLE = Scope()
GIVEN = InstructionInput(UNIT, "（虚构）请查明进度滞后的原因。", TODAY, TODAY + days(5))


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a plan with one milestone: UNIT is responsible, HELPER supports."""
    laid(engine, lay_one)
    return engine


def lay_one(engine: Engine) -> None:
    lay_plan(engine)
    add_milestone(engine, TODAY + days(100), supporting=(HELPER,))


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with write_session(ledger) as session:
        yield session


def issued(session: Session, actor: Any = LEADER_ACTOR, *, files: Any = (), at: Any = NOW, **changes: Any) -> int:
    return instructions.issue(session, actor, 1, replace(GIVEN, **changes), list(files), now=at)


def replied(session: Session, instruction_id: int, actor: Any = UNIT_ACTOR, at: Any = NOW) -> None:
    instructions.reply(session, actor, instruction_id, text="已查明", files=[], now=at)


def settled(session: Session, instruction_id: int, actor: Any = OFFICE_ACTOR) -> None:
    instructions.settle(session, actor, instruction_id, text="属实", files=[], now=NOW)


def found(session: Session, instruction_id: int, scope: Scope = WHOLE) -> reads.InstructionRow:
    item = reads.find_instruction(session, scope, instruction_id)
    assert item is not None
    return item


def problems(call: Any, *args: Any, **named: Any) -> set[str]:
    with pytest.raises(InputError) as refused:
        call(*args, **named)
    return set(refused.value.problems)


def test_the_supervisor_of_a_unit_reads_what_it_is_told_and_does_not_answer_for_it(session: Session):
    instruction = issued(session)
    above = Scope(organization_id=OTHER_UNIT)
    assert reads.find_instruction(session, above, instruction) is None
    session.execute(sa.update(Organization).where(col(Organization.id) == UNIT).values(supervisor_id=OTHER_UNIT))
    assert found(session, instruction, above).id == instruction
    with pytest.raises(ForbiddenError):
        replied(session, instruction, STRANGER_ACTOR)


def test_an_instruction_goes_from_open_to_settled_and_the_trail_tells_each_step(session: Session, tmp_path: Path):
    files = evidence.receive([evidence.Upload("批示.pdf", b"%PDF-1.4\n%%EOF\n")], Settings(data_dir=tmp_path))
    own = issued(session, files=files)
    replied(session, own, at=noon(TODAY + days(6)))
    limit = TODAY + days(20)
    instructions.send_back(session, OFFICE_ACTOR, own, text="说明不清", reply_due_on=limit, files=[], now=NOW)
    replied(session, own)
    settled(session, own, LEADER_ACTOR)
    item = found(session, own)
    assert (item.leader, item.finding.state, item.finding.reply_due_on) == ("leader", InstructionState.SETTLED, limit)
    assert [file.filename for file in item.files] == ["批示.pdf"]
    assert [step.kind for step in item.steps] == ["reply", "return", "reply", "accept"]
    rows = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [row.action for row in rows] == [
        f"instructions:{tag}" for tag in ("create", "reply", "return", "reply", "settle")
    ]
    detail = json.loads(rows[2].detail)
    assert (detail["before"]["state"], detail["after"]["state"]) == ("replied", "open")
    assert (detail["before"]["reply_due_on"], detail["after"]["reply_due_on"]) == (str(TODAY + days(5)), str(limit))
    assert json.loads(rows[0].detail)["evidence"] == [files[0].sha256]


def test_the_office_enters_what_a_named_leader_wrote_on_paper(session: Session):
    assert problems(issued, session, OFFICE_ACTOR) == {"leader"}
    on_paper = issued(
        session, OFFICE_ACTOR, leader="张副市长", issued_on=TODAY - days(30), reply_due_on=TODAY - days(1)
    )
    item = found(session, on_paper)
    assert (item.leader, item.author, item.finding.days_late(TODAY)) == ("张副市长", "office", 1)
    assert found(session, issued(session, leader="冒名")).leader == "leader"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": ""}, {"text"}),
        ({"text": "长" * 2001}, {"text"}),
        ({"organization_id": OTHER_UNIT}, {"addressee"}),
        ({"organization_id": 4000}, {"addressee"}),
        ({"issued_on": TODAY + days(1)}, {"issued_on"}),
        ({"reply_due_on": TODAY - days(1)}, {"reply_due_on"}),
        ({"issued_on": TODAY.replace(year=1), "reply_due_on": TODAY.replace(year=9999)}, {"issued_on", "reply_due_on"}),
    ],
    ids=lambda value: "+".join(sorted(value)),
)
def test_what_cannot_be_taken_is_named_by_field(session: Session, changes: dict[str, Any], fields: set[str]):
    assert problems(issued, session, **changes) == fields


def test_only_the_addressee_answers_and_nobody_settles_an_own_answer(session: Session):
    own, to_office = issued(session), issued(session, organization_id=OFFICE)
    for actor in (OFFICE_ACTOR, LEADER_ACTOR):
        with pytest.raises(ForbiddenError):
            replied(session, own, actor)
    with pytest.raises(NotFoundError):
        replied(session, own, STRANGER_ACTOR)
    with pytest.raises(ForbiddenError):
        replied(session, to_office)
    replied(session, own)
    replied(session, to_office, OFFICE_ACTOR)
    for instruction_id, actor in ((own, UNIT_ACTOR), (to_office, OFFICE_ACTOR)):
        with pytest.raises(ForbiddenError):
            settled(session, instruction_id, actor)
    settled(session, to_office, LEADER_ACTOR)
    with pytest.raises(NotFoundError):
        settled(session, 4000)


def test_a_step_at_the_wrong_time_or_sent_twice_is_refused_and_says_so(session: Session):
    own = issued(session)
    with pytest.raises(ConflictError):
        issued(session)
    issued(session, at=NOW + timedelta(minutes=2))
    with pytest.raises(ConflictError):
        settled(session, own)
    replied(session, own)
    with pytest.raises(ConflictError):
        replied(session, own)
    back = {"files": [], "now": NOW}
    assert problems(instructions.send_back, session, OFFICE_ACTOR, own, text="", reply_due_on=None, **back) == {
        "text",
        "reply_due_on",
    }
    past = TODAY - days(1)
    assert problems(instructions.send_back, session, OFFICE_ACTOR, own, text="否", reply_due_on=past, **back) == {
        "reply_due_on"
    }


def test_two_settle_at_once_and_one_of_them_is_told(ledger: Engine):
    with write_session(ledger) as session:
        own = issued(session)
        replied(session, own)

    def attempt(actor: Any) -> str:
        try:
            with write_session(ledger) as session:
                settled(session, own, actor)
        except (ConflictError, BusyError) as refused:
            return type(refused).__name__
        return "settled"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, (OFFICE_ACTOR, LEADER_ACTOR)))
    assert sorted(outcomes) == ["ConflictError", "settled"]
    with read_session(ledger) as session:
        assert len(found(session, own).steps) == 2


def test_the_list_shows_overdue_ones_first_and_narrows(session: Session):
    late = {"issued_on": TODAY - days(9), "reply_due_on": TODAY - days(2)}
    soon, overdue, answered, done, office = (
        issued(session),
        issued(session, text="（虚构）其二", **late),
        issued(session, text="（虚构）其三", **late),
        issued(session, text="（虚构）其四"),
        issued(session, organization_id=OFFICE, reply_due_on=TODAY + days(9)),
    )
    for item in (answered, done):
        replied(session, item)
    settled(session, done)
    for wanted, scope, expected in (
        ({}, Scope(), [overdue, soon, office, answered, done]),
        ({"wanted": lists.Wanted.OPEN}, Scope(PLAN), [overdue, soon, office]),
        ({"wanted": lists.Wanted.OVERDUE}, Scope(), [overdue]),
        ({"wanted": lists.Wanted.REPLIED}, Scope(), [answered]),
        ({"wanted": lists.Wanted.SETTLED}, Scope(), [done]),
        ({"organization_id": OFFICE}, Scope(), [office]),
        ({}, Scope(organization_id=UNIT), [overdue, soon, answered, done]),
        ({}, Scope(organization_id=HELPER), []),
        ({}, Scope(PLAN + 1), []),
        ({"plan_id": PLAN + 1}, Scope(), []),
    ):
        rows = lists.list_instructions(session, scope, lists.InstructionFilter(**wanted), today=TODAY, number=9).rows
        assert [row.id for row in rows] == expected, (wanted, scope)
    assert lists.count_awaited(session, Scope(), TODAY) == lists.Awaited(3, 1)
    assert lists.count_awaited(session, Scope(organization_id=HELPER), TODAY) == lists.Awaited(0, 0)
    assert [item.id for item in reads.possible_addressees(session, 1)] == [UNIT, HELPER, OFFICE]
    assert {item.id for item in lists.addressees(session, Scope())} == {UNIT, OFFICE}
    assert reads.find_instruction(session, Scope(organization_id=HELPER), office) is not None
    assert reads.find_instruction(session, Scope(organization_id=OTHER_UNIT), office) is None


def test_a_past_moment_shows_what_was_on_record_then(session: Session):
    own = issued(session)
    replied(session, own, at=NOW + timedelta(hours=1))
    assert reads.of_milestone(session, 1, NOW) == ()
    (then,) = reads.of_milestone(session, 1, NOW + timedelta(minutes=1))
    assert (then.finding.state, then.steps) == (InstructionState.OPEN, ())
    (now,) = reads.of_milestone(session, 1)
    assert now.finding.state is InstructionState.REPLIED


def test_a_step_is_a_fact_that_nobody_changes(ledger: Engine):
    with write_session(ledger) as session:
        replied(session, issued(session))

    def rewrite() -> None:
        with write_session(ledger) as session:
            session.execute(sa.update(InstructionStep).values(text="改写"))

    with pytest.raises(DatabaseError):
        rewrite()
