"""Construction projects, their aliases and the payments made for them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint

from app.domain.vocabulary import FundSource, ProjectNature, SchoolStage
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
    stage: SchoolStage | None = Field(default=None, sa_type=code_type(SchoolStage))  # None: several, or not said
    grade_classes: int | None = None  # classes in each grade (规制)
    grades: int | None = None
    classes: int | None = None
    places: int | None = None
    land_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    floor_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    sports_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    description: str = Field(default="")


class ProjectAlias(SQLModel, table=True):
    """Another name of a project in the same plan."""

    __tablename__ = "project_alias"

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    alias: str = Field(primary_key=True, max_length=120)


class ProjectFloor(SQLModel, table=True):
    """The floor area of one part of a project in m²."""

    __tablename__ = "project_floor"

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(max_length=60)
    area_m2: Decimal = Field(sa_type=ExactDecimal)
    underground: bool = False


class ProjectPhase(SQLModel, table=True):
    """A phase (期) of a project with its share of the design scale; None where the document is silent."""

    __tablename__ = "project_phase"

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(max_length=60)
    stage: SchoolStage | None = Field(default=None, sa_type=code_type(SchoolStage))
    start_year: int | None = None
    end_year: int | None = None
    classes: int | None = None
    places: int | None = None
    land_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    floor_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    sports_m2: Decimal | None = Field(default=None, sa_type=ExactDecimal)


class BudgetLine(SQLModel, table=True):
    """Money provided for a project by year and source of funds; `year` None: for the whole period."""

    __tablename__ = "budget_line"

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    position: int = Field(primary_key=True)
    year: int | None = None
    source: FundSource = Field(sa_type=code_type(FundSource))
    amount_fen: int = Field(sa_type=BigInteger)
    clause: str | None = Field(default=None, max_length=60)  # None: the office's own record


class Payment(SQLModel, table=True):
    """Money paid for a project: a fact. A correction is a further row, negative where it takes back."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    paid_on: date
    amount_fen: int = Field(sa_type=BigInteger)
    fund_source: FundSource | None = Field(default=None, sa_type=code_type(FundSource))  # None: not told apart
    source: str = Field(max_length=80)  # of funds, in the office's words
    note: str = Field(default="", max_length=500)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
