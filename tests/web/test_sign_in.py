"""Signing in and out, one's own password, the language, and the throttle on failed attempts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.vocabulary import Role
from app.models import SignInThrottle
from app.services import accounts
from app.web.deps import COOKIE
from tests.support.web import NOW, PASSWORD, SYSTEM, anonymous, signed_in

ENTRY = {"name": "leader", "password": PASSWORD}


def test_sign_in_leads_to_the_page_that_was_asked_for(app: FastAPI) -> None:
    browser = anonymous(app)
    asked = browser.get("/milestones?plan=luoyang-2025")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/milestones%3Fplan%3Dluoyang-2025")
    entered = browser.post("/sign-in", data={**ENTRY, "next": "/milestones?plan=luoyang-2025"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/milestones?plan=luoyang-2025")
    assert browser.get("/milestones").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI) -> None:
    cookie = anonymous(app).post("/sign-in", data=ENTRY).headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_sign_in_never_leads_to_another_site(app: FastAPI, target: str) -> None:
    assert anonymous(app).post("/sign-in", data={**ENTRY, "next": target}).headers["location"] == "/"
    assert signed_in(app, Role.LEADER).get("/sign-in", params={"next": target}).headers["location"] == "/"


@pytest.mark.parametrize("name", ["leader", "nobody", ""])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(app: FastAPI, name: str) -> None:
    answer = anonymous(app, language="en").post("/sign-in", data={"name": name, "password": "wrong"})
    assert answer.status_code == 422
    assert "Name or password is wrong." in answer.text
    assert COOKIE not in answer.cookies


def test_a_target_with_characters_that_browsers_drop_stays_on_this_site(app: FastAPI) -> None:
    answer = anonymous(app).post("/sign-in", data={**ENTRY, "next": "/\t/evil.example\r\nX: y"})
    assert answer.headers["location"] == "/%09/evil.example%0D%0AX:%20y"


def test_a_name_of_any_length_is_counted_under_a_key_that_both_databases_can_keep(app: FastAPI) -> None:
    assert anonymous(app).post("/sign-in", data={"name": "x" * 5000, "password": "y"}).status_code == 422
    with read_session(app.state.engine) as session:
        keys = session.scalars(sa.select(col(SignInThrottle.key))).all()
    assert len(keys) == 2
    assert max(map(len, keys)) <= 120


def test_the_sixth_attempt_waits_even_with_the_right_password_until_the_window_ends(app: FastAPI) -> None:
    browser = anonymous(app)
    for _ in range(5):
        assert browser.post("/sign-in", data={**ENTRY, "password": "wrong"}).status_code == 422
    assert browser.post("/sign-in", data=ENTRY).status_code == 422
    app.state.clock.advance(timedelta(minutes=16))
    assert browser.post("/sign-in", data=ENTRY).status_code == 303


def test_signing_out_ends_the_session_on_the_server(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER)
    token = browser.cookies[COOKIE]
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.cookies.set(COOKIE, token)
    assert browser.get("/milestones").status_code == 303


def test_a_session_ends_by_itself_and_is_not_renewed(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER)
    app.state.clock.advance(timedelta(hours=12, seconds=1))
    assert browser.get("/milestones").headers["location"].startswith("/sign-in")


def test_a_one_time_password_opens_nothing_but_the_form_for_a_new_one(app: FastAPI) -> None:
    with write_session(app.state.engine) as session:
        accounts.create_account(
            session,
            SYSTEM,
            name="fresh",
            display_name="",
            role=Role.LEADER,
            password="once-and-only",
            plan_id=None,
            organization_id=None,
            must_change_password=True,
            now=NOW,
        )
    browser = anonymous(app)
    assert browser.post("/sign-in", data={"name": "fresh", "password": "once-and-only"}).status_code == 303
    assert browser.get("/milestones").headers["location"] == "/account/password"
    entries = {"old": "once-and-only", "password": "my-own-words-7", "again": "my-own-words-7"}
    assert browser.post("/account/password", data=entries).status_code == 303
    assert browser.get("/milestones").status_code == 200
    assert anonymous(app).post("/sign-in", data={"name": "fresh", "password": "once-and-only"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"old": "wrong"}, "this is not your present password"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"again": "other-words-77"}, "the two entries differ"),
    ],
)
def test_a_new_password_that_cannot_be_taken_is_explained_at_its_field(
    app: FastAPI, changes: dict[str, str], problem: str
) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    entries = {"old": PASSWORD, "password": "my-own-words-7", "again": "my-own-words-7", **changes}
    answer = browser.post("/account/password", data=entries)
    assert answer.status_code == 422
    assert problem in answer.text


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(app: FastAPI) -> None:
    here, elsewhere = signed_in(app, Role.LEADER), signed_in(app, Role.LEADER)
    entries = {"old": PASSWORD, "password": "my-own-words-7", "again": "my-own-words-7"}
    assert here.post("/account/password", data=entries).status_code == 303
    assert here.get("/milestones").status_code == 200
    assert elsewhere.get("/milestones").status_code == 303


def test_the_language_is_remembered_and_only_known_ones_are_taken(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER)
    assert '<html lang="zh-CN">' in browser.get("/milestones").text
    answer = browser.post("/language", data={"language": "en", "next": "/milestones"})
    assert answer.headers["location"] == "/milestones"
    assert '<html lang="en">' in browser.get("/milestones").text
    assert "set-cookie" not in browser.post("/language", data={"language": "xx"}).headers
