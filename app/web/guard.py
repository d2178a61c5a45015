"""The guard before every request: one request id, strict headers, no writes from other sites, no endless bodies."""

from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIB = 1024 * 1024
FORM_LIMIT = MIB  # bytes of a form without files
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware; answers 403 to a write that another site sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its id, or refuse it; headers go on every answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in _SAFE and not _same_site(scope):
            await PlainTextResponse("cross-site request refused", 403)(scope, receive, send_with_headers)
            return
        try:
            await self.app(scope, _limited(scope, receive), send_with_headers)
        except BodyTooLargeError:
            await PlainTextResponse("请求过大。request too large", 413)(scope, receive, send_with_headers)


class BodyTooLargeError(Exception):
    """A request's body is larger than any form of this application."""


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return `receive` with a limit on the body; what the client says of its length is believed only against it."""
    headers = Headers(scope=scope)
    with_files = headers.get("content-type", "").startswith("multipart/form-data")
    settings = scope["app"].state.settings
    # One file more than a form may carry, so that a form a little too large comes back with a sentence.
    largest = max(settings.evidence_form_max_mb + settings.evidence_max_mb, settings.import_max_mb)
    limit = FORM_LIMIT + (largest * MIB if with_files else 0)
    announced = headers.get("content-length", "0")
    read = 0 if announced.isascii() and announced.isdigit() and int(announced[:20]) <= limit else limit

    async def receive_within_limit() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise BodyTooLargeError
        return message

    return receive_within_limit


def _same_site(scope: Scope) -> bool:
    """Trust Sec-Fetch-Site; plain-http intranets send none, so then Origin must name this host. Neither: no browser."""
    headers = Headers(scope=scope)
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin.partition("://")[2] == headers.get("host")
