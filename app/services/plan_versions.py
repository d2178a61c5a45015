"""A plan as it stood after one of its revisions, read back from the changes recorded since."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.milestone_facts import MilestoneFacts
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import ChangeSubject, DecisionKind, Standing
from app.models import PlanChange, PlanRevision
from app.queries import facts
from app.queries.revisions import version_lines
from app.services.errors import NotFoundError, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import (
    GroupPart,
    HeadPart,
    IndicatorPart,
    LadderRungPart,
    MilestonePart,
    OverridePart,
    Part,
    ProjectPart,
    StagePart,
)
from app.services.plan_milestone_parts import parts_of
from app.services.plan_parts import PartKey, Parts, stored_parts

_KINDS: dict[ChangeSubject, type[Part]] = {
    ChangeSubject.PLAN: HeadPart,
    ChangeSubject.GROUP: GroupPart,
    ChangeSubject.STAGE: StagePart,
    ChangeSubject.INDICATOR: IndicatorPart,
    ChangeSubject.OVERRIDE: OverridePart,
    ChangeSubject.PROJECT: ProjectPart,
    ChangeSubject.MILESTONE: MilestonePart,
    ChangeSubject.RUNG: LadderRungPart,
}


def read_part(subject: ChangeSubject, text: str | None) -> Part | None:
    """Return the part that a change keeps as JSON; None stays None."""
    return None if text is None else _KINDS[subject].model_validate_json(text)


def revision_of(session: Session, plan_id: int, number: int) -> PlanRevision:
    """Return a revision of a plan by its number. Raises: NotFoundError."""
    query = sa.select(PlanRevision).where(col(PlanRevision.plan_id) == plan_id, col(PlanRevision.number) == number)
    revision = session.scalar(query)
    if revision is None:
        raise NotFoundError(msg("This plan has no version %(number)s.", number=number))
    return revision


def parts_after(session: Session, context: PlanContext, number: int) -> Parts:
    """Return all parts of a plan as they stood after the revision of this number.

    What was deleted as a mistake of recording (nobody had worked on it) is read back too. Raises: NotFoundError.
    """
    revision = revision_of(session, context.plan_id, number)
    earlier = parts_before_changes(session, context.plan_id, revision.id or 0)
    now = stored_parts(session, context)
    found = {key: earlier.get(key, part) for key, part in now.items()} | earlier
    return {key: part for key, part in found.items() if part is not None}


def parts_before_changes(
    session: Session, plan_id: int, revision_id: int, keys: Collection[PartKey] | None = None
) -> dict[PartKey, Part | None]:
    """Return what changed after a revision as it was then; None: it was not in the plan. Keys: only milestones'."""
    later = sa.select(sa.func.min(col(PlanChange.id))).where(
        col(PlanChange.plan_id) == plan_id, col(PlanChange.revision_id) > revision_id
    )
    if keys is not None:
        later = later.where(
            col(PlanChange.subject) == ChangeSubject.MILESTONE, col(PlanChange.key).in_([key for _, key in keys])
        )
    first = later.group_by(col(PlanChange.subject), col(PlanChange.key))
    query = sa.select(col(PlanChange.subject), col(PlanChange.key), col(PlanChange.before))
    rows = session.execute(query.where(col(PlanChange.id).in_(first)).order_by(col(PlanChange.id)))
    return {(row.subject, row.key): read_part(row.subject, row.before) for row in rows}


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A milestone as a version had it; `now` None: it is not in the plan any more.

    `finding` is how it would stand today if the version were still in force, `standing` how it does stand.
    """

    id: int
    part: MilestonePart
    now: MilestonePart | None
    finding: StandingFinding
    standing: Standing


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A page of a version's ledger; `next_after` None: it is the last one."""

    lines: tuple[VersionLine, ...]
    next_after: tuple[int, int] | None


def version_page(
    session: Session, context: PlanContext, revision_id: int, today: date, *, after: tuple[int, int] = (-1, 0)
) -> VersionPage:
    """Return a page of the ledger as the plan stood after a revision, in document order."""
    rows, more = version_lines(session, context.plan_id, revision_id, after=after)
    ids, keys = [row.id for row in rows], [(ChangeSubject.MILESTONE, row.key) for row in rows]
    last = parts_of(session, context, ids)  # withdrawn ones too: somebody may have withdrawn them without a document
    earlier = parts_before_changes(session, context.plan_id, revision_id, keys)
    gathered = {item.milestone_id: item.facts for item in facts.gather(session, ids)}
    policy = facts.policies(session)[context.plan_id]
    lines = []
    for row in rows:
        part = earlier.get((ChangeSubject.MILESTONE, row.key), last[row.key])
        assert isinstance(part, MilestonePart), "a version's line was in the plan then"
        finding = judge(_as_if(gathered[row.id], part), today, policy)
        standing = judge(gathered[row.id], today, policy).standing
        now = None if standing is Standing.WITHDRAWN else last[row.key]
        lines.append(VersionLine(row.id, part, now, finding, standing))
    return VersionPage(tuple(lines), (rows[-1].position, rows[-1].id) if more else None)


def _as_if(known: MilestoneFacts, part: MilestonePart) -> MilestoneFacts:
    """Return a milestone's facts under a version's own date, and as if it had never been withdrawn."""
    assert part.due is not None
    kept = tuple(item for item in known.decisions if item.kind is not DecisionKind.WITHDRAW)
    return replace(known, due_on=part.due.on, precision=part.due.precision, later_dues=(), decisions=kept)
