"""Feishu group robot (飞书群机器人): a body of 20 KB, 100 messages a minute, signed inside the body."""

import base64
import hashlib
import hmac
from datetime import datetime

from app.channels.outgoing import Outcome, Outgoing
from app.channels.posting import encoded, post
from app.channels.robots import judged
from app.channels.texts import body, subject
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

# Half of the body's limit: quotes and line ends count twice as JSON.
TEXT_BYTES = 9000
_TROUBLES = {
    11232: DeliveryTrouble.BUSY,  # too many messages
    19001: DeliveryTrouble.KEY,  # no such token
    19021: DeliveryTrouble.KEY,  # signature or clock not accepted
    19022: DeliveryTrouble.KEY,  # the sender's network is not on the robot's list
    19024: DeliveryTrouble.KEY,  # the robot's keyword is missing
}


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Send to the group of a token as rich text; signed when there is a secret."""
    signed = _signed(outgoing.secret, now)
    secrets = (outgoing.sent_to, outgoing.secret, signed.get("sign"))
    url = f"{settings.feishu_url}/open-apis/bot/v2/hook/{outgoing.sent_to}"
    reply = post(url, encoded({**signed, **_message(outgoing)}), settings, now, secrets)
    if isinstance(reply, Outcome):
        return reply
    fields = reply.fields or {}
    # Installations of old answer with StatusCode and StatusMessage only.
    code = fields.get("code", fields.get("StatusCode"))
    return judged(reply, code, fields.get("msg", fields.get("StatusMessage")), _TROUBLES, secrets)


def _signed(secret: str | None, now: datetime) -> dict[str, str]:
    """Return timestamp and sign: timestamp and secret are the key, the signed message is empty."""
    if not secret:
        return {}
    stamp = str(int(now.timestamp()))
    digest = hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def _message(outgoing: Outgoing) -> dict[str, object]:
    lines: list[list[dict[str, str]]] = [[{"tag": "text", "text": body(outgoing, TEXT_BYTES)}]]
    if outgoing.page:
        lines.append([{"tag": "a", "text": "打开页面", "href": outgoing.page}])
    return {"msg_type": "post", "content": {"post": {"zh_cn": {"title": subject(outgoing), "content": lines}}}}
