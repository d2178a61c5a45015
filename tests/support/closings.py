"""The two keys as tests turn them: a claim by somebody, its verification by somebody else of the office."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.access import Actor, Scope
from app.domain.closings import TICKED
from app.domain.vocabulary import Role
from app.models import Account
from app.services import closings
from app.services.closings import VerificationInput
from app.services.evidence import StoredUpload
from tests.support.facts import Office, add_report

FILE = StoredUpload("证明.pdf", "application/pdf", 4, "0" * 64)
ALL_TICKED = VerificationInput(frozenset(TICKED), "现场核验通过")


def person(session: Session, of: Office, role: Role = Role.OFFICE, name: str = "second") -> Actor:
    """Add an account of a role (an office account of the plan) and return it as who acts."""
    plan_id = of.plan_id if role is Role.OFFICE else None
    account = Account(
        name=f"{name}-{of.plan_id}",
        display_name=name,
        role=role,
        plan_id=plan_id,
        password_hash="none",
        created_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    )
    session.add(account)
    session.flush()
    return Actor(account.id, name, role, Scope(plan_id))


def claim(session: Session, of: Office, milestone_id: int, at: datetime, reached: str, **more: Any) -> int:
    """Add a claim of completion by the office's first account and return its id."""
    return add_report(
        session,
        of,
        milestone_id,
        at,
        claims_completion=True,
        reached_on=datetime.fromisoformat(reached).date(),
        **more,
    )


def close(session: Session, actor: Actor, milestone_id: int, at: datetime) -> str:
    """Turn the second key, with a file of the verification's own."""
    return closings.close_out(session, actor, milestone_id, ALL_TICKED, [FILE], now=at)
