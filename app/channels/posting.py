"""POST a small body to a robot or webhook: no redirects, no proxies of the environment, verified TLS, bounded time."""

import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from app.channels.outgoing import Outcome, failed
from app.channels.patience import Line, hanging_up_after
from app.channels.trust import tls_context
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

ANSWER_BYTES = 64 * 1024
LONGEST_WAIT_SECONDS = 24 * 3600
_PATIENCE = 3  # times the limit of one step
_HEADERS = {
    "User-Agent": "junheng",
    "Content-Type": "application/json; charset=utf-8",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered; `fields` is the JSON object it sent, None: something else."""

    status: int
    text: str
    fields: dict[str, Any] | None
    retry_after_seconds: int | None


def encoded(content: Mapping[str, Any]) -> bytes:
    """Return a body as UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def post(
    url: str,
    content: bytes,
    settings: Settings,
    now: datetime,
    secrets: Iterable[str | None],
    headers: Mapping[str, str] | None = None,
) -> Reply | Outcome:
    """Send a body and read at most 64 KiB of the answer; an Outcome when none came."""
    seconds = settings.channel_timeout
    try:
        with (
            httpx2.Client(
                verify=tls_context(settings.ca_file, "web"), timeout=seconds, trust_env=False, follow_redirects=False
            ) as client,
            hanging_up_after(_PATIENCE * seconds) as line,
            client.stream(
                "POST",
                url,
                content=content,
                headers={**_HEADERS, **(headers or {})},
                extensions={"trace": _connections(line)},
            ) as response,
        ):
            return _read(response, now)
    except httpx2.TimeoutException as error:
        return failed(DeliveryTrouble.TIMEOUT, _told(error), secrets)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        untrusted = _caused_by(error, ssl.SSLError)
        return failed(DeliveryTrouble.CERTIFICATE if untrusted else DeliveryTrouble.UNREACHABLE, _told(error), secrets)


def _connections(line: Line) -> Callable[[str, dict[str, Any]], None]:
    """Return what tells the line its connection as soon as there is one."""

    def note(event: str, details: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            line.take(details["return_value"].get_extra_info("socket"))

    return note


def _read(response: httpx2.Response, now: datetime) -> Reply:
    content = b""
    for chunk in response.iter_raw():
        content += chunk
        if len(content) >= ANSWER_BYTES:
            break
    text = content[:ANSWER_BYTES].decode("utf-8", "replace")
    return Reply(response.status_code, text, _object(text), _wait(response.headers.get("Retry-After"), now))


def _object(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _wait(value: str | None, now: datetime) -> int | None:
    """Return the seconds of a Retry-After, at most a day; None: absent or unreadable."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, min(int((aware - now).total_seconds()), LONGEST_WAIT_SECONDS))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
