"""Load an indicator standard from its file, idempotently by natural key."""

from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Indicator, Standard, Threshold
from app.services.plan_files import IndicatorPart, file_sha256, read_standard

EDITED = "edited"  # in place of a file's sha256: people changed the standard here since it was loaded


def load_standard(session: Session, path: Path, *, over_hand: bool = True) -> bool:
    """Load or update a standard; False when this very file is on record already.

    `over_hand` False leaves a standard alone that people changed since it was loaded.
    """
    digest = file_sha256(path)
    part = read_standard(path)
    standard = session.scalar(sa.select(Standard).where(col(Standard.slug) == part.slug))
    if standard is not None and (standard.source_sha256 == digest or (is_kept(standard) and not over_hand)):
        return False
    if standard is None:
        standard = Standard(slug=part.slug, name=part.name, source=part.source, source_sha256=digest)
        session.add(standard)
    standard.name, standard.source, standard.source_sha256 = part.name, part.source, digest
    session.flush()
    load_indicators(session, part.indicators, standard_id=standard.id, plan_id=None)
    return True


def is_kept(standard: Standard) -> bool:
    """Tell whether people changed a standard here, or made it."""
    return standard.source_sha256 == EDITED


def load_indicators(
    session: Session, parts: tuple[IndicatorPart, ...], *, standard_id: int | None, plan_id: int | None
) -> None:
    """Load the indicators of a standard or of a plan, with their thresholds."""
    owner = col(Indicator.plan_id) == plan_id if plan_id else col(Indicator.standard_id) == standard_id
    known = {item.code: item for item in session.scalars(sa.select(Indicator).where(owner))}
    for position, part in enumerate(parts, 1):
        write_indicator(
            session, known.get(part.code), part, standard_id=standard_id, plan_id=plan_id, position=position
        )
    # An indicator that is gone stays for what was measured by it, and sets no threshold any more.
    gone = [item.id for code, item in known.items() if code not in {part.code for part in parts}]
    session.execute(sa.delete(Threshold).where(col(Threshold.indicator_id).in_(gone)))


def write_indicator(
    session: Session,
    indicator: Indicator | None,
    part: IndicatorPart,
    *,
    standard_id: int | None,
    plan_id: int | None,
    position: int,
) -> int:
    """Add an indicator (`indicator` None) or bring it in line, with its thresholds, and return its id.

    `position` is its place in the order when it is new, or when it belongs to a standard.
    """
    values = part.model_dump(include={"code", "name", "group", "value_type", "clause", "note", "cumulative"})
    if indicator is None:
        indicator = Indicator(standard_id=standard_id, plan_id=plan_id, position=position, **values)
        session.add(indicator)
    for name, value in values.items():
        setattr(indicator, name, value)
    if standard_id is not None:
        indicator.position = position
    session.flush()
    assert indicator.id is not None
    _load_thresholds(session, indicator.id, part)
    return indicator.id


def _load_thresholds(session: Session, indicator_id: int, part: IndicatorPart) -> None:
    session.execute(
        sa.delete(Threshold).where(col(Threshold.indicator_id) == indicator_id, col(Threshold.plan_id).is_(None))
    )
    for item in part.thresholds:
        session.add(
            Threshold(
                indicator_id=indicator_id,
                stage=item.stage,
                comparator=item.comparator,
                value=item.value,
                unit=item.unit,
                clause=part.clause,
            )
        )
