"""Construction projects, their aliases and the payments made for them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint

from app.domain.vocabulary import ProjectNature
from app.models.types import ExactDecimal, UtcDateTime, code_type


class Project(SQLModel, table=True):
    """A construction project of a plan; money in fen, areas in m²; None where the document is silent."""

    __table_args__ = (UniqueConstraint("plan_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    key: str = Field(max_length=80)
    no: int
    name: str = Field(max_length=120)
    clause: str = Field(max_length=60)
    place_id: int = Field(foreign_key="place.id")
    site: str | None = Field(default=None, max_length=120)
    nature: ProjectNature = Field(sa_type=code_type(ProjectNature))
    investment_fen: int | None = Field(default=None, sa_type=BigInteger)
    start_year: int | None = None
    end_year: int
    classes: int | None = None
    places: int | None = None
    land_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    floor_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    description: str = Field(default="")


class ProjectAlias(SQLModel, table=True):
    """Another name of a project in the same plan."""

    __tablename__ = "project_alias"

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    alias: str = Field(primary_key=True, max_length=120)


class Payment(SQLModel, table=True):
    """Money paid for a project: a fact. A correction is a further row, negative where it takes back."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    paid_on: date
    amount_fen: int = Field(sa_type=BigInteger)
    source: str = Field(max_length=80)  # of funds
    note: str = Field(default="", max_length=500)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
