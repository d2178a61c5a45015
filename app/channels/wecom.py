"""WeCom group robot (企业微信群机器人): markdown of 4,096 bytes or text of 2,048, 20 messages a minute."""

from datetime import datetime
from urllib.parse import urlencode

from app.channels.outgoing import Outcome, Outgoing
from app.channels.posting import encoded, post
from app.channels.robots import judged
from app.channels.texts import body
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

MARKDOWN_BYTES = 4096
TEXT_BYTES = 2048
_TROUBLES = {
    -1: DeliveryTrouble.BUSY,  # the provider is busy
    45009: DeliveryTrouble.BUSY,  # too many messages
    93000: DeliveryTrouble.KEY,  # no such key
    40058: DeliveryTrouble.REFUSED,  # a parameter does not do, such as a text too long
}


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Send to the group of a key."""
    url = f"{settings.wecom_url}/cgi-bin/webhook/send?{urlencode({'key': outgoing.sent_to})}"
    secrets = (outgoing.sent_to,)
    content = encoded(_message(outgoing))
    reply = post(url, content, settings, now, secrets)
    if isinstance(reply, Outcome):
        return reply
    fields = reply.fields or {}
    return judged(reply, fields.get("errcode"), fields.get("errmsg"), _TROUBLES, secrets)


def _message(outgoing: Outgoing) -> dict[str, object]:
    if outgoing.markdown:
        return {"msgtype": "markdown", "markdown": {"content": body(outgoing, MARKDOWN_BYTES, markdown=True)}}
    return {"msgtype": "text", "text": {"content": body(outgoing, TEXT_BYTES)}}
