"""Accounts: create, sign in and out, passwords, and the throttle on failed attempts."""

import secrets
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

import sqlalchemy as sa
from pwdlib import PasswordHash
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.access import ORGANIZATION_BOUND, PLAN_BOUND, Actor
from app.domain.vocabulary import Role
from app.models import Account, SignIn, SignInThrottle
from app.queries.accounts import token_sha256
from app.services import audit
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
    audit.record(
        session, actor, "accounts:create", f"accounts/{account.id}", now=now, plan_id=plan_id, name=name, role=role
    )
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
    audit.record(session, actor, "accounts:set_password", f"accounts/{account.id}", now=now, one_time=one_time)


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
    account.active = active
    session.add(account)
    if not active:
        session.execute(sa.delete(SignIn).where(col(SignIn.account_id) == account.id))
    audit.record(session, actor, "accounts:set_active", f"accounts/{account.id}", now=now, active=active)


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
    return any(
        failures >= (MAX_FAILURES_OF_ADDRESS if key.startswith("address:") else MAX_FAILURES)
        for key, failures in session.execute(query)
    )


def count_failure(session: Session, keys: tuple[str, ...], *, now: datetime) -> None:
    """Count one failed attempt for each key; a window that is over starts anew."""
    session.execute(sa.delete(SignInThrottle).where(col(SignInThrottle.window_ends_at) <= now))
    table = SignInThrottle.__table__  # type: ignore[attr-defined]
    rows = [{"key": key, "failures": 0, "window_ends_at": now + THROTTLE_WINDOW} for key in keys]
    upsert(session, table, rows, replace=False)
    session.execute(
        sa.update(SignInThrottle)
        .where(col(SignInThrottle.key).in_(keys))
        .values(failures=col(SignInThrottle.failures) + 1)
    )


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


def sign_out(session: Session, token: str) -> None:
    """End the session of a token."""
    session.execute(sa.delete(SignIn).where(col(SignIn.token_sha256) == token_sha256(token)))
