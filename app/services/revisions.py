"""Revise a plan's record: compare what is wanted with what is stored, write the difference, keep it as facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import Milestone, PlanChange, PlanRevision
from app.queries.revisions import last_number
from app.services import audit, expected_answers, missing_reports, standings
from app.services.plan_context import PlanContext
from app.services.plan_files import HeadPart, MilestonePart, Part, ProjectPart
from app.services.plan_milestone_parts import occurrences
from app.services.plan_milestones import MilestoneChange, Writing, rewrite_units, write_milestones
from app.services.plan_parts import PartKey, stored_parts
from app.services.plan_projects import write_project
from app.services.plan_structure import WRITERS, write_head
from app.services.plan_targets import copies_differ, copy_thresholds
from app.services.turns import take_turn

_CHANGES = PlanChange.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy

# None: not in the plan any more; a milestone is then withdrawn, or deleted while nobody has recorded on it.
Wanted = Mapping[PartKey, Part | None]

# What is written refers only to what stands before it; what is taken away goes in the opposite order.
_ORDER = (
    ChangeSubject.PLAN,
    ChangeSubject.GROUP,
    ChangeSubject.STAGE,
    ChangeSubject.INDICATOR,
    ChangeSubject.OVERRIDE,
    ChangeSubject.PROJECT,
    ChangeSubject.MILESTONE,
    ChangeSubject.RUNG,
)


@dataclass(frozen=True, slots=True)
class RevisionInput:
    """Why the record changes; `document_number` and `document_on` name the amending document."""

    cause: RevisionCause
    title: str
    document_number: str | None = None
    document_on: date | None = None
    reason: str = ""
    undoes_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One part before and after; None: not in the plan."""

    subject: ChangeSubject
    key: str
    before: Part | None
    after: Part | None


@dataclass(frozen=True, slots=True)
class RevisionFinding:
    """What a revision did; `revision_id` and `number` None: nothing differed, so nothing was recorded."""

    revision_id: int | None
    number: int | None
    changes: tuple[Change, ...]
    milestone_ids: tuple[int, ...]  # those whose standing was judged again

    def count(self, *, added: bool = False, removed: bool = False) -> int:
        """Return how many milestones were added, removed, or (neither asked for) changed."""
        milestones = [item for item in self.changes if item.subject is ChangeSubject.MILESTONE]
        if added:
            return sum(item.before is None for item in milestones)
        if removed:
            return sum(item.after is None for item in milestones)
        return sum(item.before is not None and item.after is not None for item in milestones)


def differences(session: Session, context: PlanContext, wanted: Wanted, *, created: bool = False) -> list[Change]:
    """Return where the wanted parts differ from those on record, in the order in which they are wanted.

    Of a plan `created` just now the head counts as new.
    """
    right = normalised(context, wanted)
    stored = stored_parts(session, context, right)
    if created:
        stored.pop((ChangeSubject.PLAN, context.plan.slug), None)
    return changes_between(right, stored)


def changes_between(right: Wanted, stored: Mapping[PartKey, Part]) -> list[Change]:
    """Return where normalised parts differ from stored ones, in the order in which they are wanted."""
    return [
        Change(subject, key, stored.get((subject, key)), part)
        for (subject, key), part in right.items()
        if stored.get((subject, key)) != part
    ]


def normalised(context: PlanContext, wanted: Wanted) -> dict[PartKey, Part | None]:
    """Return parts as stored ones come out: duties spread over their years, places by one name, lists in order."""
    places = context.place_names()
    found: dict[PartKey, Part | None] = {}
    for (subject, key), part in wanted.items():
        if isinstance(part, MilestonePart):
            for item in occurrences(part, context.plan.issued_on):
                update = {
                    "place": places[context.places[item.place]],
                    "needs": tuple(sorted(set(item.needs))),
                    "governed_by": tuple(sorted(set(item.governed_by))),
                }
                found[subject, item.key] = item.model_copy(update=update)
        elif isinstance(part, ProjectPart):
            update = {"place": places[context.places[part.place]], "aliases": tuple(sorted(set(part.aliases)))}
            found[subject, key] = part.model_copy(update=update)
        elif isinstance(part, HeadPart):
            values = {name: getattr(part, name) for name in HeadPart.model_fields}
            values["area"] = places[context.places[part.area]]
            found[subject, key] = HeadPart.model_construct(**values)
        else:
            found[subject, key] = part
    return found


def revise(
    session: Session,
    actor: Actor,
    context: PlanContext,
    wanted: Wanted,
    given: RevisionInput,
    *,
    now: datetime,
    created: bool = False,
    changes: list[Change] | None = None,
) -> RevisionFinding:
    """Bring a plan's parts to what is wanted and record what changed; parts not wanted stay as they are.

    The caller has checked that the parts fit one another (`plan_consistency`). `changes` are the differences, where
    they were worked out before the transaction and no revision has been added since (None: worked out here).
    Raises: ConflictError where something still hangs on what goes; ForbiddenError where a fact needs a person.
    """
    take_turn(session)
    if changes is None:
        changes = differences(session, context, wanted, created=created)
    if not changes:
        return RevisionFinding(None, None, (), ())
    revision = _new_revision(session, actor, context.plan_id, given, now)
    assert revision.id is not None
    _record(session, revision.id, context.plan_id, changes)
    writing = Writing(actor, given.cause, revision.id, given.document_number, given.reason or given.title, now)
    touched = _write(session, context, changes, writing)
    audit.record(
        session,
        actor,
        f"plans:{given.cause}",
        f"plans/{context.plan_id}",
        now=now,
        plan_id=context.plan_id,
        revision=revision.number,
        title=given.title,
        document_number=given.document_number,
        reason=given.reason,
        parts=len(changes),
        keys=[f"{item.subject}/{item.key}" for item in changes[:50]],
    )
    standings.refresh(session, touched, local_day(now))
    if not created:
        _follow_the_ladder(session, context, changes, local_day(now))
    return RevisionFinding(revision.id, revision.number, tuple(changes), tuple(touched))


def _follow_the_ladder(session: Session, context: PlanContext, changes: list[Change], today: date) -> None:
    """Count a change of the ladder, and work out anew what rungs raise that are not about one milestone's date."""
    subjects = {item.subject for item in changes}
    if ChangeSubject.RUNG in subjects:
        context.plan.ladder_version += 1
    if subjects & {ChangeSubject.PLAN, ChangeSubject.RUNG}:
        missing_reports.refresh(session, today, [context.plan_id])
        expected_answers.refresh(session, today, [context.plan_id])


def record_copying(
    session: Session, actor: Actor, context: PlanContext, given: RevisionInput, *, now: datetime
) -> RevisionFinding:
    """Copy the thresholds in force to the plan's milestones again; a revision is recorded only if one differs."""
    take_turn(session)
    if not copies_differ(session, context):
        return RevisionFinding(None, None, (), ())
    revision = _new_revision(session, actor, context.plan_id, given, now)
    assert revision.id is not None
    ids = copy_thresholds(session, context, revision.id)
    audit.record(
        session,
        actor,
        "plans:copy_thresholds",
        f"plans/{context.plan_id}",
        now=now,
        plan_id=context.plan_id,
        revision=revision.number,
        title=given.title,
        milestones=len(ids),
    )
    standings.refresh(session, ids, local_day(now))
    return RevisionFinding(revision.id, revision.number, (), tuple(ids))


def as_text(part: Part | None) -> str | None:
    """Return a part as the JSON that changes keep; None stays None."""
    if part is None:
        return None
    return json.dumps(
        part.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def _new_revision(session: Session, actor: Actor, plan_id: int, given: RevisionInput, now: datetime) -> PlanRevision:
    revision = PlanRevision(
        plan_id=plan_id,
        number=last_number(session, plan_id) + 1,
        cause=given.cause,
        title=given.title,
        document_number=given.document_number,
        document_on=given.document_on,
        reason=given.reason,
        undoes_id=given.undoes_id,
        author_id=actor.account_id,
        recorded_at=now,
    )
    session.add(revision)
    session.flush()
    return revision


def _record(session: Session, revision_id: int, plan_id: int, changes: list[Change]) -> None:
    session.execute(
        sa.insert(_CHANGES),
        [
            {
                "revision_id": revision_id,
                "plan_id": plan_id,
                "subject": item.subject,
                "key": item.key,
                "before": as_text(item.before),
                "after": as_text(item.after),
            }
            for item in changes
        ],
    )


def _write(session: Session, context: PlanContext, changes: list[Change], writing: Writing) -> list[int]:
    """Write what is there afterwards in order, then take away what is not, and return the milestones touched."""
    by_subject = {subject: [item for item in changes if item.subject is subject] for subject in _ORDER}
    touched: list[int] = []
    for subject in _ORDER:
        there = [item for item in by_subject[subject] if item.after is not None]
        if subject is ChangeSubject.MILESTONE:
            # Withdrawals too: stages and projects that go must be free of them.
            touched += write_milestones(session, context, _milestones(by_subject[subject]), writing)
        for item in there if subject is not ChangeSubject.MILESTONE else ():
            _write_part(session, context, item)
    for subject in reversed(_ORDER):
        for item in by_subject[subject]:
            if item.after is None and subject is not ChangeSubject.MILESTONE:
                _write_part(session, context, item)
    if by_subject[ChangeSubject.INDICATOR] or by_subject[ChangeSubject.OVERRIDE] or by_subject[ChangeSubject.PLAN]:
        touched += copy_thresholds(session, context, writing.revision_id)
    if groups := [item.key for item in by_subject[ChangeSubject.GROUP] if item.before and item.after]:
        touched += rewrite_units(session, context, groups)
    if by_subject[ChangeSubject.PLAN] or by_subject[ChangeSubject.RUNG]:
        # The plan's settings and its ladder decide every standing and every next firing.
        touched = _all(session, context.plan_id)
    session.flush()
    return list(dict.fromkeys(touched))


def _write_part(session: Session, context: PlanContext, item: Change) -> None:
    if isinstance(item.after, HeadPart):
        write_head(session, context, item.after)
    elif item.subject is ChangeSubject.PROJECT:
        assert item.after is None or isinstance(item.after, ProjectPart)
        write_project(session, context, item.key, item.after)
    else:
        WRITERS[item.subject](session, context, item.key, item.after)


def _milestones(changes: list[Change]) -> list[MilestoneChange]:
    found = []
    for item in changes:
        assert item.before is None or isinstance(item.before, MilestonePart)
        assert item.after is None or isinstance(item.after, MilestonePart)
        found.append(MilestoneChange(item.key, item.before, item.after))
    return found


def _all(session: Session, plan_id: int) -> list[int]:
    query = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == plan_id).order_by(col(Milestone.id))
    return [row.id for row in session.execute(query)]
