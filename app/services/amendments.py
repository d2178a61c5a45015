"""Amend a plan by a document: prepare its changes one by one, look at them together, put them in force at once."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import AmendmentDraft, DraftChange, Milestone, PlanRevision
from app.services import audit
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.plan_context import PlanContext
from app.services.plan_edits import is_taken, milestone_problems_together, plan_in_keeping
from app.services.plan_files import MilestonePart
from app.services.plan_milestone_parts import milestone_parts, parts_of
from app.services.plan_names import stored_keys
from app.services.plan_parts import PartKey, Parts
from app.services.plan_versions import read_part
from app.services.reports import author_of
from app.services.revisions import Change, RevisionFinding, RevisionInput, as_text, changes_between, normalised, revise
from app.services.turns import take_turn

_MILESTONE = ChangeSubject.MILESTONE
Drafted = dict[str, MilestonePart | None]  # milestones by key as an amendment wants them; None: withdrawn


@dataclass(frozen=True, slots=True)
class AmendmentInput:
    """The amending document."""

    title: str
    document_number: str
    document_on: date | None
    reason: str


class UnfitError(InputError):
    """Milestones of an amendment that do not fit the plan (any more): problems by milestone and field."""

    def __init__(self, by_milestone: list[tuple[MilestonePart, dict[str, Message]]]) -> None:
        super().__init__({f"{part.key}-{field}": what for part, found in by_milestone for field, what in found.items()})
        self.by_milestone = by_milestone


def start_amendment(
    session: Session, actor: Actor, plan_id: int, given: AmendmentInput, *, now: datetime
) -> AmendmentDraft:
    """Begin to prepare an amendment. Raises: NotFoundError, InputError naming each field."""
    take_turn(session)
    context = plan_in_keeping(session, actor, plan_id)
    values = _checked(session, context, given, now)
    draft = AmendmentDraft(plan_id=plan_id, author_id=author_of(actor), changed_at=now, **values)
    session.add(draft)
    session.flush()
    _audit(session, actor, draft, "plans:prepare_amendment", now)
    return draft


def describe_amendment(
    session: Session, actor: Actor, draft_id: int, given: AmendmentInput, *, now: datetime
) -> AmendmentDraft:
    """Correct what a draft says of its document. Raises: NotFoundError, InputError naming each field."""
    take_turn(session)
    draft, context = draft_in_keeping(session, actor, draft_id)
    for name, value in _checked(session, context, given, now, own=draft).items():
        setattr(draft, name, value)
    draft.changed_at = now
    _audit(session, actor, draft, "plans:prepare_amendment", now)
    return draft


def draft_in_keeping(session: Session, actor: Actor, draft_id: int) -> tuple[AmendmentDraft, PlanContext]:
    """Return an amendment in preparation of the actor's own plan. Raises: NotFoundError."""
    # Whoever waited for the turn must see that somebody else put it in force or gave it up meanwhile.
    draft = session.get(AmendmentDraft, draft_id, populate_existing=True)
    if draft is None:
        raise NotFoundError(msg("There is no such amendment in preparation; it may be in force already."))
    return draft, plan_in_keeping(session, actor, draft.plan_id)


def drafted_milestones(session: Session, draft: AmendmentDraft) -> Drafted:
    """Return the milestones that a draft changes as it wants them, by key; None: withdrawn."""
    rows = session.scalars(
        sa.select(DraftChange).where(col(DraftChange.draft_id) == draft.id).order_by(col(DraftChange.key))
    )
    return {row.key: _part(row.after) for row in rows}


def drafted_part(session: Session, context: PlanContext, draft: AmendmentDraft, key: str) -> MilestonePart | None:
    """Return a milestone as the draft wants it, else as it is on record or was last; None: in neither."""
    if (part := drafted_milestones(session, draft).get(key)) is not None:
        return part
    query = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == context.plan_id, col(Milestone.key) == key)
    milestone_id = session.scalar(query)
    return parts_of(session, context, [milestone_id])[key] if milestone_id else None


def draft_change(
    session: Session, actor: Actor, draft_id: int, key: str, part: MilestonePart | None, *, new: bool, now: datetime
) -> None:
    """Put one milestone into a draft as it is to be (None: withdrawn), in place of what the draft held for it.

    `new`: the amendment adds it, so its key must be free; a duty is entered year by year. One that was withdrawn
    before is put back. Raises: NotFoundError, InputError naming each field, ConflictError when nothing would change.
    """
    take_turn(session)
    draft, context = draft_in_keeping(session, actor, draft_id)
    drafted = drafted_milestones(session, draft)
    if part is not None and (problems := _problems(session, context, drafted, part, new=new)):
        raise InputError(problems)
    spread = normalised(context, {(_MILESTONE, key): part})
    stored = milestone_parts(session, context, [name for _, name in spread])
    if part is None and key not in stored:
        raise NotFoundError(msg("There is no such milestone in your scope."))
    for (_, name), item in spread.items():
        if item == stored.get(name):
            raise ConflictError(msg("Nothing of this milestone differs from what is on record."))
        row = session.get(DraftChange, (draft.id, name)) or DraftChange(draft_id=draft.id or 0, key=name)
        row.after = as_text(item)
        session.add(row)
    draft.changed_at = now
    session.flush()
    _audit(session, actor, draft, "plans:prepare_amendment", now, milestone=key, withdraws=part is None)


def drop_change(session: Session, actor: Actor, draft_id: int, key: str, *, now: datetime) -> None:
    """Take one milestone out of a draft again. Raises: NotFoundError."""
    take_turn(session)
    draft, _ = draft_in_keeping(session, actor, draft_id)
    session.execute(sa.delete(DraftChange).where(col(DraftChange.draft_id) == draft.id, col(DraftChange.key) == key))
    draft.changed_at = now
    _audit(session, actor, draft, "plans:prepare_amendment", now, drops=key)


def discard_amendment(session: Session, actor: Actor, draft_id: int, *, now: datetime) -> int:
    """Give up a draft and return its plan. Raises: NotFoundError."""
    take_turn(session)
    draft, _ = draft_in_keeping(session, actor, draft_id)
    _audit(session, actor, draft, "plans:discard_amendment", now)
    _delete(session, draft)
    return draft.plan_id


def preview(session: Session, context: PlanContext, draft: AmendmentDraft) -> list[Change]:
    """Return what the draft changes of the plan as it is now."""
    wanted = _keyed(drafted_milestones(session, draft))
    stored: Parts = {
        (_MILESTONE, key): part for key, part in milestone_parts(session, context, [key for _, key in wanted]).items()
    }
    return changes_between(wanted, stored)


def mark_of(draft: AmendmentDraft, changes: list[Change]) -> str:
    """Return a mark of a draft and what it changes, by which it is noticed that either changed after it was shown."""
    words = [draft.title, draft.document_number, draft.document_on.isoformat(), draft.reason]
    for item in changes:
        words += [item.key, as_text(item.before) or "", as_text(item.after) or ""]
    return hashlib.sha256("\x00".join(words).encode()).hexdigest()


def enact_amendment(session: Session, actor: Actor, draft_id: int, *, seen: str, now: datetime) -> RevisionFinding:
    """Put a draft in force: due dates, targets and units change by facts, alerts are armed anew.

    `seen` is the mark of what the person was shown. Raises: NotFoundError; UnfitError naming what does not fit the
    plan any more; ConflictError for a draft without changes, and for one that was shown otherwise than it is now.
    """
    take_turn(session)
    draft, context = draft_in_keeping(session, actor, draft_id)
    changes = preview(session, context, draft)
    if not changes:
        raise ConflictError(msg("This amendment changes nothing yet; add the milestones that the document changes."))
    if mark_of(draft, changes) != seen:
        raise ConflictError(
            msg("The plan or this amendment has changed since you looked. See below what it changes now, and confirm.")
        )
    drafted = drafted_milestones(session, draft)
    if problems := milestone_problems_together(session, context, drafted):
        raise UnfitError([(part, problems[key]) for key, part in drafted.items() if part and key in problems])
    given = RevisionInput(RevisionCause.AMENDMENT, draft.title, draft.document_number, draft.document_on, draft.reason)
    finding = revise(session, actor, context, _keyed(drafted), given, now=now)
    _delete(session, draft)
    return finding


def _part(text: str | None) -> MilestonePart | None:
    part = read_part(_MILESTONE, text)
    assert part is None or isinstance(part, MilestonePart)
    return part


def _keyed(drafted: Drafted) -> dict[PartKey, MilestonePart | None]:
    return {(_MILESTONE, key): part for key, part in drafted.items()}


def _problems(
    session: Session, context: PlanContext, drafted: Drafted, part: MilestonePart, *, new: bool
) -> dict[str, Message]:
    """Return what of a milestone does not fit the plan as the whole draft leaves it."""
    problems = milestone_problems_together(session, context, {**drafted, part.key: part}).get(part.key, {})
    if new and (is_taken(session, context, part) or drafted.keys() & {part.key, *stored_keys(part)}):
        problems["key"] = msg("this one is on record already; choose another one")
    return problems


def _delete(session: Session, draft: AmendmentDraft) -> None:
    session.execute(sa.delete(DraftChange).where(col(DraftChange.draft_id) == draft.id))
    session.delete(draft)
    session.flush()


def _checked(
    session: Session, context: PlanContext, given: AmendmentInput, now: datetime, own: AmendmentDraft | None = None
) -> dict[str, Any]:
    """Return the columns of a draft. Raises: InputError naming each field."""
    problems: dict[str, Message] = {}
    if not given.title:
        problems["title"] = msg("name the amending document")
    if not given.document_number:
        problems["document_number"] = msg("give the document's number; write 无 where it has none")
    if given.document_on is None:
        problems["document_on"] = msg("give the day of the document")
    elif given.document_on > local_day(now):
        problems["document_on"] = msg("this day has not come yet")
    elif given.document_on < context.plan.issued_on:
        problems["document_on"] = msg(
            "the plan was issued on %(day)s; a document that amends it is later", day=context.plan.issued_on.isoformat()
        )
    if problem := _known_document(session, context, given, own):
        problems["document_number"] = problem
    if problems:
        raise InputError(problems)
    return {
        "title": given.title,
        "document_number": given.document_number,
        "document_on": given.document_on,
        "reason": given.reason,
    }


def _known_document(
    session: Session, context: PlanContext, given: AmendmentInput, own: AmendmentDraft | None
) -> Message | None:
    """Say where this document is on record already; None: nowhere."""

    def same(model: type[PlanRevision] | type[AmendmentDraft]) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            col(model.plan_id) == context.plan_id,
            col(model.document_number) == given.document_number,
            col(model.title) == given.title,
        )

    number = session.scalar(sa.select(col(PlanRevision.number)).where(*same(PlanRevision)).limit(1))
    if number is not None:
        return msg("this document is in force already as version %(number)s", number=number)
    others = sa.select(col(AmendmentDraft.id)).where(
        *same(AmendmentDraft), col(AmendmentDraft.id) != (own.id if own else 0)
    )
    if session.scalar(others.limit(1)) is not None:
        return msg("this document is being prepared already; go on there")
    return None


def _audit(session: Session, actor: Actor, draft: AmendmentDraft, action: str, now: datetime, **detail: object) -> None:
    target, number = f"plans/{draft.plan_id}", draft.document_number
    audit.record(session, actor, action, target, now=now, plan_id=draft.plan_id, document_number=number, **detail)
