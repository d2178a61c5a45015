"""What the group robots have in common: the answer's own code decides, an HTTP 200 alone says nothing."""

from collections.abc import Iterable, Mapping

from app.channels.outgoing import Outcome, delivered, failed
from app.channels.posting import Reply
from app.domain.vocabulary import DeliveryTrouble

_TOO_MANY_REQUESTS = 429


def judged(
    reply: Reply,
    code: object,
    message: object,
    troubles: Mapping[int, DeliveryTrouble],
    secrets: Iterable[str | None],
) -> Outcome:
    """Return the outcome of a robot's answer: delivered only on HTTP 200 with code 0.

    `troubles` names what a provider's codes mean; an unknown code is tried again.
    """
    if not isinstance(code, int) or isinstance(code, bool):
        answer = f"HTTP {reply.status}: {reply.text}"
        trouble = _by_status(reply.status) or DeliveryTrouble.UNREADABLE
        return failed(trouble, answer, secrets, retry_after_seconds=reply.retry_after_seconds)
    answer = f"HTTP {reply.status}, {code}: {message}"
    if reply.status == 200 and code == 0:
        return delivered(answer, secrets)
    trouble = troubles.get(code) or _by_status(reply.status) or DeliveryTrouble.BUSY
    return failed(trouble, answer, secrets, retry_after_seconds=reply.retry_after_seconds)


def _by_status(status: int) -> DeliveryTrouble | None:
    return DeliveryTrouble.BUSY if status == _TOO_MANY_REQUESTS or status >= 500 else None
