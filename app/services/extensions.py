"""Extensions of a due date: ask, advise, grant or refuse, take back, correct; each is one fact with its author."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.document_numbers import put_right
from app.domain.extensions import (
    ExtensionFacts,
    ExtensionState,
    grant_bar,
    is_late,
    next_state,
    request_bar,
)
from app.domain.standing import judge
from app.domain.vocabulary import DueCause, ExtensionStepKind, UnitRole
from app.models import ExtensionRequest, ExtensionStep, Milestone, MilestoneUnit
from app.queries import extensions as reads
from app.queries import facts
from app.queries.extension_rows import ExtensionRow
from app.queries.milestone_page import in_scope
from app.services import evidence, standing_changes
from app.services import extension_checks as checks
from app.services.due_dates import append_due_dates
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError, msg
from app.services.reports import author_of, milestone_in_scope
from app.services.standing_changes import MilestoneFact


@dataclass(frozen=True, slots=True)
class RequestInput:
    """What a unit asks for; `late_reason` says why only now, where the due date is over already."""

    proposed_due_on: date | None
    reason: str
    late_reason: str = ""


@dataclass(frozen=True, slots=True)
class StepInput:
    """What somebody says to a request; `supports` of opinions, `due_on` of grants and corrections.

    `seen_version` is the version of the due date that the page showed; None: not asked.
    """

    kind: ExtensionStepKind
    text: str
    supports: bool | None = None
    due_on: date | None = None
    document_number: str = ""
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class _Matter:
    """A request, its milestone and what the rules need to know of it, read with the turn to write taken."""

    milestone: Milestone
    request: ExtensionRow
    facts: ExtensionFacts


def ask(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: RequestInput,
    files: Sequence[evidence.StoredUpload],
    *,
    now: datetime,
) -> ExtensionRequest:
    """Ask for a later due date. Raises: NotFoundError, ForbiddenError, ConflictError, InputError naming each field."""
    if not in_scope(session, actor.scope, milestone_id):
        raise NotFoundError(msg("There is no such milestone in your scope."))
    milestone = milestone_in_scope(session, actor, milestone_id)
    _refuse_unless_responsible(session, actor, milestone_id)
    known, version = _facts(session, milestone_id, local_day(now))
    if bar := request_bar(known):
        raise ConflictError(checks.BARS[bar])
    late = is_late(known, local_day(now))
    problems = checks.request_problems(
        given.proposed_due_on, given.reason, given.late_reason, effective_due_on=known.effective_due_on, late=late
    )
    if problems:
        raise InputError(problems)
    given = given if late else replace(given, late_reason="")
    request = _new_request(session, actor, milestone_id, given, version, now)
    digests = evidence.attach(
        session, author_of(actor), list(files), milestone_id=milestone_id, extension_id=request.id, now=now
    )
    detail = {
        "extension": request.id,
        "proposed_due_on": request.proposed_due_on,
        "reason": request.reason,
        "late_reason": request.late_reason,
        "evidence": digests,
        "before": {"extension": None},
        "after": {"extension": ExtensionState.REQUESTED},
    }
    fact = MilestoneFact("extensions:request", milestone_id, milestone.plan_id, detail)
    standing_changes.record(session, actor, [fact], now=now)
    return request


def _new_request(
    session: Session, actor: Actor, milestone_id: int, given: RequestInput, version: int, now: datetime
) -> ExtensionRequest:
    assert given.proposed_due_on is not None
    request = ExtensionRequest(
        milestone_id=milestone_id,
        organization_id=actor.scope.organization_id,
        due_version=version,
        proposed_due_on=given.proposed_due_on,
        reason=given.reason,
        late_reason=given.late_reason or None,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(request)
    session.flush()
    return request


def advise(
    session: Session,
    actor: Actor,
    extension_id: int,
    given: StepInput,
    files: Sequence[evidence.StoredUpload] = (),
    *,
    now: datetime,
) -> ExtensionStep:
    """Record the office's opinion; a further one adds to it. Raises: as `ask`."""
    matter = _matter(session, actor, extension_id, given, local_day(now))
    problems = checks.text_problems(given.text)
    if given.supports is None:
        problems["supports"] = msg("say whether the office supports it")
    if problems:
        raise InputError(problems)
    return _append(session, actor, matter, given, files, now)


def decide(
    session: Session,
    actor: Actor,
    extension_id: int,
    given: StepInput,
    files: Sequence[evidence.StoredUpload] = (),
    *,
    now: datetime,
) -> ExtensionStep:
    """Grant or refuse a request after the office's opinion; a grant changes the date in force. Raises: as `ask`."""
    matter = _matter(session, actor, extension_id, given, local_day(now))
    problems = checks.text_problems(given.text) | checks.document_problems(given.document_number)
    if given.kind is ExtensionStepKind.GRANT:
        if bar := grant_bar(matter.facts):
            raise ConflictError(checks.BARS[bar])
        problems |= checks.date_problems("due_on", given.due_on, matter.facts.effective_due_on)
    if problems:
        raise InputError(problems)
    return _append(session, actor, matter, given, files, now)


def withdraw(session: Session, actor: Actor, extension_id: int, given: StepInput, *, now: datetime) -> ExtensionStep:
    """Take a request back, by the unit (or the office) that asked. Raises: as `ask`."""
    matter = _matter(session, actor, extension_id, given, local_day(now))
    if matter.request.organization_id != actor.scope.organization_id:
        raise ForbiddenError(msg("Only who asked for the extension can take the request back."))
    if problems := checks.text_problems(given.text):
        raise InputError(problems)
    return _append(session, actor, matter, given, (), now)


def correct(
    session: Session,
    actor: Actor,
    extension_id: int,
    given: StepInput,
    files: Sequence[evidence.StoredUpload] = (),
    *,
    now: datetime,
) -> ExtensionStep:
    """Put the date of a wrong grant right by a further version of it. Raises: as `ask`."""
    matter = _matter(session, actor, extension_id, given, local_day(now))
    if not matter.request.correctable:
        raise ConflictError(
            msg("The date that this extension brought is not in force any more: correct what took its place.")
        )
    problems = checks.text_problems(given.text) | checks.document_problems(given.document_number)
    if problems := problems | checks.correction_problems(matter.request, given.due_on):
        raise InputError(problems)
    return _append(session, actor, matter, given, files, now)


def _matter(session: Session, actor: Actor, extension_id: int, given: StepInput, today: date) -> _Matter:
    """Read a request again with the turn taken. Raises: NotFoundError out of scope, ConflictError when overtaken."""
    seen = reads.show_extension(session, actor.scope, extension_id)
    if seen is None:
        raise NotFoundError(msg("There is no such request in your scope."))
    milestone = milestone_in_scope(session, actor, seen.milestone_id)
    request = reads.show_extension(session, actor.scope, extension_id)
    assert request is not None
    if next_state(request.state, given.kind) is None:
        raise ConflictError(msg("Where this request stands now, this step is not possible. Look at it again."))
    if given.seen_version not in (None, request.current_version):
        raise ConflictError(
            msg(
                "The due date was changed meanwhile to %(day)s. Look at the request again.",
                day=request.effective_due_on,
            )
        )
    known, _ = _facts(session, seen.milestone_id, today)
    return _Matter(milestone, request, known)


def _facts(session: Session, milestone_id: int, today: date) -> tuple[ExtensionFacts, int]:
    """Return what the rules need to know of a milestone, and the version of its due date in force."""
    item = facts.gather(session, [milestone_id])[0]
    finding = judge(item.facts, today, facts.policies(session)[item.plan_id])
    held = reads.of_milestone(session, milestone_id)
    known = ExtensionFacts(
        finding.standing, finding.effective_due_on, held.waiting is not None, held.granted, held.limit
    )
    return known, finding.due_version


def _append(
    session: Session,
    actor: Actor,
    matter: _Matter,
    given: StepInput,
    files: Sequence[evidence.StoredUpload],
    now: datetime,
) -> ExtensionStep:
    """Append a step, with a grant or correction the version of the due date, and put it on the trail."""
    brings_date = given.kind in (ExtensionStepKind.GRANT, ExtensionStepKind.CORRECT)
    step = ExtensionStep(
        request_id=matter.request.id,
        kind=given.kind,
        supports=given.supports if given.kind is ExtensionStepKind.OPINION else None,
        due_on=given.due_on if brings_date else None,
        document_number=put_right(given.document_number) or None,
        text=given.text,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    if brings_date:
        _append_date(session, matter, step, now)
    digests = evidence.attach(
        session,
        author_of(actor),
        list(files),
        milestone_id=matter.request.milestone_id,
        extension_step_id=step.id,
        now=now,
    )
    _record(session, actor, matter, step, digests, now)
    return step


def _append_date(session: Session, matter: _Matter, step: ExtensionStep, now: datetime) -> None:
    row = {
        "milestone_id": matter.request.milestone_id,
        "due_on": step.due_on,
        "cause": DueCause.EXTENSION,
        "reason": step.text,
        "document_number": step.document_number,
    }
    append_due_dates(session, [row], author_id=step.author_id, now=now)


def _record(
    session: Session, actor: Actor, matter: _Matter, step: ExtensionStep, digests: list[str], now: datetime
) -> None:
    request = matter.request
    detail = {
        "extension": request.id,
        "step": step.id,
        "supports": step.supports,
        "due_on": step.due_on,
        "document_number": step.document_number,
        "text": step.text,
        "evidence": digests,
        "before": {"extension": request.state},
        "after": {"extension": next_state(request.state, step.kind)},
    }
    if request.stale:
        detail["date_moved_since_request"] = request.effective_due_on
    action = f"extensions:{step.kind}"
    fact = MilestoneFact(action, request.milestone_id, request.plan_id, detail)
    standing_changes.record(session, actor, [fact], now=now)


def _refuse_unless_responsible(session: Session, actor: Actor, milestone_id: int) -> None:
    """Refuse a unit that only supports: who answers for the date asks for another. Raises: ForbiddenError."""
    if actor.scope.organization_id is None:
        return
    query = sa.select(col(MilestoneUnit.position)).where(
        col(MilestoneUnit.milestone_id) == milestone_id,
        col(MilestoneUnit.organization_id) == actor.scope.organization_id,
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    if session.scalar(query) is None:
        raise ForbiddenError(msg("Only a responsible unit or the office asks for an extension."))
