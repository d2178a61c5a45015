"""Organizations: the units that are responsible, supporting or keep an office, their aliases, groups and posts."""

from datetime import date

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import OrganizationKind, PostDuty
from app.models.types import code_type


class Organization(SQLModel, table=True):
    """A unit under its full official name (the natural key); `short_name` as plans write it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=120)
    short_name: str = Field(index=True, max_length=80)
    kind: OrganizationKind = Field(sa_type=code_type(OrganizationKind))
    place_id: int = Field(foreign_key="place.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = Field(default=None, foreign_key="organization.id")
    supervisor_id: int | None = Field(default=None, foreign_key="organization.id", index=True)  # 主管单位
    sort_key: str = Field(max_length=200)


class OrganizationAlias(SQLModel, table=True):
    """Another name under which texts and spreadsheets write a unit."""

    __tablename__ = "organization_alias"

    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    alias: str = Field(primary_key=True, max_length=120)


class UnitGroup(SQLModel, table=True):
    """A collective name in a plan's text (各县区人民政府)."""

    __tablename__ = "unit_group"
    __table_args__ = (UniqueConstraint("plan_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    name: str = Field(max_length=120)


class UnitGroupMember(SQLModel, table=True):
    """A unit that a collective name stands for; `named_as` is how the plan writes it."""

    __tablename__ = "unit_group_member"

    group_id: int = Field(foreign_key="unit_group.id", primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True, index=True)
    named_as: str = Field(max_length=120)
    position: int


class Posting(SQLModel, table=True):
    """A person holds a post in a unit from a day to a day; `to_on` None: still."""

    __table_args__ = (Index("ix_posting_organization_id", "organization_id", "from_on"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    person: str = Field(max_length=60)
    post: str = Field(max_length=80)
    duty: PostDuty = Field(sa_type=code_type(PostDuty))
    from_on: date
    to_on: date | None = None
