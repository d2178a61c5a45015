"""DingTalk group robot (钉钉群机器人): a body of 20,000 bytes, 20 messages a minute, signed by timestamp and secret."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

from app.channels.outgoing import Outcome, Outgoing
from app.channels.posting import encoded, post
from app.channels.robots import judged
from app.channels.texts import body, subject
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

# Half of the body's limit: quotes and line ends count twice as JSON.
TEXT_BYTES = 9000
_TROUBLES = {
    -1: DeliveryTrouble.BUSY,
    130101: DeliveryTrouble.BUSY,  # too many messages
    302033: DeliveryTrouble.BUSY,  # the same, as newer installations say it
    410100: DeliveryTrouble.BUSY,
    300001: DeliveryTrouble.KEY,  # no such token
    400101: DeliveryTrouble.KEY,
    400102: DeliveryTrouble.KEY,  # the robot is switched off
    310000: DeliveryTrouble.KEY,  # keyword, signature, clock or sender's network not accepted
    460101: DeliveryTrouble.REFUSED,  # too long
}


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Send to the group of a token; signed when there is a secret."""
    query = {"access_token": outgoing.sent_to}
    if outgoing.secret:
        stamp = str(int(now.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": _sign(stamp, outgoing.secret)}
    secrets = (outgoing.sent_to, outgoing.secret, query.get("sign"))
    reply = post(f"{settings.dingtalk_url}/robot/send?{urlencode(query)}", _content(outgoing), settings, now, secrets)
    if isinstance(reply, Outcome):
        return reply
    fields = reply.fields or {}
    return judged(reply, fields.get("errcode"), fields.get("errmsg"), _TROUBLES, secrets)


def _sign(stamp: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def _content(outgoing: Outgoing) -> bytes:
    if outgoing.markdown:
        text = body(outgoing, TEXT_BYTES, markdown=True)
        return encoded({"msgtype": "markdown", "markdown": {"title": subject(outgoing), "text": text}})
    return encoded({"msgtype": "text", "text": {"content": body(outgoing, TEXT_BYTES)}})
