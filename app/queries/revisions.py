"""Reads of a plan's revisions: the list, one revision's changes, one milestone's versions, drafts of amendments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.vocabulary import ChangeSubject, RevisionCause, Standing
from app.models import (
    Account,
    AmendmentDraft,
    DraftChange,
    Milestone,
    MilestoneStanding,
    Place,
    PlanChange,
    PlanRevision,
)

PAGE = 50
FOUND = 20  # milestones that a search offers


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision in a list; `author` None: the command line; the counts are of milestones, `other` of other parts."""

    id: int
    number: int
    cause: RevisionCause
    title: str
    document_number: str | None
    document_on: date | None
    reason: str
    author: str | None
    recorded_at: datetime
    undone_by: int | None  # number of the revision that took it back
    added: int = 0
    changed: int = 0
    removed: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as it is kept: the part before and after as JSON; `milestone_id` None: not a milestone, or deleted."""

    revision: RevisionRow
    subject: ChangeSubject
    key: str
    before: str | None
    after: str | None
    milestone_id: int | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An amendment in preparation with the count of its changes."""

    id: int
    title: str
    document_number: str
    document_on: date
    author: str
    changed_at: datetime
    changes: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A milestone of an earlier version: its id, its key and its place in the document."""

    id: int
    key: str
    position: int


def list_revisions(session: Session, plan_id: int, *, before: int | None = None) -> tuple[list[RevisionRow], bool]:
    """Return a page of a plan's revisions, newest first, those before a number, and whether there are older ones."""
    query = _revisions(plan_id)
    if before is not None:
        query = query.where(col(PlanRevision.number) < before)
    rows = session.execute(query.order_by(col(PlanRevision.number).desc()).limit(PAGE + 1)).all()
    counts = _counts(session, [row.id for row in rows[:PAGE]])
    return [RevisionRow(*row, *counts.get(row.id, ())) for row in rows[:PAGE]], len(rows) > PAGE


def last_number(session: Session, plan_id: int) -> int:
    """Return the number of a plan's last revision; 0 before the first."""
    query = sa.select(sa.func.max(col(PlanRevision.number))).where(col(PlanRevision.plan_id) == plan_id)
    return session.scalar(query) or 0


def find_revision(session: Session, plan_id: int, number: int) -> RevisionRow | None:
    """Return a plan's revision by its number; None when there is none."""
    row = session.execute(_revisions(plan_id).where(col(PlanRevision.number) == number)).first()
    return None if row is None else RevisionRow(*row, *_counts(session, [row.id]).get(row.id, ()))


def changes_of(
    session: Session, revision: RevisionRow, plan_id: int, *, after: int = 0
) -> tuple[list[ChangeRow], int | None]:
    """Return a page of a revision's changes in order, and where the next page begins; None: there is none."""
    query: Any = (
        sa.select(
            col(PlanChange.id),
            col(PlanChange.subject),
            col(PlanChange.key),
            col(PlanChange.before),
            col(PlanChange.after),
            col(Milestone.id).label("milestone_id"),
        )
        .join(Milestone, _same_milestone(), isouter=True)
        .where(col(PlanChange.revision_id) == revision.id, col(PlanChange.id) > after)
        .order_by(col(PlanChange.id))
        .limit(PAGE + 1)
    )
    rows = session.execute(query).all()
    found = [ChangeRow(revision, *row[1:]) for row in rows[:PAGE]]
    return found, rows[PAGE - 1].id if len(rows) > PAGE else None


def milestone_versions(session: Session, plan_id: int, key: str) -> list[ChangeRow]:
    """Return every recorded change of one milestone, newest first."""
    query = (
        sa.select(*_columns(), col(PlanChange.before), col(PlanChange.after))
        .join(PlanChange, col(PlanChange.revision_id) == col(PlanRevision.id))
        .join(Account, col(Account.id) == col(PlanRevision.author_id), isouter=True)
        .where(
            col(PlanChange.plan_id) == plan_id,
            col(PlanChange.subject) == ChangeSubject.MILESTONE,
            col(PlanChange.key) == key,
        )
        .order_by(col(PlanChange.id).desc())
    )
    return [
        ChangeRow(RevisionRow(*row[:-2]), ChangeSubject.MILESTONE, key, row.before, row.after, None)
        for row in session.execute(query)
    ]


def list_drafts(session: Session, plan_id: int) -> list[DraftRow]:
    """Return the amendments in preparation, the one touched last at the head."""
    counted = (
        sa.select(sa.func.count())
        .select_from(DraftChange)
        .where(col(DraftChange.draft_id) == col(AmendmentDraft.id))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            col(AmendmentDraft.id),
            col(AmendmentDraft.title),
            col(AmendmentDraft.document_number),
            col(AmendmentDraft.document_on),
            col(Account.display_name),
            col(AmendmentDraft.changed_at),
            counted,
        )
        .join(Account, col(Account.id) == col(AmendmentDraft.author_id))
        .where(col(AmendmentDraft.plan_id) == plan_id)
        .order_by(col(AmendmentDraft.changed_at).desc())
    )
    return [DraftRow(*row) for row in rows]


def version_lines(
    session: Session, plan_id: int, revision_id: int, *, after: tuple[int, int] = (-1, 0)
) -> tuple[list[VersionRow], bool]:
    """Return a page of the milestones in the plan after a revision, in document order, and whether more follow.

    `after` is the position and id of the last line before the page.
    """
    first = (
        sa.select(col(PlanChange.before).is_not(None))
        .where(
            col(PlanChange.plan_id) == plan_id,
            col(PlanChange.subject) == ChangeSubject.MILESTONE,
            col(PlanChange.key) == col(Milestone.key),
            col(PlanChange.revision_id) > revision_id,
        )
        .order_by(col(PlanChange.revision_id))
        .limit(1)
        .scalar_subquery()
    )
    withdrawn = _withdrawn_since(plan_id, revision_id)
    query = (
        sa.select(col(Milestone.id), col(Milestone.key), col(Milestone.position))
        .where(
            col(Milestone.plan_id) == plan_id,
            sa.func.coalesce(first, ~withdrawn),
            sa.tuple_(col(Milestone.position), col(Milestone.id)) > after,
        )
        .order_by(col(Milestone.position), col(Milestone.id))
        .limit(PAGE + 1)
    )
    rows = session.execute(query).all()
    return [VersionRow(*row) for row in rows[:PAGE]], len(rows) > PAGE


def _withdrawn_since(plan_id: int, revision_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that the last change up to a revision took the milestone out."""
    last = (
        sa.select(col(PlanChange.after).is_(None))
        .where(
            col(PlanChange.plan_id) == plan_id,
            col(PlanChange.subject) == ChangeSubject.MILESTONE,
            col(PlanChange.key) == col(Milestone.key),
            col(PlanChange.revision_id) <= revision_id,
        )
        .order_by(col(PlanChange.revision_id).desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(last, sa.false())


def _columns() -> tuple[Any, ...]:
    undone = aliased(PlanRevision)
    undoing = sa.select(col(undone.number)).where(col(undone.undoes_id) == col(PlanRevision.id)).scalar_subquery()
    return (
        col(PlanRevision.id),
        col(PlanRevision.number),
        col(PlanRevision.cause),
        col(PlanRevision.title),
        col(PlanRevision.document_number),
        col(PlanRevision.document_on),
        col(PlanRevision.reason),
        col(Account.display_name),
        col(PlanRevision.recorded_at),
        undoing,
    )


def _revisions(plan_id: int) -> sa.Select[Any]:
    return (
        sa.select(*_columns())
        .join(Account, col(Account.id) == col(PlanRevision.author_id), isouter=True)
        .where(col(PlanRevision.plan_id) == plan_id)
    )


def _same_milestone() -> sa.ColumnElement[bool]:
    return sa.and_(
        col(PlanChange.subject) == ChangeSubject.MILESTONE,
        col(Milestone.plan_id) == col(PlanChange.plan_id),
        col(Milestone.key) == col(PlanChange.key),
    )


def _counts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, int, int]]:
    """Count a revision's milestones added, changed and removed, and its other parts."""
    of_milestone = col(PlanChange.subject) == ChangeSubject.MILESTONE
    old, new = col(PlanChange.before).is_not(None), col(PlanChange.after).is_not(None)

    def counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    query = (
        sa.select(
            col(PlanChange.revision_id),
            counted(of_milestone & ~old),
            counted(of_milestone & old & new),
            counted(of_milestone & ~new),
            counted(~of_milestone),
        )
        .where(col(PlanChange.revision_id).in_(ids))
        .group_by(col(PlanChange.revision_id))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class FoundMilestone:
    """A milestone found by its words, for an amendment to change, or to put back when it is withdrawn."""

    id: int
    key: str
    title: str
    clause: str
    place_name: str
    effective_due_on: date
    withdrawn: bool


def find_milestones(session: Session, plan_id: int, text: str) -> tuple[list[FoundMilestone], bool]:
    """Return the plan's milestones whose title, clause or place has a text, and whether there are more.

    Those in force come first.
    """
    withdrawn = col(MilestoneStanding.standing) == Standing.WITHDRAWN
    query = (
        sa.select(
            col(Milestone.id),
            col(Milestone.key),
            col(Milestone.title),
            col(Milestone.clause),
            col(Place.name),
            col(MilestoneStanding.effective_due_on),
            withdrawn,
        )
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(
            col(Milestone.plan_id) == plan_id,
            sa.or_(
                col(Milestone.title).icontains(text, autoescape=True),
                col(Milestone.clause).istartswith(text, autoescape=True),
                col(Place.name).icontains(text, autoescape=True),
            ),
        )
        .order_by(withdrawn, col(Milestone.position), col(Milestone.id))
        .limit(FOUND + 1)
    )
    rows = session.execute(query).all()
    return [FoundMilestone(*row) for row in rows[:FOUND]], len(rows) > FOUND
