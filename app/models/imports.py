"""Imports of a plan from a workbook: the file, what was found in it, and what it would change."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.domain.imports import ImportState, ProblemLevel
from app.domain.vocabulary import ChangeSubject
from app.models.types import UtcDateTime, code_type


class PlanImport(SQLModel, table=True):
    """One uploaded workbook on its way into a plan; the bytes lie outside the database under their sha256.

    `outline` holds the first rows of each sheet, `mapping` what each column is (both JSON). `run` names the step
    that is running now, so that one that was given up cannot write any more. `checked_number` is the number of the
    plan's last revision when the file was checked. With a document's number and day the import is an amendment.
    """

    __tablename__ = "plan_import"

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    filename: str = Field(max_length=255)
    sha256: str = Field(max_length=64)
    size: int  # bytes
    state: ImportState = Field(sa_type=code_type(ImportState))
    outline: str
    mapping: str
    title: str = Field(max_length=200)
    document_number: str | None = Field(default=None, max_length=60)
    document_on: date | None = None
    rows_total: int = 0
    rows_done: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    errors: int = 0
    warnings: int = 0
    message: str = ""  # a sentence as JSON: why a step was refused or failed
    run: str | None = Field(default=None, max_length=16)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_number: int | None = None
    revision_id: int | None = Field(default=None, foreign_key="plan_revision.id")
    undo_revision_id: int | None = Field(default=None, foreign_key="plan_revision.id")
    author_id: int = Field(foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class ImportProblem(SQLModel, table=True):
    """What is wrong, or worth a look, at one cell; the sentence is kept as msgid and values (JSON)."""

    __tablename__ = "import_problem"

    import_id: int = Field(foreign_key="plan_import.id", primary_key=True)
    position: int = Field(primary_key=True)
    level: ProblemLevel = Field(sa_type=code_type(ProblemLevel))
    sheet: str = Field(max_length=31)
    cell: str = Field(max_length=12)  # F17
    heading: str = Field(max_length=80)
    value: str = Field(max_length=200)
    msgid: str
    message_values: str


class ImportPart(SQLModel, table=True):
    """What an import would change in one part of the plan, as JSON; kept from the check until it is written."""

    __tablename__ = "import_part"

    import_id: int = Field(foreign_key="plan_import.id", primary_key=True)
    position: int = Field(primary_key=True)
    subject: ChangeSubject = Field(sa_type=code_type(ChangeSubject))
    key: str = Field(max_length=120)
    sheet: str = Field(max_length=31)
    row: int | None = None  # None: the file lacks it
    before: str | None = None
    after: str | None = None
