"""Reads of accounts: who is signed in, and the administrator's list."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.vocabulary import Role
from app.models import Account, Organization, Plan, SignIn
from app.queries import jobs


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a session token, with the names of what it is bound to."""

    account: Account
    plan_title: str | None
    plan_slug: str | None
    organization_name: str | None
    supervises: bool  # other units name the account's unit as their supervisor
    health: jobs.JobsHealth  # of the timetable, which every page shows when it is at fault


_BOUND = (col(Plan.short_title), col(Plan.slug), col(Organization.name))


def token_sha256(token: str) -> str:
    """Return the stored form of a session token."""
    return sha256(token.encode()).hexdigest()


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Return who holds a session token; None when it is unknown, over, or the account is switched off."""
    below = aliased(Organization)
    supervises = sa.exists().where(col(below.supervisor_id) == col(Account.organization_id))
    row: Any = session.execute(
        sa.select(Account, *_BOUND, supervises, *jobs.health_columns(session, now))
        .join(SignIn, col(SignIn.account_id) == col(Account.id))
        .outerjoin(Plan, col(Plan.id) == col(Account.plan_id))
        .outerjoin(Organization, col(Organization.id) == col(Account.organization_id))
        .where(
            col(SignIn.token_sha256) == token_sha256(token),
            col(SignIn.expires_at) > now,
            col(Account.active).is_(True),
        )
    ).first()
    if row is None:
        return None
    account, plan_title, plan_slug, organization_name, supervised, *health = row
    return SignedIn(account, plan_title, plan_slug, organization_name, supervised, jobs.read_health(health, now))


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the list of accounts."""

    id: int
    name: str
    display_name: str
    role: Role
    active: bool
    must_change_password: bool
    plan_title: str | None
    organization_name: str | None
    created_at: datetime


def list_accounts(session: Session, *, text: str = "", role: Role | None = None) -> list[AccountRow]:
    """Return the accounts whose name, words or unit contain a text and whose role it is, active ones first, by name."""
    query: Any = (
        sa.select(
            col(Account.id),
            col(Account.name),
            col(Account.display_name),
            col(Account.role),
            col(Account.active),
            col(Account.must_change_password),
            col(Plan.short_title),
            col(Organization.name).label("organization_name"),
            col(Account.created_at),
        )
        .outerjoin(Plan, col(Plan.id) == col(Account.plan_id))
        .outerjoin(Organization, col(Organization.id) == col(Account.organization_id))
        .order_by(col(Account.active).desc(), col(Account.name))
    )
    if text:
        named = (col(Account.name), col(Account.display_name), col(Organization.name))
        query = query.where(sa.or_(*(column.icontains(text, autoescape=True) for column in named)))
    if role is not None:
        query = query.where(col(Account.role) == role)
    return [AccountRow(*row) for row in session.execute(query)]
