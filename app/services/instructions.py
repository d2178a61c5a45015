"""Leaders' instructions (批示) on milestones: issued, answered, sent back, settled; each is one fact."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.instructions import InstructionFinding, Party, StepFact, finding, may_happen, may_take
from app.domain.vocabulary import InstructionStepKind, Role
from app.models import Instruction, InstructionStep, Organization
from app.queries import instructions
from app.services import audit, evidence
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of, milestone_in_scope
from app.services.turns import take_turn

MAX_TEXT, MAX_LEADER = 2000, 60
SAME_WITHIN = timedelta(minutes=1)
_EARLIEST, _LATEST = date(1949, 10, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class InstructionInput:
    """What a leader wrote, to which unit, and by when it asks for an answer; `leader` counts for the office only."""

    organization_id: int
    text: str
    issued_on: date
    reply_due_on: date
    leader: str = ""


@dataclass(frozen=True, slots=True)
class _Matter:
    """An instruction as somebody finds it who may take a step."""

    instruction: Instruction
    plan_id: int
    finding: InstructionFinding


def issue(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: InstructionInput,
    files: list[StoredUpload],
    *,
    now: datetime,
) -> int:
    """Put an instruction on record and return its id: a leader's own, or what the office has from a leader on paper.

    Raises: InputError naming each field; ConflictError when the same words were sent a moment ago; NotFoundError.
    """
    take_turn(session)
    milestone = milestone_in_scope(session, actor, milestone_id)
    leader = actor.name if actor.role is Role.LEADER else given.leader
    if problems := _problems(session, milestone_id, given, leader, local_day(now)):
        raise InputError(problems)
    _refuse_second_click(session, actor, milestone_id, given, now)
    row = Instruction(
        milestone_id=milestone_id,
        organization_id=given.organization_id,
        leader=leader,
        issued_on=given.issued_on,
        text=given.text,
        reply_due_on=given.reply_due_on,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    digests = evidence.attach(session, row.author_id, files, milestone_id=milestone_id, instruction_id=row.id, now=now)
    unit = session.get_one(Organization, given.organization_id).name
    after = {"leader": leader, "organization": unit, **_stands(finding(given.reply_due_on, ()))}
    _audit(session, actor, "create", row, milestone.plan_id, now, text=given.text, evidence=digests, after=after)
    assert row.id is not None
    return row.id


def reply(
    session: Session, actor: Actor, instruction_id: int, *, text: str, files: list[StoredUpload], now: datetime
) -> None:
    """Answer an instruction for its addressee. Raises: as settle."""
    matter = _matter(session, actor, instruction_id, InstructionStepKind.REPLY)
    _refuse(_text_problems(text))
    _append(session, actor, matter, InstructionStepKind.REPLY, text, files, now)


def send_back(
    session: Session,
    actor: Actor,
    instruction_id: int,
    *,
    text: str,
    reply_due_on: date | None,
    files: list[StoredUpload],
    now: datetime,
) -> None:
    """Send an answer back with the reason and a new limit. Raises: as settle."""
    matter = _matter(session, actor, instruction_id, InstructionStepKind.RETURN)
    problems = _text_problems(text)
    if reply_due_on is None:
        problems["reply_due_on"] = msg("name the day by which an answer is due")
    elif reply_due_on < local_day(now):
        problems["reply_due_on"] = msg("the new limit lies in the past")
    elif reply_due_on > _LATEST:
        problems["reply_due_on"] = msg("check the year")
    _refuse(problems)
    _append(session, actor, matter, InstructionStepKind.RETURN, text, files, now, reply_due_on=reply_due_on)


def settle(
    session: Session, actor: Actor, instruction_id: int, *, text: str, files: list[StoredUpload], now: datetime
) -> None:
    """Accept the answer: the instruction is settled.

    Raises: NotFoundError; ForbiddenError for those who may not take this step; ConflictError when somebody was
    faster, or the step is not possible now; InputError naming each field.
    """
    matter = _matter(session, actor, instruction_id, InstructionStepKind.ACCEPT)
    _refuse(_text_problems(text))
    _append(session, actor, matter, InstructionStepKind.ACCEPT, text, files, now)


def party_of(actor: Actor, organization_id: int, office_id: int) -> Party:
    """Return what somebody is to an instruction: a unit its addressee, an office where it went to the office."""
    own = office_id if actor.role is Role.OFFICE else actor.scope.organization_id
    return Party(actor.role, own == organization_id)


def _matter(session: Session, actor: Actor, instruction_id: int, step: InstructionStepKind) -> _Matter:
    """Return an instruction when the actor may take the step there and now; the turn keeps others away."""
    take_turn(session)
    plan = instructions.plan_of(session, actor.scope, instruction_id)
    if plan is None or plan.id is None:
        raise NotFoundError(msg("There is no such instruction in your scope."))
    row = session.get_one(Instruction, instruction_id)
    if not may_take(party_of(actor, row.organization_id, plan.office_id), step):
        raise ForbiddenError(msg("This step is somebody else's: the addressee answers, another one settles."))
    now_standing = finding(row.reply_due_on, _steps(session, instruction_id))
    if not may_happen(now_standing.state, step):
        raise ConflictError(
            msg("Somebody was faster, or this step is not possible now. Look at the instruction again.")
        )
    return _Matter(row, plan.id, now_standing)


def _steps(session: Session, instruction_id: int) -> list[StepFact]:
    query = sa.select(col(InstructionStep.kind), col(InstructionStep.recorded_at), col(InstructionStep.reply_due_on))
    query = query.where(col(InstructionStep.instruction_id) == instruction_id)
    rows = session.execute(query.order_by(col(InstructionStep.id)))
    return [StepFact(kind, local_day(at), limit) for kind, at, limit in rows]


def _append(
    session: Session,
    actor: Actor,
    matter: _Matter,
    kind: InstructionStepKind,
    text: str,
    files: list[StoredUpload],
    now: datetime,
    *,
    reply_due_on: date | None = None,
) -> None:
    row = matter.instruction
    assert row.id is not None
    step = InstructionStep(
        instruction_id=row.id,
        kind=kind,
        text=text,
        reply_due_on=reply_due_on,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    digests = evidence.attach(
        session, step.author_id, files, milestone_id=row.milestone_id, instruction_step_id=step.id, now=now
    )
    after = finding(row.reply_due_on, _steps(session, row.id))
    _audit(
        session,
        actor,
        _TAGS[kind],
        row,
        matter.plan_id,
        now,
        text=text,
        evidence=digests,
        before=_stands(matter.finding),
        after=_stands(after),
    )


_TAGS = {
    InstructionStepKind.REPLY: "reply",
    InstructionStepKind.RETURN: "return",
    InstructionStepKind.ACCEPT: "settle",
}


def _audit(
    session: Session, actor: Actor, tag: str, row: Instruction, plan_id: int, now: datetime, **detail: Any
) -> None:
    subject = f"instructions/{row.id}"
    detail["milestone"] = row.milestone_id
    audit.record(session, actor, f"instructions:{tag}", subject, now=now, plan_id=plan_id, **detail)


def _stands(found: InstructionFinding) -> dict[str, Any]:
    return {"state": found.state, "reply_due_on": found.reply_due_on}


def _problems(
    session: Session, milestone_id: int, given: InstructionInput, leader: str, today: date
) -> dict[str, Message]:
    problems = _text_problems(given.text)
    if not leader:
        problems["leader"] = msg("name the leader who wrote it")
    elif len(leader) > MAX_LEADER:
        problems["leader"] = msg("at most %(count)s characters", count=MAX_LEADER)
    if given.organization_id not in {item.id for item in instructions.possible_addressees(session, milestone_id)}:
        problems["addressee"] = msg("choose one of the list")
    if given.issued_on > today:
        problems["issued_on"] = msg("this day has not come yet")
    elif given.issued_on < _EARLIEST:
        problems["issued_on"] = msg("check the year")
    if given.reply_due_on < given.issued_on:
        problems["reply_due_on"] = msg("the limit lies before the day of the instruction")
    elif given.reply_due_on > _LATEST:
        problems["reply_due_on"] = msg("check the year")
    return problems


def _refuse_second_click(
    session: Session, actor: Actor, milestone_id: int, given: InstructionInput, now: datetime
) -> None:
    """Raises: ConflictError when the same person has just sent the same words to the same unit."""
    query = sa.select(col(Instruction.id)).where(
        col(Instruction.milestone_id) == milestone_id,
        col(Instruction.organization_id) == given.organization_id,
        col(Instruction.author_id) == author_of(actor),
        col(Instruction.text) == given.text,
        col(Instruction.recorded_at) > now - SAME_WITHIN,
    )
    if session.scalar(query.limit(1)) is not None:
        raise ConflictError(msg("This very instruction was recorded a moment ago; it was not recorded a second time."))


def _text_problems(text: str) -> dict[str, Message]:
    if not text:
        return {"text": msg("fill in this field")}
    if len(text) > MAX_TEXT:
        return {"text": msg("at most %(count)s characters", count=MAX_TEXT)}
    return {}


def _refuse(problems: dict[str, Message]) -> None:
    if problems:
        raise InputError(problems)
