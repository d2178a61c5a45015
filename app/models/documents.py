"""Official documents: their drafts, steps and numbers, the papers filed beside them, and long print jobs."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.documents import DocumentKind, DocumentState, DocumentStepKind, FileFormat
from app.domain.print_jobs import PrintJobKind, PrintJobState
from app.models.types import UtcDateTime, code_type


class OfficialDocument(SQLModel, table=True):
    """A document on its way from draft to issue; once issued or discarded a trigger refuses any change of its row.

    `content` is the frozen document (canonical JSON) as its facts were taken at `cut_off_at`, with the words of the
    office in their places; `content_sha256` stands for it and is printed, shortened, on each page of an issued one.
    `version` counts the changes, so that two who write at once do not overwrite each other.
    """

    __tablename__ = "official_document"
    __table_args__ = (
        Index("ix_official_document_plan_id", "plan_id", "state", "id"),
        Index("ix_official_document_subject", "plan_id", "kind", "subject"),
        Index(
            "uq_official_document_corrects_id",
            "corrects_id",
            unique=True,
            sqlite_where=sa.text("state <> 'discarded'"),
            postgresql_where=sa.text("state <> 'discarded'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    organization_id: int = Field(foreign_key="organization.id")  # the organ that issues it
    kind: DocumentKind = Field(sa_type=code_type(DocumentKind))
    subject: str = Field(max_length=40)  # quarter/2026Q3, place/7, plan
    title: str = Field(max_length=300)
    state: DocumentState = Field(default=DocumentState.DRAFT, sa_type=code_type(DocumentState))
    version: int = 1
    cut_off_on: date
    cut_off_at: datetime = Field(sa_type=UtcDateTime)
    content: str
    content_sha256: str = Field(max_length=64)
    words: str = "{}"  # what the office wrote in the place of the opening and closing paragraphs (JSON)
    code: str = Field(max_length=32, unique=True)  # in the address of the page that verifies it; not to be guessed
    corrects_id: int | None = Field(default=None, foreign_key="official_document.id")
    scheduled: bool = False  # drafted by the timetable
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the timetable or the command line
    created_at: datetime = Field(sa_type=UtcDateTime)
    checked_by_id: int | None = Field(default=None, foreign_key="account.id")
    number: str | None = Field(default=None, max_length=60)  # 洛均衡办〔2026〕3号; None: not issued, or takes none
    signed_by: str = Field(default="", max_length=60)  # who signed the issue (签发人)
    signed_on: date | None = None
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issued_by_id: int | None = Field(default=None, foreign_key="account.id")


class DocumentStep(SQLModel, table=True):
    """One step of a document, with the hash of what it was then: a fact."""

    __tablename__ = "document_step"
    __table_args__ = (Index("ix_document_step_document_id", "document_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id")
    kind: DocumentStepKind = Field(sa_type=code_type(DocumentStepKind))
    text: str = Field(default="", max_length=2000)
    content_sha256: str = Field(max_length=64)
    author_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DocumentNumber(SQLModel, table=True):
    """A serial that was taken from an organ's register: a fact. `document_id` None: given on paper or void, `reason`.

    Serials of an organ, series and year follow on each other, so that none is missing without its row here.
    """

    __tablename__ = "document_number"
    __table_args__ = (UniqueConstraint("organization_id", "series", "year", "serial"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    series: str = Field(max_length=12)
    year: int
    serial: int
    document_id: int | None = Field(default=None, foreign_key="official_document.id", unique=True)
    reason: str = Field(default="", max_length=500)
    author_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DocumentSeries(SQLModel, table=True):
    """The code word (机关代字) under which an organ numbers a kind of documents: a work table, kept by the office."""

    __tablename__ = "document_series"

    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    kind: DocumentKind = Field(sa_type=code_type(DocumentKind), primary_key=True)
    series: str = Field(max_length=12)


class DocumentScan(SQLModel, table=True):
    """A scan of the signed and stamped paper, filed beside its document: a fact; bytes lie outside by their hash."""

    __tablename__ = "document_scan"

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id", index=True)
    step_id: int = Field(foreign_key="document_step.id", unique=True)
    filename: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int  # bytes
    sha256: str = Field(max_length=64)


class PrintJob(SQLModel, table=True):
    """Printing that takes its time, in the background: a work table.

    `wanted` says what is to be printed (JSON). `run` names the attempt under way, so that one that was given up cannot
    write any more; `result` is the hash of the finished file (a bound volume or an archive) and `filename` its name.
    """

    __tablename__ = "print_job"
    __table_args__ = (
        Index("ix_print_job_plan_id", "plan_id", "id"),
        Index(
            "ix_print_job_waiting",
            "id",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    kind: PrintJobKind = Field(sa_type=code_type(PrintJobKind))
    format: FileFormat = Field(default=FileFormat.PDF, sa_type=code_type(FileFormat))
    wanted: str  # JSON
    title: str = Field(max_length=300)
    state: PrintJobState = Field(default=PrintJobState.QUEUED, sa_type=code_type(PrintJobState))
    done: int = 0
    total: int = 0
    at: str = Field(default="", max_length=200)  # what is being printed now
    message: str = ""  # a sentence as JSON: why it failed
    cancel_asked: bool = False
    run: str | None = Field(default=None, max_length=16)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    document_id: int | None = Field(default=None, foreign_key="official_document.id")  # of an issue
    printout_id: int | None = Field(default=None, foreign_key="printout.id")  # the finished file
    author_id: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
