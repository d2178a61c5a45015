"""Accounts, their sign-ins and the throttle on failed ones."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.domain.vocabulary import Role
from app.models.types import UtcDateTime, code_type


class Account(SQLModel, table=True):
    """A person who may sign in; plan None: all plans, organization set for units only."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=60)
    display_name: str = Field(max_length=60)
    role: Role = Field(sa_type=code_type(Role))
    plan_id: int | None = Field(default=None, foreign_key="plan.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    password_hash: str = Field(max_length=255)
    must_change_password: bool = False
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """An open session: the cookie's token is stored only as its sha256."""

    __tablename__ = "sign_in"

    token_sha256: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SignInThrottle(SQLModel, table=True):
    """Failed sign-ins of one name or address within the current window."""

    __tablename__ = "sign_in_throttle"

    key: str = Field(primary_key=True, max_length=120)
    failures: int
    window_ends_at: datetime = Field(sa_type=UtcDateTime)
