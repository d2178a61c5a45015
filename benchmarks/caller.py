"""Call the application in this process without a client's or a server's own cost around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from app.web.deps import COOKIE


@dataclass(frozen=True, slots=True)
class Call:
    """One request: a reading of `path`, or with `form` a POST of it, as the holder of a session token."""

    path: str
    token: str
    form: tuple[tuple[str, str], ...] | None = None
    part: bool = False  # as htmx asks for the changing part alone


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a response."""

    status: int
    body: bytes


@contextmanager
def calling(app: FastAPI) -> Iterator[BlockingPortal]:
    """Run the application's start and stop around calls from this thread."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        yield portal


async def answer(app: FastAPI, call: Call) -> Answer:
    """Send one request through the application and collect its response."""
    path, _, query = call.path.partition("?")
    body = urlencode(call.form or ()).encode()
    headers = [(b"host", b"bench"), (b"cookie", f"{COOKIE}={call.token}".encode())]
    if call.form is not None:
        headers.append((b"content-type", b"application/x-www-form-urlencoded"))
    if call.part:
        headers.append((b"hx-request", b"true"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if call.form is None else "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": quote(query, safe="=&-").encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("bench", 80),
    }
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, b"".join(parts))
