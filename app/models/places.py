"""Places: prefectures, counties, districts and zones, with their validity and successors."""

from datetime import date

from sqlmodel import Field, SQLModel

from app.domain.vocabulary import PlaceKind
from app.models.types import code_type


class Place(SQLModel, table=True):
    """A place as plans point to it; `path` (parents joined by /) is its natural key."""

    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(unique=True, max_length=200)
    name: str = Field(index=True, max_length=60)
    kind: PlaceKind = Field(sa_type=code_type(PlaceKind))
    code: str | None = Field(default=None, max_length=6)  # GB/T 2260; None for zones
    parent_id: int | None = Field(default=None, foreign_key="place.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = Field(default=None, foreign_key="place.id")
    sort_key: str = Field(max_length=200)  # division code, else pinyin
