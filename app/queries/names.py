"""Find units and accounts by the names people type on the command line."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Account, Milestone, MilestoneUnit, Organization, OrganizationAlias, Plan


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit that goes by a name; `name` is its full official name."""

    id: int
    name: str


def units_named(session: Session, name: str, plan_id: int | None) -> list[NamedUnit]:
    """Return the unit with this full name, else the units with this short name or alias (those a plan names)."""
    query = sa.select(col(Organization.id), col(Organization.name)).order_by(col(Organization.name))
    exact = session.execute(query.where(col(Organization.name) == name)).all()
    if exact:
        return [NamedUnit(*row) for row in exact]
    aliases = sa.select(col(OrganizationAlias.organization_id)).where(col(OrganizationAlias.alias) == name)
    query = query.where(sa.or_(col(Organization.short_name) == name, col(Organization.id).in_(aliases)))
    if plan_id is not None:
        query = query.where(_named_by(plan_id))
    return [NamedUnit(*row) for row in session.execute(query)]


def _named_by(plan_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a plan's milestones name the unit, or that it is the plan's office."""
    bound = (
        sa.select(col(MilestoneUnit.organization_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan_id)
    )
    office = sa.select(col(Plan.office_id)).where(col(Plan.id) == plan_id)
    return sa.or_(col(Organization.id).in_(bound), col(Organization.id).in_(office))


def account_named(session: Session, name: str) -> Account | None:
    """Return the account of this name; None when nobody has it."""
    return session.scalar(sa.select(Account).where(col(Account.name) == name))
