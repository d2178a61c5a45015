"""The administrator's accounts: create, one-time passwords shown once, switch off and on."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import Account, AuditEntry
from tests.support.strict_html import faults
from tests.support.web import PASSWORD, PLAN, UNIT, anonymous, signed_in

ENTRIES = {"name": "zhang.min", "display_name": "张敏", "role": "office", "plan": PLAN, "organization": ""}


def one_time_password(html: str) -> str:
    found = re.search(r'<code class="one-time">([^<]+)</code>', html)
    assert found
    return found.group(1)


def id_of(app: FastAPI, name: str) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Account.id)).where(col(Account.name) == name)).scalar_one()
        return found


def enters(app: FastAPI, name: str, password: str) -> bool:
    return anonymous(app).post("/sign-in", data={"name": name, "password": password}).status_code == 303


def test_a_new_accounts_password_is_shown_once_and_must_be_changed_at_the_first_sign_in(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    answer = root.post("/accounts", data=ENTRIES)
    assert (answer.status_code, faults(answer.text)) == (200, [])
    assert answer.headers["cache-control"] == "no-store"
    password = one_time_password(answer.text)
    assert password not in root.get("/accounts").text
    assert password not in root.get("/audit").text
    person = anonymous(app)
    assert person.post("/sign-in", data={"name": "zhang.min", "password": password}).status_code == 303
    assert person.get("/milestones").headers["location"] == "/account/password"
    own = {"old": password, "password": "my-own-words-7", "again": "my-own-words-7"}
    assert person.post("/account/password", data=own).status_code == 303
    assert person.get("/milestones").status_code == 200


def test_a_unit_is_chosen_by_its_name_and_sees_its_own_milestones_alone(app: FastAPI) -> None:
    entries = {**ENTRIES, "role": "unit", "organization": UNIT}
    answer = signed_in(app, Role.ADMINISTRATOR).post("/accounts", data=entries)
    assert answer.status_code == 200
    with read_session(app.state.engine) as session:
        account = session.scalars(sa.select(Account).where(col(Account.name) == "zhang.min")).one()
    assert account.organization_id is not None
    assert account.plan_id is not None


def test_an_administrator_is_bound_to_no_plan(app: FastAPI) -> None:
    assert signed_in(app, Role.ADMINISTRATOR).post("/accounts", data={**ENTRIES, "role": "administrator"}).is_success
    with read_session(app.state.engine) as session:
        account = session.scalars(sa.select(Account).where(col(Account.name) == "zhang.min")).one()
    assert account.plan_id is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "a"}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "leader"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"display_name": "长" * 61}, "display_name"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"plan": ""}, "plan"),
        ({"plan": "atlantis"}, "plan"),
        ({"role": "unit"}, "organization"),
        ({"role": "unit", "organization": "不存在的单位"}, "organization"),
    ],
)
def test_what_cannot_be_taken_is_explained_at_its_field_and_nothing_typed_is_lost(
    app: FastAPI, changes: dict[str, str], field: str
) -> None:
    answer = signed_in(app, Role.ADMINISTRATOR).post("/accounts", data={**ENTRIES, **changes})
    assert (answer.status_code, faults(answer.text)) == (422, [])
    assert f'id="{field}-problem"' in answer.text
    if field != "display_name":
        assert 'value="张敏"' in answer.text


def test_a_reset_ends_the_old_password_and_every_session(app: FastAPI) -> None:
    person = signed_in(app, Role.LEADER)
    answer = signed_in(app, Role.ADMINISTRATOR).post(f"/accounts/{id_of(app, 'leader')}/password")
    password = one_time_password(answer.text)
    assert person.get("/milestones").status_code == 303
    assert not enters(app, "leader", PASSWORD)
    assert enters(app, "leader", password)


def test_an_account_that_is_switched_off_is_out_at_once_and_comes_back_with_its_password(app: FastAPI) -> None:
    root, person = signed_in(app, Role.ADMINISTRATOR), signed_in(app, Role.LEADER)
    url = f"/accounts/{id_of(app, 'leader')}/state"
    assert root.post(url, data={"active": "0"}).headers["location"] == "/accounts?done=off"
    assert person.get("/milestones").status_code == 303
    assert not enters(app, "leader", PASSWORD)
    assert root.post(url, data={"active": "1"}).headers["location"] == "/accounts?done=on"
    assert enters(app, "leader", PASSWORD)


def test_nobody_switches_off_or_resets_the_own_account_here(app: FastAPI) -> None:
    root, own = signed_in(app, Role.ADMINISTRATOR), id_of(app, "administrator")
    assert root.post(f"/accounts/{own}/state", data={"active": "0"}).status_code == 409
    assert root.post(f"/accounts/{own}/password").status_code == 409
    assert root.get("/accounts").status_code == 200


def test_an_account_that_is_not_there_is_not_found(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    assert root.post("/accounts/4000/password").status_code == 404
    assert root.post("/accounts/4000/state", data={"active": "0"}).status_code == 404


def test_the_list_is_found_by_name_unit_and_role(app: FastAPI) -> None:
    signed_in(app, Role.UNIT)
    root = signed_in(app, Role.ADMINISTRATOR)
    assert root.get("/accounts", params={"q": "新安"}).text.count("<tr>") == 2
    assert root.get("/accounts", params={"role": "auditor"}).text.count("<tr>") == 2
    assert "<tr>" not in root.get("/accounts", params={"q": "nobody at all"}).text
    assert "<tr>" not in root.get("/accounts", params={"q": "%"}).text


def test_every_step_is_on_record_without_the_password(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    password = one_time_password(root.post("/accounts", data=ENTRIES).text)
    root.post(f"/accounts/{id_of(app, 'zhang.min')}/state", data={"active": "0"})
    with read_session(app.state.engine) as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(2)).all()
    assert [entry.action for entry in entries] == ["accounts:set_active", "accounts:create"]
    assert all(entry.actor == "administrator" and entry.request_id for entry in entries)
    assert all(password not in entry.detail for entry in entries)
