"""Accounts: passwords, sessions, the throttle, and what an account must be given."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.models import Account, SignIn, SignInThrottle
from app.queries.accounts import token_sha256
from app.queries.audit import AuditFilter, list_entries, verify_chain
from app.services import accounts
from app.services.errors import ConflictError, InputError, NotFoundError
from tests.support import passwords
from tests.support.facts import SYSTEM, noon, office

NOW = noon("2026-11-22")
PASSWORD = "seven-Counties-7"
KEYS = ("name:li", "address:10.0.0.7")


def created(session: Session, name: str = "li", role: Role = Role.AUDITOR, **more: object) -> Account:
    values: dict = {
        "name": name,
        "display_name": "",
        "role": role,
        "password": PASSWORD,
        "plan_id": None,
        "organization_id": None,
        "must_change_password": False,
        "now": NOW,
    }
    return accounts.create_account(session, SYSTEM, **(values | more))


def sessions_of(session: Session, account: Account) -> int:
    return session.scalar(sa.select(sa.func.count()).where(col(SignIn.account_id) == account.id)) or 0


def problems(session: Session, **values: object) -> set[str]:
    with pytest.raises(InputError) as refused:
        created(session, **values)  # type: ignore[arg-type]
    return set(refused.value.problems)


def test_passwords_are_stored_as_argon2_and_tokens_as_sha256(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        token = accounts.sign_in(session, account, hours=12, now=NOW)
        session.flush()
        stored = session.scalars(sa.select(col(SignIn.token_sha256))).one()
        assert account.password_hash.startswith("$argon2id$")
        assert PASSWORD not in account.password_hash
        assert stored == token_sha256(token) != token
        assert verify_chain(session).broken_at is None


def test_a_hash_takes_64_mib_and_three_rounds_outside_the_tests():
    assert passwords.REAL.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_only_the_right_password_of_an_active_account_is_taken(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        assert accounts.check_credentials(session, "li", PASSWORD) is account
        assert accounts.check_credentials(session, "li", PASSWORD + "x") is None
        assert accounts.check_credentials(session, "nobody", PASSWORD) is None
        accounts.set_active(session, SYSTEM, account, False, now=NOW)
        assert accounts.check_credentials(session, "li", PASSWORD) is None
        accounts.set_active(session, SYSTEM, account, True, now=NOW)
        assert accounts.check_credentials(session, "li", PASSWORD) is account


def test_five_failures_close_the_door_until_the_window_is_over(engine: Engine):
    with write_session(engine) as session:
        for no in range(5):
            assert not accounts.throttled(session, KEYS, now=NOW + timedelta(minutes=no))
            accounts.count_failure(session, SYSTEM, KEYS, now=NOW + timedelta(minutes=no))
        assert accounts.throttled(session, KEYS, now=NOW + timedelta(minutes=5))
        # The name is closed from every address; the address, which a whole office may share, is not closed yet.
        assert accounts.throttled(session, ("name:li", "address:10.0.0.8"), now=NOW + timedelta(minutes=5))
        assert not accounts.throttled(session, ("name:wang", "address:10.0.0.7"), now=NOW + timedelta(minutes=5))
        assert not accounts.throttled(session, ("name:wang", "address:10.0.0.8"), now=NOW + timedelta(minutes=5))
        last = NOW + accounts.THROTTLE_WINDOW
        assert accounts.throttled(session, KEYS, now=last - timedelta(seconds=1))
        assert not accounts.throttled(session, KEYS, now=last)
        accounts.count_failure(session, SYSTEM, KEYS, now=last)
        assert not accounts.throttled(session, KEYS, now=last)


def test_the_trail_tells_who_came_and_went_and_when_a_name_was_closed_but_no_mistyped_word(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        for no in range(7):
            accounts.count_failure(session, SYSTEM, KEYS, now=NOW + timedelta(seconds=no))
        token = accounts.enter(session, account, hours=12, now=NOW, request_id="r-1")
        for _ in range(2):
            accounts.sign_out(session, Actor(account.id, "李", account.role), token, now=NOW)
        entries = list_entries(session, AuditFilter())[:3]
    assert [(entry.action, entry.subject, entry.request_id) for entry in reversed(entries)] == [
        ("accounts:lock", "name:li", None),
        ("accounts:sign_in", f"accounts/{account.id}", "r-1"),
        ("accounts:sign_out", f"accounts/{account.id}", None),
    ]


def test_thirty_failures_close_an_address_for_every_name(engine: Engine):
    with write_session(engine) as session:
        for no in range(accounts.MAX_FAILURES_OF_ADDRESS):
            accounts.count_failure(session, SYSTEM, (f"name:{no}", "address:10.0.0.7"), now=NOW)
        assert accounts.throttled(session, ("name:wang", "address:10.0.0.7"), now=NOW)
        assert not accounts.throttled(session, ("name:wang", "address:10.0.0.8"), now=NOW)


def test_signing_in_forgets_the_failures_of_the_name_and_not_of_the_address(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        accounts.count_failure(session, SYSTEM, KEYS, now=NOW)
        accounts.sign_in(session, account, hours=12, now=NOW)
        assert list(session.scalars(sa.select(col(SignInThrottle.key)))) == ["address:10.0.0.7"]


def test_a_new_password_ends_the_sessions_and_a_one_time_password_must_be_changed(engine: Engine):
    with write_session(engine) as session:
        account, other = created(session), created(session, "wang")
        for who in (account, account, other):
            accounts.sign_in(session, who, hours=12, now=NOW)
        session.flush()
        one_time = accounts.new_one_time_password()
        accounts.set_password(session, SYSTEM, account, one_time, one_time=True, now=NOW)
        assert (sessions_of(session, account), sessions_of(session, other)) == (0, 1)
        assert account.must_change_password
        assert accounts.check_credentials(session, "li", PASSWORD) is None
        assert accounts.check_credentials(session, "li", one_time) is account
        accounts.set_password(session, SYSTEM, account, PASSWORD, one_time=False, now=NOW)
        assert not account.must_change_password


def test_one_time_passwords_differ_and_satisfy_the_rule():
    made = {accounts.new_one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert not any(accounts.password_problems(password) for password in made)
    assert not set("".join(made)) & set("ilo01")


def test_signing_out_ends_one_session_and_switching_off_ends_all(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        tokens = [accounts.sign_in(session, account, hours=12, now=NOW) for _ in range(3)]
        session.flush()
        accounts.sign_out(session, SYSTEM, tokens[0], now=NOW)
        assert sessions_of(session, account) == 2
        accounts.set_active(session, SYSTEM, account, False, now=NOW)
        assert sessions_of(session, account) == 0


def test_expired_sessions_are_cleared_at_the_next_sign_in(engine: Engine):
    with write_session(engine) as session:
        account = created(session)
        accounts.sign_in(session, account, hours=1, now=NOW)
        session.flush()
        accounts.sign_in(session, account, hours=1, now=NOW + timedelta(hours=1))
        session.flush()
        assert sessions_of(session, account) == 1


def test_nobody_switches_off_the_own_account(engine: Engine):
    with write_session(engine) as session:
        account = created(session, role=Role.ADMINISTRATOR)
        with pytest.raises(ConflictError):
            accounts.set_active(session, Actor(account.id, "li", account.role), account, False, now=NOW)
        with pytest.raises(NotFoundError):
            accounts.account_for_change(session, (account.id or 0) + 1)


@pytest.mark.parametrize("password", ["", "short", "a" * 12, "abcabcabcabc", "x" * 201])
def test_weak_passwords_are_refused(password: str):
    assert set(accounts.password_problems(password)) == {"password"}


def test_an_account_that_cannot_be_taken_is_refused_field_by_field(engine: Engine):
    with write_session(engine) as session:
        created(session)
        assert problems(session) == {"name"}
        assert problems(session, name="two words") == {"name"}
        assert problems(session, name="x", password="short") == {"name", "password"}
        assert problems(session, name="wang", display_name="长" * 61) == {"display_name"}
        assert problems(session, name="wang", role=Role.OFFICE) == {"plan"}
        assert problems(session, name="wang", role=Role.UNIT) == {"organization"}


def test_only_a_unit_keeps_an_organization(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        unit = created(session, "dept", Role.UNIT, organization_id=of.organization_id)
        leader = created(session, "leader", Role.LEADER, organization_id=of.organization_id)
        assert (unit.organization_id, leader.organization_id) == (of.organization_id, None)
        assert unit.display_name == "dept"
