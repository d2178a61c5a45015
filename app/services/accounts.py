"""Accounts: create, sign in and out, passwords, and the throttle on failed attempts."""

import secrets
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import sqlalchemy as sa
from pwdlib import PasswordHash
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.access import ORGANIZATION_BOUND, PLAN_BOUND, Actor, Scope
from app.domain.vocabulary import Role
from app.models import Account, SignIn, SignInThrottle
from app.queries.accounts import token_sha256
from app.services import audit, inbox
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg

MIN_PASSWORD = 10
MAX_FAILURES = 5
MAX_FAILURES_OF_ADDRESS = 30  # a whole office may sit behind one address
THROTTLE_WINDOW = timedelta(minutes=15)
_HASHER = PasswordHash.recommended()
# Argon2 takes 64 MiB a time: two at once, the rest wait.
_HASHING = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the argon2 hash of a password."""
    with _HASHING:
        return _HASHER.hash(password)


@cache
def _nobody_hash() -> str:
    """Return a hash that no password fits, for names that nobody has."""
    return hash_password(secrets.token_urlsafe())


def matches(password: str, stored: str) -> bool:
    """Tell whether a password fits a stored hash."""
    with _HASHING:
        return _HASHER.verify(password, stored)


def create_account(
    session: Session,
    actor: Actor,
    *,
    name: str,
    display_name: str,
    role: Role,
    password: str,
    plan_id: int | None,
    organization_id: int | None,
    must_change_password: bool,
    now: datetime,
) -> Account:
    """Create an account. Raises: InputError naming each field that cannot be taken."""
    name, display_name = name.strip(), display_name.strip() or name.strip()
    problems = password_problems(password)
    if not 2 <= len(name) <= 60 or any(character.isspace() for character in name):
        problems["name"] = msg("2 to 60 characters without spaces")
    elif session.scalar(sa.select(col(Account.id)).where(col(Account.name) == name)) is not None:
        problems["name"] = msg("this name is taken; choose another")
    if len(display_name) > 60:
        problems["display_name"] = msg("at most 60 characters")
    if role in PLAN_BOUND and plan_id is None:
        problems["plan"] = msg("this role works on one plan; choose it")
    if role in ORGANIZATION_BOUND and organization_id is None:
        problems["organization"] = msg("this role reports for one organization; choose it")
    if problems:
        raise InputError(problems)
    account = Account(
        name=name,
        display_name=display_name,
        role=role,
        plan_id=None if role is Role.ADMINISTRATOR else plan_id,
        organization_id=organization_id if role in ORGANIZATION_BOUND else None,
        password_hash=hash_password(password),
        must_change_password=must_change_password,
        created_at=now,
    )
    session.add(account)
    session.flush()
    inbox.begin(session, account)
    after = {"display_name": display_name, "role": role, "organization": account.organization_id, "active": True}
    _audit(session, actor, "accounts:create", account, now, after={"name": name, **after})
    return account


def password_problems(password: str) -> dict[str, Message]:
    """Return what is wrong with a new password, if anything."""
    if MIN_PASSWORD <= len(password) <= 200 and len(set(password)) > 3:
        return {}
    return {"password": msg("at least 10 characters, and more than three different ones")}


def new_one_time_password() -> str:
    """Return a password that is read aloud or copied once: no characters that look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def set_password(
    session: Session, actor: Actor, account: Account, password: str, *, one_time: bool, now: datetime
) -> None:
    """Set a password and end the account's other sessions. Raises: InputError."""
    if problems := password_problems(password):
        raise InputError(problems)
    account.password_hash = hash_password(password)
    account.must_change_password = one_time
    session.add(account)
    session.execute(sa.delete(SignIn).where(col(SignIn.account_id) == account.id))
    _audit(session, actor, "accounts:set_password", account, now, name=account.name, one_time=one_time)


def reset_password(session: Session, actor: Actor, account: Account, *, now: datetime) -> str:
    """Give an account a one-time password and return it. Raises: ConflictError on one's own account."""
    if account.id == actor.account_id:
        raise ConflictError(msg("Change your own password under “Change password”."))
    password = new_one_time_password()
    set_password(session, actor, account, password, one_time=True, now=now)
    return password


def account_for_change(session: Session, account_id: int) -> Account:
    """Return an account for changing it. Raises: NotFoundError."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError(msg("There is no such account."))
    return account


def set_active(session: Session, actor: Actor, account: Account, active: bool, *, now: datetime) -> None:
    """Switch an account on or off; off ends its sessions. Raises: ConflictError on one's own account."""
    if account.id == actor.account_id:
        raise ConflictError(msg("You cannot switch off your own account."))
    before, account.active = account.active, active
    session.add(account)
    if not active:
        session.execute(sa.delete(SignIn).where(col(SignIn.account_id) == account.id))
    change = {"before": {"active": before}, "after": {"active": active}}
    _audit(session, actor, "accounts:set_active", account, now, name=account.name, **change)


def check_credentials(session: Session, name: str, password: str) -> Account | None:
    """Return the active account whose password fits, else None; a name nobody has takes as long as one somebody has."""
    account = session.scalar(sa.select(Account).where(col(Account.name) == name))
    fits = matches(password, account.password_hash if account else _nobody_hash())
    return account if account and account.active and fits else None


def throttled(session: Session, keys: tuple[str, ...], *, now: datetime) -> bool:
    """Tell whether a name or an address has failed too often within the window; many share an address."""
    query = sa.select(col(SignInThrottle.key), col(SignInThrottle.failures)).where(
        col(SignInThrottle.key).in_(keys), col(SignInThrottle.window_ends_at) > now
    )
    return any(failures >= _limit(key) for key, failures in session.execute(query))


def _limit(key: str) -> int:
    """Return how many failures within the window close a key."""
    return MAX_FAILURES_OF_ADDRESS if key.startswith("address:") else MAX_FAILURES


def count_failure(session: Session, actor: Actor, keys: tuple[str, ...], *, now: datetime) -> None:
    """Count one failed attempt for each key; a window that is over starts anew.

    The trail is told when a key is closed, not of each attempt: it would keep mistyped words for ever.
    """
    session.execute(sa.delete(SignInThrottle).where(col(SignInThrottle.window_ends_at) <= now))
    table = SignInThrottle.__table__  # type: ignore[attr-defined]
    rows = [{"key": key, "failures": 0, "window_ends_at": now + THROTTLE_WINDOW} for key in keys]
    upsert(session, table, rows, replace=False)
    session.execute(
        sa.update(SignInThrottle)
        .where(col(SignInThrottle.key).in_(keys))
        .values(failures=col(SignInThrottle.failures) + 1)
    )
    counted = sa.select(col(SignInThrottle.key), col(SignInThrottle.failures)).where(col(SignInThrottle.key).in_(keys))
    closed = sorted(key for key, failures in session.execute(counted) if failures == _limit(key))
    until = {"until": now + THROTTLE_WINDOW}
    audit.record_all(session, actor, [audit.Write("accounts:lock", key[:80], None, until) for key in closed], now=now)


def sign_in(session: Session, account: Account, *, hours: int, now: datetime) -> str:
    """Open a session and return its token; only the token's sha256 is stored."""
    assert account.id is not None
    token = secrets.token_urlsafe(32)
    session.execute(sa.delete(SignIn).where(col(SignIn.expires_at) <= now))
    session.add(
        SignIn(
            token_sha256=token_sha256(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.execute(sa.delete(SignInThrottle).where(col(SignInThrottle.key) == f"name:{account.name}"))
    return token


def enter(session: Session, account: Account, *, hours: int, now: datetime, request_id: str | None) -> str:
    """Let somebody in who gave the right password: open a session, put it on the trail, return the token."""
    token = sign_in(session, account, hours=hours, now=now)
    scope = Scope(account.plan_id, account.organization_id)
    actor = Actor(account.id, account.display_name, account.role, scope, request_id)
    _audit(session, actor, "accounts:sign_in", account, now)
    return token


def sign_out(session: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """End the session of a token; one that is over already is not told again."""
    query = sa.select(Account).join(SignIn).where(col(SignIn.token_sha256) == token_sha256(token))
    account = session.scalar(query)
    session.execute(sa.delete(SignIn).where(col(SignIn.token_sha256) == token_sha256(token)))
    if account is not None:
        _audit(session, actor, "accounts:sign_out", account, now)


def _audit(session: Session, actor: Actor, action: str, account: Account, now: datetime, **detail: Any) -> None:
    audit.record(session, actor, action, f"accounts/{account.id}", now=now, plan_id=account.plan_id, **detail)
