"""Keep indicator standards by hand: a new version from another one, its indicators, and the plans that copy from it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.vocabulary import IndicatorGroup, RevisionCause
from app.models import Indicator, Plan, Standard, Target, Threshold
from app.services import audit
from app.services.entries import refuse_if_changed
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.plan_context import plan_context
from app.services.plan_edits import LONGEST_REASON, OvertakenError, fingerprint_of
from app.services.plan_files import IndicatorPart
from app.services.plan_frame import indicator_problems
from app.services.plan_parts import indicator_parts
from app.services.revisions import RevisionInput, as_text, record_copying
from app.services.standards import EDITED, load_indicators, write_indicator
from app.services.turns import take_turn


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What a standard is called and where it is published."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class StandardFinding:
    """What a change of a standard did: plans whose milestones carry other thresholds now, and those milestones."""

    changed: bool
    plans: int = 0
    milestones: int = 0


def find_standard(session: Session, standard_id: int) -> Standard:
    """Return a standard. Raises: NotFoundError."""
    standard = session.get(Standard, standard_id)
    if standard is None:
        raise NotFoundError(msg("There is no such standard."))
    return standard


def stored_indicator(session: Session, standard_id: int, indicator_id: int) -> IndicatorPart:
    """Return an indicator of a standard. Raises: NotFoundError."""
    found = indicator_parts(
        session, sa.and_(col(Indicator.standard_id) == standard_id, col(Indicator.id) == indicator_id)
    )
    if not found:
        raise NotFoundError(msg("This standard has no such indicator."))
    (part,) = found.values()
    return part


def copy_standard(
    session: Session, actor: Actor, standard_id: int, slug: str, given: StandardInput, *, now: datetime
) -> int:
    """Put a new version of a standard on record, with all indicators of the old one, and return its id.

    Raises: InputError naming each field; NotFoundError.
    """
    take_turn(session)
    old = find_standard(session, standard_id)
    if session.scalar(sa.select(col(Standard.id)).where(col(Standard.slug) == slug)) is not None:
        raise InputError({"slug": msg("this one is on record already; choose another one")})
    new = Standard(slug=slug, source_sha256=EDITED, **asdict(given))
    session.add(new)
    session.flush()
    assert new.id is not None
    parts = tuple(indicator_parts(session, col(Indicator.standard_id) == standard_id).values())
    load_indicators(session, parts, standard_id=new.id, plan_id=None)
    session.flush()
    audit.record(
        session,
        actor,
        "standards:create",
        f"standards/{new.id}",
        now=now,
        copied_from=old.slug,
        indicators=len(parts),
        after={"slug": slug, **asdict(given)},
    )
    return new.id


def rename_standard(
    session: Session, actor: Actor, standard_id: int, given: StandardInput, *, fingerprint: str, now: datetime
) -> bool:
    """Change what a standard is called and where it is published; return whether anything differs.

    Raises: InputError when somebody changed it meanwhile; NotFoundError.
    """
    take_turn(session)
    standard = find_standard(session, standard_id)
    stored = StandardInput(standard.name, standard.source)
    refuse_if_changed(stored, fingerprint)
    if stored == given:
        return False
    standard.name, standard.source, standard.source_sha256 = given.name, given.source, EDITED
    session.flush()
    subject = f"standards/{standard_id}"
    audit.record(session, actor, "standards:update", subject, now=now, before=asdict(stored), after=asdict(given))
    return True


def save_standard_indicator(
    session: Session,
    actor: Actor,
    standard_id: int,
    indicator_id: int | None,
    part: IndicatorPart,
    *,
    reason: str,
    fingerprint: str,
    now: datetime,
) -> StandardFinding:
    """Add an indicator to a standard (`indicator_id` None) or correct one; plans that copy from it follow.

    Raises: InputError naming each field; OvertakenError; NotFoundError.
    """
    take_turn(session)
    standard = find_standard(session, standard_id)
    stored = stored_indicator(session, standard_id, indicator_id) if indicator_id is not None else None
    _refuse_if_overtaken(stored, fingerprint)
    problems = indicator_problems(part) | _reason_problems(reason)
    if part.group is IndicatorGroup.PLAN:
        problems["group"] = msg("choose one of the list")
    if stored is None and (taken := _code_problem(session, standard_id, part.code)):
        problems["code"] = taken
    if problems:
        raise InputError(problems)
    if stored == part:
        return StandardFinding(changed=False)
    row = session.get(Indicator, indicator_id) if indicator_id is not None else None
    last = session.scalar(sa.select(sa.func.max(col(Indicator.position))).where(_owned(standard_id)))
    position = row.position if row else (last or 0) + 1
    write_indicator(session, row, part, standard_id=standard_id, plan_id=None, position=position)
    session.flush()
    return _recorded(session, actor, standard, stored, part, reason, now)


def retire_standard_indicator(
    session: Session,
    actor: Actor,
    standard_id: int,
    indicator_id: int,
    *,
    reason: str,
    fingerprint: str,
    now: datetime,
) -> StandardFinding:
    """Take an indicator out of a standard; one that plans use keeps its row, and asks for nothing any more.

    Raises: InputError without a reason; OvertakenError; ConflictError when it asks for nothing already and plans use
    it; NotFoundError.
    """
    take_turn(session)
    standard = find_standard(session, standard_id)
    stored = stored_indicator(session, standard_id, indicator_id)
    _refuse_if_overtaken(stored, fingerprint)
    if problems := _reason_problems(reason):
        raise InputError(problems)
    in_use = _is_used(session, indicator_id)
    if in_use and not stored.thresholds:
        raise ConflictError(msg("plans use indicator %(code)s, so it stays on record", code=stored.code))
    own = sa.and_(col(Threshold.indicator_id) == indicator_id, col(Threshold.plan_id).is_(None))
    session.execute(sa.delete(Threshold).where(own))
    finding = _recorded(session, actor, standard, stored, None, reason, now)
    # The copies on milestones went with the thresholds: what nothing names any more goes too.
    if not _is_used(session, indicator_id):
        session.execute(sa.delete(Indicator).where(col(Indicator.id) == indicator_id))
    return finding


def _recorded(
    session: Session,
    actor: Actor,
    standard: Standard,
    before: IndicatorPart | None,
    after: IndicatorPart | None,
    reason: str,
    now: datetime,
) -> StandardFinding:
    """Mark the standard as kept by hand, let its plans follow, and write the audit entry."""
    standard.source_sha256 = EDITED
    session.flush()
    named = after or before
    assert named is not None
    title = f"{standard.name} {named.code}"[:200]
    plans = milestones = 0
    for plan in session.scalars(sa.select(Plan).where(col(Plan.standard_id) == standard.id).order_by(col(Plan.id))):
        given = RevisionInput(RevisionCause.EDIT, title, reason=reason)
        finding = record_copying(session, actor, plan_context(session, plan), given, now=now)
        plans += finding.revision_id is not None
        milestones += len(finding.milestone_ids)
    audit.record(
        session,
        actor,
        "standards:indicator",
        f"standards/{standard.id}",
        now=now,
        code=named.code,
        before=as_text(before),
        after=as_text(after),
        reason=reason,
        plans=plans,
        milestones=milestones,
    )
    return StandardFinding(changed=True, plans=plans, milestones=milestones)


def _owned(standard_id: int) -> Any:
    return col(Indicator.standard_id) == standard_id


def _code_problem(session: Session, standard_id: int, code: str) -> Message | None:
    """Return why a new indicator cannot have a code: the standard, or a plan that copies from it, has it."""
    if session.scalar(sa.select(col(Indicator.id)).where(_owned(standard_id), col(Indicator.code) == code)):
        return msg("this one is on record already; choose another one")
    of_plans = (
        sa.select(col(Plan.short_title))
        .join(Indicator, col(Indicator.plan_id) == col(Plan.id))
        .where(col(Plan.standard_id) == standard_id, col(Indicator.code) == code)
    )
    if plan := session.scalar(of_plans.limit(1)):
        return msg("%(plan)s has an indicator of its own with this code", plan=plan)
    return None


def _is_used(session: Session, indicator_id: int) -> bool:
    """Tell whether a milestone's target (a retired one too, as something was measured) or a plan's threshold names it.

    Copied targets in force go with the thresholds, and do not count.
    """
    kept = sa.or_(~col(Target.copied), col(Target.retired_by_id).is_not(None))
    targets = sa.select(col(Target.id)).where(col(Target.indicator_id) == indicator_id, kept)
    own = sa.select(col(Threshold.id)).where(
        col(Threshold.indicator_id) == indicator_id, col(Threshold.plan_id).is_not(None)
    )
    return bool(session.scalar(sa.select(sa.or_(targets.exists(), own.exists()))))


def _refuse_if_overtaken(stored: IndicatorPart | None, fingerprint: str) -> None:
    if stored is not None and fingerprint_of(stored) != fingerprint:
        raise OvertakenError(stored, msg("somebody else changed this meanwhile"))


def _reason_problems(reason: str) -> dict[str, Message]:
    if not reason:
        return {"reason": msg("say why the standard is changed")}
    if len(reason) > LONGEST_REASON:
        return {"reason": msg("at most %(count)s characters", count=LONGEST_REASON)}
    return {}
