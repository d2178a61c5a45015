"""The guard before every request: writes from other sites are refused, strict headers go on every answer."""

import socket
from collections.abc import Callable
from time import monotonic, sleep

import pytest
from fastapi import FastAPI

from app.domain.vocabulary import Role
from app.web.deps import COOKIE
from tests.support.web import anonymous, signed_in

POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        # The browser's own word counts for more than an origin that a proxy may have rewritten.
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://outside.example"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
    ],
)
def test_a_write_passes_only_from_this_site(app: FastAPI, headers: dict[str, str], status: int) -> None:
    assert signed_in(app, Role.LEADER).post("/sign-out", headers=headers).status_code == status


def test_reading_from_another_site_is_allowed_as_links_come_from_there(app: FastAPI) -> None:
    assert signed_in(app, Role.LEADER).get("/milestones", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/milestones", "/sign-in", "/nowhere", "/static/junheng.css", "/static/none.css", "/healthz", "/api/v1/none"],
)
def test_every_answer_carries_a_strict_policy_and_a_request_id(app: FastAPI, path: str) -> None:
    for browser in (anonymous(app), signed_in(app, Role.OFFICE)):
        headers = browser.get(path).headers
        assert all(part in headers["content-security-policy"] for part in POLICY)
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 36


def test_a_refused_write_carries_the_same_headers(app: FastAPI) -> None:
    answer = anonymous(app).post("/sign-in", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("length", ["1073741824", "-1", "many"])
def test_a_body_larger_than_any_form_is_refused_before_it_is_read(app: FastAPI, length: str) -> None:
    answer = anonymous(app).post(
        "/sign-in",
        content=b"name=x",
        headers={"Content-Length": length, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_a_body_without_a_length_is_cut_off_at_the_limit(app: FastAPI) -> None:
    def endless() -> object:
        for _ in range(40):
            yield b"a" * (64 * 1024)

    answer = anonymous(app).post(
        "/sign-in",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_pages_are_never_kept_by_caches_on_the_way(app: FastAPI) -> None:
    assert signed_in(app, Role.OFFICE).get("/milestones").headers["cache-control"] == "no-store"


def test_a_fault_answers_with_a_page_and_the_same_headers_and_no_word_of_its_cause(app: FastAPI) -> None:
    def boom() -> None:
        raise RuntimeError("the secret cause")

    app.add_api_route("/boom", boom)
    answer = signed_in(app, Role.OFFICE, raise_server_exceptions=False).get("/boom")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers["x-request-id"]) == 36


def test_others_write_while_a_form_is_still_on_its_way(app: FastAPI, live_server: Callable[..., str]) -> None:
    token = signed_in(app, Role.OFFICE).cookies[COOKIE]
    host, _, port = live_server(app.state.settings, app.state.clock).removeprefix("http://").partition(":")
    head = (
        "POST /account/password HTTP/1.1",
        f"Host: {host}:{port}",
        f"Cookie: {COOKIE}={token}",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 9",
        "Connection: close",
    )
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(("\r\n".join(head) + "\r\n\r\nold=x").encode())
        sleep(0.5)  # the server knows who is there and waits for the rest
        started = monotonic()
        signed_in(app, Role.LEADER)  # writes
        assert monotonic() - started < 2
        slow.sendall(b"&a=b")
        assert slow.recv(64).startswith(b"HTTP/1.1 422")
