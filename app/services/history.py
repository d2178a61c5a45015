"""Say in bulk what became of milestones due before tracking began: done, or taken up as open; and take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Action, Actor, may
from app.domain.closings import circumstances
from app.domain.decisions import may_decide
from app.domain.standing import judge
from app.domain.vocabulary import DecisionKind, Standing
from app.models import MilestoneDecision
from app.queries import facts, history
from app.services import decisions, standing_changes
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of
from app.services.turns import take_turn

_NAMED = 5  # milestones named in a refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """What was said together: its id, and of how many milestones."""

    batch_id: str
    count: int


def confirm(
    session: Session,
    actor: Actor,
    milestone_ids: Sequence[int],
    *,
    reached_on: date | None,
    note: str,
    files: Sequence[StoredUpload],
    now: datetime,
) -> Batch:
    """Confirm unconfirmed milestones as reached, each on `reached_on` or (None) on its own due day; all or none.

    Raises: InputError naming each field; NotFoundError; ConflictError when one of them is not unconfirmed any more.
    """
    problems = _problems(milestone_ids)
    if not note:
        problems["note"] = msg("name the source that proves it")
    if reached_on is not None and reached_on > local_day(now):
        problems["reached_on"] = msg("this day has not come yet")
    if not files:
        problems["evidence"] = msg("attach at least one file that proves it")
    if problems:
        raise InputError(problems)
    return _say(session, actor, milestone_ids, DecisionKind.CONFIRM_HISTORY, reached_on, note, files, now)


def take_up(
    session: Session,
    actor: Actor,
    milestone_ids: Sequence[int],
    *,
    note: str,
    files: Sequence[StoredUpload] = (),
    now: datetime,
) -> Batch:
    """Take up unconfirmed milestones as open: from then on they are judged and urged by their dates; all or none.

    Raises: InputError naming each field; NotFoundError; ConflictError when one of them is not unconfirmed any more.
    """
    problems = _problems(milestone_ids)
    if not note:
        problems["note"] = msg("say why it is taken up as open")
    if problems:
        raise InputError(problems)
    return _say(session, actor, milestone_ids, DecisionKind.TAKE_UP, None, note, files, now)


def take_back(session: Session, actor: Actor, batch_id: str, *, now: datetime) -> int:
    """Take back what a batch said of every milestone, and return of how many; all or none.

    Raises: NotFoundError; ForbiddenError; ConflictError when it was taken back already, or naming the milestones on
    which something was recorded since.
    """
    take_turn(session)
    _refuse_others(actor)
    said = history.said_in(session, actor.scope, batch_id)
    if not said:
        raise NotFoundError(msg("There is no such batch."))
    if undone := history.taken_back(session, [batch_id]):
        raise ConflictError(msg("%(name)s has taken this back already.", name=undone[batch_id][1]))
    if later := history.titles(session, _with_later_facts(session, said, local_day(now))):
        raise ConflictError(
            msg(
                "Nothing was taken back: on %(count)s of these milestones something was recorded since (%(titles)s).",
                count=len(later),
                titles="；".join(later[:_NAMED]) + ("…" if len(later) > _NAMED else ""),
            )
        )
    undoing = [
        (_decision(actor, item.milestone_id, DecisionKind.TAKE_BACK, batch_id, now), item.plan_id) for item in said
    ]
    added = decisions.append_all(session, actor, undoing)
    standing_changes.record(session, actor, added, now=now)
    return len(said)


def _with_later_facts(session: Session, said: Sequence[history.Said], today: date) -> set[int]:
    """Return the milestones on which anything was recorded since."""
    policies = facts.policies(session)
    gathered = facts.gather(session, [item.milestone_id for item in said])
    found = history.with_later_facts(session, said)
    for item in gathered:
        standing = judge(item.facts, today, policies[item.plan_id]).standing
        if not may_decide(DecisionKind.TAKE_BACK, standing, circumstances=circumstances(item.facts, today)):
            found.add(item.milestone_id)
    return found


def _problems(milestone_ids: Sequence[int]) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if not milestone_ids:
        problems["milestone"] = msg("tick at least one milestone")
    if len(set(milestone_ids)) > history.MOST:
        problems["milestone"] = msg("at most %(count)s at once", count=history.MOST)
    return problems


def _say(
    session: Session,
    actor: Actor,
    milestone_ids: Sequence[int],
    kind: DecisionKind,
    reached_on: date | None,
    note: str,
    files: Sequence[StoredUpload],
    now: datetime,
) -> Batch:
    take_turn(session)
    _refuse_others(actor)
    waiting = _unconfirmed(session, actor, sorted(set(milestone_ids)), local_day(now))
    on_due_day = kind is DecisionKind.CONFIRM_HISTORY and reached_on is None
    if on_due_day and any(item.facts.effective_due.due_on > local_day(now) for item in waiting):
        raise InputError({"reached_on": msg("this day has not come yet")})
    batch_id = str(uuid4())
    said = []
    for item in waiting:
        decision = _decision(actor, item.milestone_id, kind, batch_id, now, note)
        if kind is DecisionKind.CONFIRM_HISTORY:
            decision.reached_on = reached_on or item.facts.effective_due.due_on
        said.append((decision, item.plan_id))
    added = decisions.append_all(session, actor, said, files)
    standing_changes.record(session, actor, added, now=now)
    return Batch(batch_id, len(waiting))


def _unconfirmed(session: Session, actor: Actor, milestone_ids: Sequence[int], today: date) -> list[facts.Gathered]:
    """Return the facts of unconfirmed milestones in scope. Raises: NotFoundError, ConflictError."""
    policies = facts.policies(session)
    gathered = facts.gather(session, milestone_ids)
    if len([item for item in gathered if actor.scope.holds_plan(item.plan_id)]) < len(milestone_ids):
        raise NotFoundError(msg("There is no such milestone in your scope."))
    if any(judge(item.facts, today, policies[item.plan_id]).standing is not Standing.UNCONFIRMED for item in gathered):
        raise ConflictError(msg("Somebody has dealt with one of these milestones meanwhile. Look at the list again."))
    return gathered


def _refuse_others(actor: Actor) -> None:
    if not may(actor.role, Action.CONFIRM_HISTORY):
        raise ForbiddenError(msg("Only the office says what became of a milestone before tracking began."))


def _decision(
    actor: Actor, milestone_id: int, kind: DecisionKind, batch_id: str, now: datetime, note: str = ""
) -> MilestoneDecision:
    return MilestoneDecision(
        milestone_id=milestone_id,
        kind=kind,
        note=note,
        batch_id=batch_id,
        author_id=author_of(actor),
        recorded_at=now,
    )
