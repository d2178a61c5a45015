"""Hold measured values against those before them: what looks implausible asks for a word, and is taken all the same."""

from collections.abc import Collection, Mapping
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.plausibility import Doubt, doubts
from app.models import Indicator, Target
from app.queries.measurements import latest_values
from app.services.errors import InputError, Message, msg

_WORDS: dict[Doubt, Message] = {
    Doubt.OUT_OF_RANGE: msg("this value lies out of its range; correct it, or say in a word why it is right"),
    Doubt.FALLS: msg("a cumulative value fell; correct it, or say in a word why"),
    Doubt.JUMP: msg("this value is far from the one before; correct it, or say in a word why"),
}


class DoubtfulError(InputError):
    """Values look implausible and nobody has said why: asked about once; sent again knowingly, they are taken."""


def found_doubts(session: Session, milestone_id: int, values: Mapping[int, Decimal]) -> dict[int, tuple[Doubt, ...]]:
    """Return by target id what speaks against the values; a target with nothing against it is left out."""
    if not values:
        return {}
    latest = latest_values(session, [milestone_id])
    rows = session.execute(
        sa.select(col(Target.id), col(Target.unit), col(Indicator.value_type), col(Indicator.cumulative))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id) == milestone_id, col(Target.id).in_(values))
    )
    found = {
        row.id: doubts(
            values[row.id],
            latest[row.id][0] if row.id in latest else None,
            unit=row.unit,
            value_type=row.value_type,
            cumulative=row.cumulative,
        )
        for row in rows
    }
    return {target_id: items for target_id, items in found.items() if items}


def ask_for_explanations(
    session: Session, milestone_id: int, values: Mapping[int, Decimal], answered: Collection[int]
) -> None:
    """Ask for a word on each implausible value, but for targets `answered`: explained, or asked about before.

    Raises: DoubtfulError naming each explanation's field.
    """
    problems = {
        f"why-{target_id}": _WORDS[items[0]]
        for target_id, items in found_doubts(session, milestone_id, values).items()
        if target_id not in answered
    }
    if problems:
        raise DoubtfulError(problems)
