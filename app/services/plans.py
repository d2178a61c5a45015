"""Load a plan from its file: one transaction, idempotent by natural key, every difference recorded as a revision."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import Indicator, Milestone, Plan, PlanChange, PlanRevision, Standard
from app.queries.facts import CHUNK
from app.services import audit
from app.services.errors import InputError, msg
from app.services.plan_consistency import inconsistencies
from app.services.plan_context import PlanContext, plan_context
from app.services.plan_files import HeadPart, Part, PlanFile, file_sha256, read_plan
from app.services.plan_milestone_parts import occurrences
from app.services.plan_parts import PartKey, override_key, stored_parts
from app.services.plan_structure import new_plan
from app.services.plan_units import load_organizations, load_places
from app.services.revisions import RevisionFinding, RevisionInput, record_copying, revise


@dataclass(frozen=True, slots=True)
class LoadFinding:
    """What loading a plan did; `changed` False: this very file was on record already.

    `kept` True: the plan was changed by hand since, so the file was left alone.
    """

    slug: str
    plan_id: int
    changed: bool
    milestone_ids: tuple[int, ...] = ()
    kept: bool = False
    revision: RevisionFinding | None = None


def load_plan(
    session: Session,
    path: Path,
    actor: Actor,
    now: datetime,
    *,
    again: bool = False,
    given: RevisionInput | None = None,
    over_hand: bool = True,
) -> LoadFinding:
    """Load or update a plan; `again` even when its file is unchanged, because the standard it copies from is not.

    `given` says why a plan on record changes (None: its file did); `over_hand` False leaves a plan alone that people
    changed since it was loaded. Raises: ValidationError, yaml.YAMLError; InputError naming every entry that does not
    fit the others; ConflictError, ForbiddenError as `revise`.
    """
    digest = file_sha256(path)
    on_record = session.execute(
        sa.select(col(Plan.id), col(Plan.slug)).where(col(Plan.source_sha256) == digest)
    ).first()
    if on_record is not None and not again:
        return LoadFinding(on_record.slug, on_record.id, changed=False)
    file = read_plan(path)
    check(session, file, path.name)
    plan = session.scalar(sa.select(Plan).where(col(Plan.slug) == file.slug))
    if plan is not None and plan.id is not None and not over_hand and _changed_by_hand(session, plan.id):
        return LoadFinding(file.slug, plan.id, changed=False, kept=True)
    given = given or RevisionInput(RevisionCause.LOAD, file.short_title, reason=path.name)
    return write_file(session, actor, file, digest, given=given, now=now)


def write_file(
    session: Session, actor: Actor, file: PlanFile, digest: str, *, given: RevisionInput, now: datetime
) -> LoadFinding:
    """Make a plan what its file says; the file has been checked. Raises: InputError, ConflictError, ForbiddenError."""
    places = load_places(session, file.places)
    units = load_organizations(session, file.organizations, places)
    plan = session.scalar(sa.select(Plan).where(col(Plan.slug) == file.slug))
    known = plan is not None
    plan = plan or new_plan(session, file, places, digest)
    assert plan.id is not None
    context = plan_context(session, plan)
    context.places |= {name: place_id for name, place_id in places.items() if name not in context.places}
    context.units |= units
    wanted = _wanted(session, context, file, known=known)
    finding = revise(session, actor, context, wanted, given, now=now, created=not known)
    if finding.revision_id is None:
        # The file's words are on record; the standard it copies its thresholds from may have changed.
        finding = record_copying(session, actor, context, given, now=now)
    if finding.revision_id is None and plan.source_sha256 != digest:  # other words, the same plan
        change = {"before": {"sha256": plan.source_sha256}, "after": {"sha256": digest}}
        subject = f"plans/{plan.id}"
        audit.record(session, actor, "plans:read_file", subject, now=now, plan_id=plan.id, title=given.title, **change)
    plan.source_sha256 = digest
    _in_file_order(session, plan, file)
    return LoadFinding(file.slug, plan.id, changed=True, milestone_ids=finding.milestone_ids, revision=finding)


def check(session: Session, file: PlanFile, name: str) -> None:
    """Refuse a file whose entries do not fit one another. Raises: InputError naming every one of them."""
    standard_id = session.scalar(sa.select(col(Standard.id)).where(col(Standard.slug) == file.standard))
    if standard_id is None:
        raise InputError({f"standard {file.standard}": msg("is not loaded")})
    codes = frozenset(session.scalars(sa.select(col(Indicator.code)).where(col(Indicator.standard_id) == standard_id)))
    if problems := inconsistencies(file, codes):
        raise InputError({f"{name}, {where}": what for where, what in problems.items()})


def parts_of_file(file: PlanFile) -> dict[PartKey, Part | None]:
    """Return a file's parts by subject and key."""
    head = HeadPart(**{name: getattr(file, name) for name in HeadPart.model_fields})
    return {
        (ChangeSubject.PLAN, file.slug): head,
        **{(ChangeSubject.GROUP, part.name): part for part in file.groups},
        **{(ChangeSubject.STAGE, part.key): part for part in file.stages},
        **{(ChangeSubject.INDICATOR, part.code): part for part in file.indicators},
        **{(ChangeSubject.OVERRIDE, override_key(part)): part for part in file.overrides},
        **{(ChangeSubject.PROJECT, part.key): part for part in file.projects},
        **{(ChangeSubject.MILESTONE, part.key): part for part in file.milestones},
        **{(ChangeSubject.RUNG, part.key): part for part in file.ladder},
    }


def _wanted(session: Session, context: PlanContext, file: PlanFile, *, known: bool) -> dict[PartKey, Part | None]:
    """Return what the file wants; of a plan on record, settings and ladder stay the office's own."""
    wanted = parts_of_file(file)
    if not known:
        return wanted
    stored = stored_parts(session, context)
    head, there = wanted[ChangeSubject.PLAN, file.slug], stored[ChangeSubject.PLAN, file.slug]
    assert isinstance(head, HeadPart)
    assert isinstance(there, HeadPart)
    wanted[ChangeSubject.PLAN, file.slug] = head.model_copy(update={"settings": there.settings})
    wanted = {key: part for key, part in wanted.items() if key[0] is not ChangeSubject.RUNG}
    keys = {item.key for part in file.milestones for item in occurrences(part, file.issued_on)}
    gone: dict[PartKey, Any] = {
        key: None
        for key in stored
        if key not in wanted
        and key[0] is not ChangeSubject.RUNG
        and not (key[0] is ChangeSubject.MILESTONE and key[1] in keys)
    }
    return wanted | gone


def _changed_by_hand(session: Session, plan_id: int) -> bool:
    # A revision without changes only copied the thresholds of a standard anew.
    by_hand = (
        sa.select(col(PlanRevision.id))
        .join(PlanChange, col(PlanChange.revision_id) == col(PlanRevision.id))
        .where(col(PlanRevision.plan_id) == plan_id, col(PlanRevision.cause) != RevisionCause.LOAD)
    )
    return session.scalar(by_hand.limit(1)) is not None


def _in_file_order(session: Session, plan: Plan, file: PlanFile) -> None:
    """Give the milestones the order of the file; withdrawn ones keep theirs."""
    keys = [item.key for part in file.milestones for item in occurrences(part, file.issued_on)]
    rows = session.execute(
        sa.select(col(Milestone.id), col(Milestone.key), col(Milestone.position)).where(
            col(Milestone.plan_id) == plan.id
        )
    ).all()
    order = {key: position for position, key in enumerate(keys)}
    moved = [
        {"id": row.id, "position": order[row.key]} for row in rows if order.get(row.key, row.position) != row.position
    ]
    for start in range(0, len(moved), CHUNK):
        session.execute(sa.update(Milestone), moved[start : start + CHUNK])
