"""Generic webhook: signed JSON for another system of the office, at an address under a permitted prefix.

The receiver computes HMAC-SHA256(secret, timestamp + "." + body) and compares it with X-Junheng-Signature; the number
in X-Junheng-Number is the same at every attempt.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.channels.outgoing import Outcome, Outgoing, delivered, failed
from app.channels.posting import Reply, encoded, post
from app.channels.texts import body, subject
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

TEXT_BYTES = 256 * 1024
_GONE = {401: DeliveryTrouble.KEY, 404: DeliveryTrouble.REFUSED, 410: DeliveryTrouble.REFUSED}
_GOOD_WORDS = frozenset({"ok", "success", "succeeded", ""})


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Send the signed message; a secret is needed."""
    if not outgoing.secret:
        return failed(DeliveryTrouble.ADDRESS, "a webhook needs a secret to sign with")
    content = encoded(_message(outgoing))
    stamp = str(int(now.timestamp()))
    signature = hmac.new(outgoing.secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    headers = {
        "X-Junheng-Number": outgoing.number,
        "X-Junheng-Timestamp": stamp,
        "X-Junheng-Signature": f"sha256={signature}",
    }
    secrets = (outgoing.secret, signature, *_secrets_of(outgoing.sent_to))
    reply = post(outgoing.sent_to, content, settings, now, secrets, headers)
    return reply if isinstance(reply, Outcome) else _judged(reply, secrets)


def _message(outgoing: Outgoing) -> dict[str, Any]:
    return {
        "number": outgoing.number,
        "subject": subject(outgoing),
        "text": body(outgoing, TEXT_BYTES),
        "page": outgoing.page,
        "at": outgoing.at.isoformat(),
        "attempt": outgoing.attempt,
    }


def _secrets_of(url: str) -> list[str]:
    """Return what an address may hold of secrets: its query, the values in it, long parts of its path."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query) if len(value) >= 4]
    return [parts.query, *values, *(part for part in parts.path.split("/") if len(part) >= 16)]


def _judged(reply: Reply, secrets: tuple[str | None, ...]) -> Outcome:
    said = reply.text if reply.fields is None else encoded(reply.fields).decode("utf-8", "replace")
    answer = f"HTTP {reply.status}: {said}"
    if 200 <= reply.status < 300:
        if reply.fields is not None and _says_no(reply.fields):
            return failed(DeliveryTrouble.BUSY, answer, secrets, retry_after_seconds=reply.retry_after_seconds)
        return delivered(answer, secrets)
    trouble = _GONE.get(reply.status, DeliveryTrouble.BUSY)
    return failed(trouble, answer, secrets, retry_after_seconds=reply.retry_after_seconds)


def _says_no(fields: dict[str, Any]) -> bool:
    """Tell whether a JSON answer takes its 2xx back."""
    if fields.get("ok") is False or fields.get("success") is False or fields.get("error"):
        return True
    return not (_is_good(fields.get("errcode")) and _is_good(fields.get("code")))


def _is_good(code: object) -> bool:
    """Tell whether a code means success: absent, 0, a 2xx repeated, or a word for it."""
    if code is None or isinstance(code, bool):
        return True
    word = str(code).strip().lower()
    if word.lstrip("+-").isdigit():
        return not word.strip("+-0") or (len(word) == 3 and word.startswith("2"))
    return word in _GOOD_WORDS
