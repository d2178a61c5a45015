"""What goes out and what came of it: a message for one address, and the outcome of one attempt."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, quote_plus

from app.domain.vocabulary import DeliveryTrouble

ANSWER_CHARACTERS = 500
MASK = "***"
_NUMBER = re.compile(r"(?=.{1,64}$)[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
_PAGE = re.compile(r"https?://[!-~]{1,490}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
# Another attempt at the same message meets the same refusal.
_FINAL = frozenset(
    {DeliveryTrouble.NOT_CONFIGURED, DeliveryTrouble.ADDRESS, DeliveryTrouble.KEY, DeliveryTrouble.REFUSED}
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one address; `number` is the same at every attempt.

    `markdown` is used by robots that read it, empty: the plain text; `page` is the absolute address where the whole
    message can be read, None: unknown; `secret` signs (DingTalk, Feishu; a webhook needs one). `sent_to` is an e-mail
    address, a robot's key or token, a webhook's address or the drop folder's sub-folder ("": the folder itself).
    Raises: ValueError for a number that cannot be a file name and header, a page without an absolute address, or a
    moment without a time zone.
    """

    number: str
    subject: str
    text: str
    sent_to: str = field(repr=False)
    at: datetime
    markdown: str = ""
    page: str | None = None
    secret: str | None = field(default=None, repr=False)
    attempt: int = 1

    def __post_init__(self) -> None:
        """Refuse what the caller must not build."""
        if not _NUMBER.fullmatch(self.number):
            raise ValueError("a message number is ASCII letters and digits, parted by single . - _, at most 64")
        if self.page is not None and not _PAGE.fullmatch(self.page):
            raise ValueError("a page has an absolute address of at most 500 ASCII characters")
        if self.at.tzinfo is None:
            raise ValueError("the moment of a message has a time zone")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to; `answer` is the other side's, shortened, without secrets.

    `permanent` tells that no further attempt is worth it; `trouble` is None when delivered; `retry_after_seconds` is
    the other side's wish, None: none was said.
    """

    delivered: bool
    permanent: bool
    answer: str
    trouble: DeliveryTrouble | None = None
    retry_after_seconds: int | None = None


def delivered(answer: str, secrets: Iterable[str | None] = ()) -> Outcome:
    """Return the outcome of a message that the other side took."""
    return Outcome(True, False, cleaned(answer, secrets))


def failed(
    trouble: DeliveryTrouble, answer: str, secrets: Iterable[str | None] = (), *, retry_after_seconds: int | None = None
) -> Outcome:
    """Return the outcome of a message that was not delivered; the trouble tells whether for good."""
    return Outcome(False, trouble in _FINAL, cleaned(answer, secrets), trouble, retry_after_seconds)


def cleaned(answer: str, secrets: Iterable[str | None]) -> str:
    """Return an answer fit for the record: secrets masked, one line, at most 500 characters any database takes."""
    for secret in sorted({form for one in secrets if one for form in _forms(one)}, key=len, reverse=True):
        answer = re.sub(re.escape(secret), MASK, answer, flags=re.IGNORECASE)
    line = _UNPRINTABLE.sub(" ", answer).strip().encode("utf-8", "replace").decode()
    return line if len(line) <= ANSWER_CHARACTERS else line[: ANSWER_CHARACTERS - 1] + "…"


def _forms(secret: str) -> tuple[str, str, str]:
    return secret, quote(secret, safe=""), quote_plus(secret)
