"""Refusals of a write: what is wrong with which field, or why the moment does not allow it."""


class InputError(ValueError):
    """Input that cannot be taken; `problems` maps a field's name to what is wrong and what is allowed."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


class ConflictError(Exception):
    """A step that the present state does not allow; the message says why (an English msgid)."""


class ForbiddenError(Exception):
    """A step that this person may not take."""


class NotFoundError(LookupError):
    """A thing that does not exist, or not for this person."""
