"""Read form fields: what was typed stays typed, what is wrong is named by field."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from app.services.errors import Message, msg
from app.services.typed_values import read_day, read_number

Code = TypeVar("Code", bound=StrEnum)
LARGEST_ID = 2**31 - 1
_MAX_FIELDS = 2000
_MAX_FILES = 200  # above what a setting may allow, so that the form itself can say how many are too many


def row_id(text: str) -> int | None:
    """Return the id that a text writes in digits; None when it writes none that a row can have."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return value if 1 <= (value := int(text)) <= LARGEST_ID else None


@dataclass
class Form:
    """The fields of one submitted form, and the problems found while reading them (msgids by field)."""

    data: FormData
    problems: dict[str, Message] = field(default_factory=dict)

    def text(self, name: str, *, limit: int = 4000, required: bool = False) -> str:
        """Return a text without surrounding blanks; NUL is dropped, as PostgreSQL refuses it."""
        raw = self.data.get(name, "")
        value = raw.replace("\x00", "").strip() if isinstance(raw, str) else ""
        if required and not value:
            self.problems[name] = msg("fill in this field")
        elif len(value) > limit:
            self.problems[name] = msg("this text is too long")
        return value

    def day(self, name: str, *, required: bool = False) -> date | None:
        """Return a day written YYYY-MM-DD; None when empty."""
        found = read_day(self.text(name, required=required))
        if isinstance(found, Message):
            self.problems[name] = found
            return None
        return found

    def number(self, name: str, *, least: int | None = None, most: int | None = None) -> Decimal | None:
        """Return a decimal number; None when empty. Fifteen digits are enough for any figure of a plan."""
        number = read_number(self.text(name))
        if number is None:
            return None
        if isinstance(number, Message):
            self.problems[name] = number
            return None
        if (least is not None and number < least) or (most is not None and number > most):
            self.problems[name] = msg("this number is outside the range allowed")
            return None
        return number

    def flag(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return bool(self.data.get(name))

    def code(self, name: str, codes: type[Code]) -> Code | None:
        """Return a chosen code; None with a problem when it is none of the list."""
        try:
            return codes(self.text(name))
        except ValueError:
            self.problems[name] = msg("choose one of the list")
            return None

    def id(self, name: str) -> int | None:
        """Return a chosen row's id; None when nothing is chosen."""
        value = self.text(name)
        if not value:
            return None
        if (found := row_id(value)) is not None:
            return found
        self.problems[name] = msg("choose one of the list")
        return None

    def ids(self, name: str) -> list[int]:
        """Return the ids of all ticked rows."""
        values = [row_id(item) for item in self.data.getlist(name) if isinstance(item, str)]
        return [value for value in values if value is not None]

    def files(self, name: str) -> list[UploadFile]:
        """Return the files chosen for a field."""
        return [item for item in self.data.getlist(name) if isinstance(item, UploadFile) and item.filename]

    @property
    def typed(self) -> dict[str, str]:
        """Every text field as it was typed, to fill the form again."""
        return {name: value for name, value in self.data.items() if isinstance(value, str)}


async def _form(request: Request) -> AsyncIterator[Form]:
    async with request.form(max_fields=_MAX_FIELDS, max_files=_MAX_FILES) as data:
        yield Form(data)


FormDep = Annotated[Form, Depends(_form)]
