"""The other side of delivery: a real mail server and small HTTP servers that play robots and webhooks.

`with smtp_sink() as mail:` and `with provider(ChannelKind.WECOM) as robot:` listen on free ports of 127.0.0.1 from the
first line to the last. `.settings` holds what Settings needs to reach them, `.environment` the same for a process;
`.letters` and `.requests` fill as they arrive, `wait_for` waits for a number of them.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.domain.vocabulary import ChannelKind
from tests.support.certificates import server_context

SENDER = "均衡办公室（虚构） <office@office.example>"


class Sink:
    """What every sink offers."""

    settings: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """The settings as JUNHENG_… variables."""
        return {f"JUNHENG_{name.upper()}": str(value) for name, value in self.settings.items()}


def wait_for(records: Sequence[object], count: int, seconds: float = 30) -> None:
    """Wait until so many have arrived. Raises: AssertionError when they do not."""
    until = time.monotonic() + seconds
    while len(records) < count:
        assert time.monotonic() < until, f"{len(records)} of {count} arrived"
        time.sleep(0.02)


@dataclass(frozen=True)
class Letter:
    """One letter as the mail server got it."""

    sender: str
    recipient: str
    content: bytes
    encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        """The letter taken apart."""
        return message_from_bytes(self.content, _class=EmailMessage, policy=policy.default)

    @property
    def number(self) -> str:
        """The message's number."""
        return str(self.message["X-Junheng-Number"])


@dataclass
class MailSink(Sink):
    """A mail server that keeps what it gets; its ways can be changed while it runs."""

    security: str = "none"
    refuse: Mapping[str, str] = field(default_factory=dict)  # recipient → answer, "550 no such user"
    answer: str = "250 OK kept"  # to a whole letter; "" : the connection dies before any answer
    silent: bool = False  # never answers a letter
    users: Mapping[str, str] = field(default_factory=dict)  # name → password; empty: nobody signs in
    letters: list[Letter] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a letter; the record is made before the answer, as on a server that dies in between."""
        content, sender = envelope.content, envelope.mail_from
        assert isinstance(content, bytes)
        assert sender
        account = session.auth_data
        user = account.login.decode() if isinstance(account, LoginPassword) else ""
        assert server.transport is not None
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        kept = [Letter(sender, to, content, encrypted, user) for to in envelope.rcpt_tos]
        if not self.answer.startswith(("4", "5")):
            self.letters.extend(kept)
        if self.silent:
            await asyncio.sleep(3600)
        if not self.answer and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return self.answer or "421 dying"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any) -> AuthResult:
        """Check an account."""
        assert isinstance(data, LoginPassword)
        good = self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=good, handled=good, auth_data=data)


@contextmanager
def smtp_sink(
    security: str = "none",
    *,
    refuse: Mapping[str, str] | None = None,
    answer: str = "250 OK kept",
    silent: bool = False,
    users: Mapping[str, str] | None = None,
) -> Iterator[MailSink]:
    """Run a mail server with `none`, `starttls` or `tls`; the last two need JUNHENG_CA_FILE (certificates.py)."""
    sink = MailSink(security, refuse or {}, answer, silent, users or {})
    context = server_context() if security != "none" else None
    loop = asyncio.new_event_loop()

    def session() -> SMTP:
        return SMTP(
            sink,
            hostname="sink.example",
            loop=loop,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=sink.authenticate if users else None,
            auth_required=bool(users) and security == "starttls",
            auth_require_tls=security == "starttls",
        )

    listening = loop.create_server(session, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server = loop.run_until_complete(listening)
    port = server.sockets[0].getsockname()[1]
    sink.settings |= {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": security, "smtp_from": SENDER}
    thread = threading.Thread(target=loop.run_forever, name="mail server")
    thread.start()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0)  # the transports are told in the next round


@dataclass(frozen=True)
class Answer:
    """What a provider says: a JSON object or bytes, after so many seconds."""

    status: int = 200
    content: dict[str, Any] | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0


@dataclass(frozen=True)
class Request:
    """What a provider was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


GOOD: dict[ChannelKind, dict[str, Any]] = {
    ChannelKind.WECOM: {"errcode": 0, "errmsg": "ok"},
    ChannelKind.DINGTALK: {"errcode": 0, "errmsg": "ok"},
    ChannelKind.FEISHU: {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"},
    ChannelKind.WEBHOOK: {"ok": True},
}


@dataclass
class ProviderSink(Sink):
    """A provider that keeps what it gets; `answer` may be replaced at any time, also by a function of the request."""

    url: str
    answer: Answer | Callable[[Request], Answer]
    settings: dict[str, Any]
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def provider(
    kind: ChannelKind, answer: Answer | Callable[[Request], Answer] | None = None, *, tls: bool = False
) -> Iterator[ProviderSink]:
    """Run an HTTP server that plays a robot or a webhook; its good answer by default."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls:
        server.socket = server_context().wrap_socket(server.socket, server_side=True)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    if kind is ChannelKind.WEBHOOK:
        settings = {"webhook_prefixes": f"{url}/"}
    else:
        settings = {"robots": kind.value, f"{kind.value}_url": url}
    sink = ProviderSink(url, answer or Answer(content=GOOD[kind]), settings)
    server.sink = sink  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, name=f"{kind} provider")
    thread.start()
    try:
        yield sink
    finally:
        sink.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sink: ProviderSink = self.server.sink  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        content = self.rfile.read(int(self.headers["Content-Length"] or 0))
        request = Request(parts.path, query, {name.lower(): value for name, value in self.headers.items()}, content)
        sink.requests.append(request)
        answer = sink.answer(request) if callable(sink.answer) else sink.answer
        sink.closing.wait(answer.seconds)
        self._say(answer)

    do_GET = do_POST  # a redirect that is followed would come so

    def _say(self, answer: Answer) -> None:
        said = answer.content if isinstance(answer.content, bytes) else json.dumps(answer.content).encode()
        try:
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
        except OSError:  # the caller has had enough
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on the terminal."""
