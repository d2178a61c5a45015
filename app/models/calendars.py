"""Notices that publish the days off of a year, national or of a region: the calendar in versions."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.models.types import UtcDateTime


class CalendarNotice(SQLModel, table=True):
    """A year's arrangement as somebody entered it: a fact; a later one of the same year and region replaces it whole.

    The id is the version of the calendar and is given in turn, so that no number is left out.
    """

    __tablename__ = "calendar_notice"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int
    region_code: str | None = Field(default=None, max_length=6)  # what division codes begin with; None: national
    region_name: str | None = Field(default=None, max_length=60)
    document_number: str | None = Field(default=None, max_length=60)
    note: str = Field(default="", max_length=500)
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: came with the program
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CalendarDay(SQLModel, table=True):
    """A day on which a notice departs from the week: a fact."""

    __tablename__ = "calendar_day"

    notice_id: int = Field(foreign_key="calendar_notice.id", primary_key=True)
    day: date = Field(primary_key=True)
    works: bool
    name: str = Field(default="", max_length=40)
