"""Refusals of a write: what is wrong with which field, or why the moment does not allow it."""

from typing import Any


class Message(str):
    """An English sentence that pages translate: its msgid and the values put into it."""

    msgid: str
    values: dict[str, Any]


def msg(msgid: str, **values: Any) -> Message:
    """Return a translatable sentence; `%(name)s` in the msgid takes the value of that name."""
    message = Message(msgid % values if values else msgid)
    message.msgid, message.values = msgid, values
    return message


class InputError(ValueError):
    """Input that cannot be taken; `problems` maps a field's name to what is wrong and what is allowed."""

    def __init__(self, problems: dict[str, Message]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


class RefusedError(Exception):
    """A step that is not taken; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class ConflictError(RefusedError):
    """A step that the present state does not allow."""


class ForbiddenError(RefusedError):
    """A step that this person may not take."""


class NotFoundError(RefusedError):
    """A thing that does not exist, or not for this person."""
