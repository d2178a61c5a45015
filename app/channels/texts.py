"""The words of a message as a channel can take them: within its limit of bytes, its number always on them."""

import re

from app.channels.outgoing import Outgoing

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SUBJECT_CHARACTERS = 200


def subject(outgoing: Outgoing) -> str:
    """Return the subject as one line of at most 200 characters."""
    line = " ".join(_CONTROL.sub(" ", _encodable(outgoing.subject)).split())
    return line if len(line) <= _SUBJECT_CHARACTERS else line[: _SUBJECT_CHARACTERS - 1] + "…"


def body(outgoing: Outgoing, limit: int, *, markdown: bool = False) -> str:
    """Return the text in at most `limit` bytes of UTF-8, its number at the end.

    What is too long is cut between two characters, between two lines where there is a choice, and points to the page
    that has it whole.
    """
    words = (outgoing.markdown if markdown else "") or outgoing.text
    words = _CONTROL.sub("", _encodable(words).replace("\r\n", "\n").replace("\r", "\n")).strip()
    number = f"\n\n编号：{outgoing.number}"
    if len((words + number).encode()) <= limit:
        return words + number
    whole = f"，全文见 {_encodable(outgoing.page)}" if outgoing.page else "，全文请登录系统查看"
    tail = f"\n……（内容过长{whole}）{number}"
    return _cut(words, limit - len(tail.encode())) + tail


def _cut(words: str, limit: int) -> str:
    kept = words.encode()[: max(limit, 0)].decode("utf-8", "ignore")
    line, _, rest = kept.rpartition("\n")
    return line if len(line) > len(rest) else kept


def _encodable(words: str) -> str:
    return words.encode("utf-8", "replace").decode()
