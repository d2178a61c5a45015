"""Keep a plan by hand: check one part against the plan on record, and save it as a correction with its reason."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import SHANGHAI
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import Account, Milestone, Plan, PlanChange, PlanRevision
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.plan_consistency import consistency_findings
from app.services.plan_context import PlanContext, plan_context
from app.services.plan_files import MilestonePart, Part
from app.services.plan_findings import ErrorKind, PartProblem, PlanFinding, by_field
from app.services.plan_milestone_parts import occurrences
from app.services.plan_names import stored_keys
from app.services.plan_parts import stored_parts
from app.services.plan_surroundings import plan_around, plan_around_milestones
from app.services.plan_yaml import Way
from app.services.revisions import RevisionFinding, RevisionInput, as_text, revise
from app.services.turns import take_turn

LONGEST_REASON = 500
_LONGEST_TITLE = 200
_KEY_FIELDS = {ChangeSubject.GROUP: "name", ChangeSubject.INDICATOR: "code", ChangeSubject.OVERRIDE: "indicator"}


class OvertakenError(InputError):
    """Somebody changed the part after the form showed it.

    `stored` is what is on record now, `fields` what of it is not as the form showed it; none: that is not known.
    """

    def __init__(self, stored: Part, message: Message, fields: tuple[str, ...] = ()) -> None:
        super().__init__({"fingerprint": message})
        self.stored, self.fields = stored, fields


def plan_in_keeping(session: Session, actor: Actor, plan_id: int) -> PlanContext:
    """Return a plan with its names for the office that keeps it. Raises: NotFoundError for everybody else."""
    plan = session.get(Plan, plan_id) if actor.scope.plan_id == plan_id else None
    if plan is None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return plan_context(session, plan)


def milestone_in_keeping(session: Session, actor: Actor, milestone_id: int) -> tuple[PlanContext, MilestonePart]:
    """Return a milestone of the actor's own plan. Raises: NotFoundError; ConflictError for one that is withdrawn."""
    milestone = session.get(Milestone, milestone_id)
    if milestone is None or milestone.plan_id != actor.scope.plan_id:
        raise NotFoundError(msg("There is no such milestone in your scope."))
    context = plan_in_keeping(session, actor, milestone.plan_id)
    subject = ChangeSubject.MILESTONE
    part = stored_parts(session, context, [(subject, milestone.key)]).get((subject, milestone.key))
    if not isinstance(part, MilestonePart):
        raise ConflictError(msg("This milestone was withdrawn from the plan; what is not in the plan is not edited."))
    return context, part


def fingerprint_of(part: Part) -> str:
    """Return a mark of a stored part, which a form carries so that a change meanwhile is noticed."""
    return _mark(as_text(part))


def save_part(
    session: Session,
    actor: Actor,
    context: PlanContext,
    subject: ChangeSubject,
    key: str,
    part: Part | None,
    *,
    reason: str,
    fingerprint: str | None,
    now: datetime,
) -> RevisionFinding:
    """Add, correct or (part None) remove one part of a plan; `key` is the part's own and never changes.

    `fingerprint` is that of the stored part as the form showed it; None: the part is new, and needs no reason.
    Raises: InputError naming each field; OvertakenError when the stored part is not the one that was shown;
    NotFoundError when it is gone; ConflictError while something hangs on what is to be removed.
    """
    take_turn(session)
    stored = stored_parts(session, context, [(subject, key)]).get((subject, key))
    problems = _reason_problems(reason, needed=fingerprint is not None)
    if fingerprint is not None:
        _refuse_if_overtaken(session, context, subject, key, stored, fingerprint)
    elif stored is not None or is_taken(session, context, part):
        problems[_KEY_FIELDS.get(subject, "key")] = msg("this one is on record already; choose another one")
    if part is not None:
        problems = part_problems(session, context, subject, key, part) | problems
    if fingerprint is None and not problems and (twin := _twin(session, context, part)):
        problems["title"] = msg("milestone %(key)s says the same with the same date; edit that one", key=twin)
    if problems:
        raise InputError(problems)
    named = part or stored
    assert named is not None
    given = RevisionInput(RevisionCause.EDIT, title_of(named), reason=reason)
    return revise(session, actor, context, {(subject, key): part}, given, now=now)


def part_problems(
    session: Session, context: PlanContext, subject: ChangeSubject, key: str, part: Part
) -> dict[str, Message]:
    """Return what of a part does not fit the plan on record, by the part's field; of entries in a list `targets-2-…`.

    The checks are those of a whole plan file; `key` is that of the stored part which this one replaces.
    """
    file, way, standard = plan_around(session, context, subject, key, part)
    findings = consistency_findings(file, standard)
    return by_field(_within(part, way, findings))


def milestone_problems_together(
    session: Session, context: PlanContext, wanted: Mapping[str, MilestonePart | None]
) -> dict[str, dict[str, Message]]:
    """Return what of several milestones does not fit the plan as all of them leave it, by key and field.

    None: the milestone goes.
    """
    parts = [part for part in wanted.values() if part is not None]
    gone = [key for key, part in wanted.items() if part is None]
    file, first, standard = plan_around_milestones(session, context, parts, gone)
    findings = consistency_findings(file, standard)
    found = {}
    for index, part in enumerate(parts, first):
        if problems := by_field(_within(part, ("milestones", index), findings)):
            found[part.key] = problems
    return found


def _twin(session: Session, context: PlanContext, part: Part | None) -> str | None:
    """Return the key of a milestone with the same words, place and date: a form that was sent twice."""
    if not isinstance(part, MilestonePart) or part.place not in context.places:
        return None
    first = next(occurrences(part, context.plan.issued_on), None)
    if first is None or first.due is None:
        return None
    query = sa.select(col(Milestone.key)).where(
        col(Milestone.plan_id) == context.plan_id,
        col(Milestone.title) == first.title,
        col(Milestone.clause) == first.clause,
        col(Milestone.place_id) == context.places[part.place],
        col(Milestone.due_on) == first.due.on,
    )
    return session.scalar(query.limit(1))


def title_of(part: Part) -> str:
    """Return how a change of a part is called in the list of revisions: its clause and its own name."""
    words = [getattr(part, name, None) for name in ("clause", "indicator", "code", "title", "name")]
    called = " ".join(str(word) for word in words if word) or str(getattr(part, "key", ""))
    return called[:_LONGEST_TITLE]


def _within(part: Part, way: Way, findings: list[PlanFinding]) -> Iterator[PartProblem]:
    """Yield the findings at a part, each with its field as a form names it and the value at fault."""
    for finding in findings:
        path = finding.path[len(way) :]
        if finding.path[: len(way)] == way and path and _has_field(part, path):
            value = _value(part, path)
            code = ErrorKind(finding.code)
            yield PartProblem(code, (_field(part, path),), f"{path[0]} {value}", finding.message)


def _has_field(part: Part, path: Way) -> bool:
    return isinstance(path[0], str) and path[0] in type(part).model_fields


def _field(part: Part, path: Way) -> str:
    """Return the field of the form: that of the part, or of the entry where the field holds entries with fields."""
    whole = _value(part, path[:2]) if len(path) > 1 else None
    return "-".join(str(step) for step in path) if isinstance(whole, Part) else str(path[0])


def _value(part: Part, path: Way) -> Any:
    value: Any = part
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def _reason_problems(reason: str, *, needed: bool) -> dict[str, Message]:
    if needed and not reason:
        return {"reason": msg("say why the record is corrected")}
    if len(reason) > LONGEST_REASON:
        return {"reason": msg("at most %(count)s characters", count=LONGEST_REASON)}
    return {}


def is_taken(session: Session, context: PlanContext, part: Part | None) -> bool:
    """Tell whether a new milestone's key, or that of one of its occurrences, is used; withdrawn ones keep theirs."""
    if not isinstance(part, MilestonePart):
        return False
    used = sa.or_(col(Milestone.key).in_(stored_keys(part)), col(Milestone.series) == part.key)
    query = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == context.plan_id, used)
    return session.scalar(query.limit(1)) is not None


def _mark(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()


def _refuse_if_overtaken(
    session: Session, context: PlanContext, subject: ChangeSubject, key: str, stored: Part | None, seen: str
) -> None:
    if stored is None:
        raise NotFoundError(msg("This part of the plan was removed meanwhile."))
    if fingerprint_of(stored) == seen:
        return
    query = (
        sa.select(col(PlanChange.before), col(PlanRevision.recorded_at), col(Account.display_name))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
        .join(Account, col(Account.id) == col(PlanRevision.author_id), isouter=True)
        .where(col(PlanChange.plan_id) == context.plan_id, col(PlanChange.subject) == subject)
        .where(col(PlanChange.key) == key)
        .order_by(col(PlanChange.id).desc())
    )
    changes = session.execute(query.limit(50)).all()
    shown = next((change.before for change in changes if _mark(change.before) == seen), None)
    if shown is None:
        raise OvertakenError(stored, msg("somebody else changed this meanwhile"))
    message = msg(
        "%(who)s changed this meanwhile (%(at)s)",
        who=changes[0].display_name or "—",
        at=changes[0].recorded_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    )
    raise OvertakenError(stored, message, _differing(shown, as_text(stored)))


def _differing(before: str, after: str | None) -> tuple[str, ...]:
    old, new = json.loads(before), json.loads(after or "{}")
    return tuple(name for name in dict.fromkeys((*new, *old)) if old.get(name) != new.get(name))
