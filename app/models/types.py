"""Column types both engines agree on: aware instants, exact decimals, checked codes."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: aware UTC in Python, a zone-less UTC column in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive instant; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the stored instant back as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """A decimal kept digit for digit as text: SQLite would make a NUMERIC a binary float."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        """Write plain notation without an exponent."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Decimal | None:
        """Read the same decimal back."""
        return None if value is None else Decimal(value)


def code_type(codes: type[StrEnum]) -> Any:
    """Return a column type that stores an enum's value as text under a CHECK."""
    return sa.Enum(
        codes,
        name=codes.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class CodeTuple(sa.types.TypeDecorator[tuple[StrEnum, ...]]):
    """Several values of an enum in its own order, kept as text with commas."""

    impl = sa.String(120)
    cache_ok = True

    def __init__(self, codes: type[StrEnum]) -> None:
        """Prepare a column for values of `codes`."""
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: tuple[StrEnum, ...] | None, dialect: sa.Dialect) -> str | None:
        """Write each value once, in the enum's order."""
        return None if value is None else ",".join(code.value for code in self.codes if code in value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> tuple[StrEnum, ...] | None:
        """Read the same values back."""
        return None if value is None else tuple(self.codes(code) for code in value.split(",") if code)
