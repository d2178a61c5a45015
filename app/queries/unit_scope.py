"""What a unit may read: the milestones that name it, and those that name a unit under its supervision (主管单位)."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import MilestoneUnit, Organization


def readable_units(organization_id: int) -> sa.Select[Any]:
    """Return the ids of a unit and of those that it supervises directly."""
    return sa.select(col(Organization.id)).where(
        sa.or_(col(Organization.id) == organization_id, col(Organization.supervisor_id) == organization_id)
    )


def readable_milestones(organization_id: int) -> sa.Select[Any]:
    """Return the ids of the milestones that name one of these units."""
    # IN, not EXISTS: the unit's own milestones are few, where walking the ledger for them may read all of it.
    return sa.select(col(MilestoneUnit.milestone_id)).where(
        col(MilestoneUnit.organization_id).in_(readable_units(organization_id))
    )


def supervised(organization_id: int) -> sa.Select[Any]:
    """Return the ids of the units that a unit supervises."""
    return sa.select(col(Organization.id)).where(col(Organization.supervisor_id) == organization_id)


def may_read_one_of(session: Session, organization_id: int, unit_ids: set[int]) -> bool:
    """Tell whether a unit may read what names any of these units; asks only when it is not among them."""
    if organization_id in unit_ids:
        return True
    query = readable_units(organization_id).where(col(Organization.id).in_(unit_ids)).limit(1)
    return session.scalar(query) is not None
