"""Leaders' instructions (批示) on milestones and the answers to them: all facts."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel

from app.domain.vocabulary import InstructionStepKind
from app.models.types import UtcDateTime, code_type


class Instruction(SQLModel, table=True):
    """What a leader wrote on a milestone, to whom, and by when an answer is due."""

    __table_args__ = (Index("ix_instruction_organization_id", "organization_id", "reply_due_on"),)

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    organization_id: int = Field(foreign_key="organization.id")
    leader: str = Field(max_length=60)  # by name: the office may enter what was written on paper
    issued_on: date
    text: str = Field(max_length=2000)
    reply_due_on: date
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class InstructionStep(SQLModel, table=True):
    """One step of an instruction: answered, sent back, settled."""

    __tablename__ = "instruction_step"

    id: int | None = Field(default=None, primary_key=True)
    instruction_id: int = Field(foreign_key="instruction.id", index=True)
    kind: InstructionStepKind = Field(sa_type=code_type(InstructionStepKind))
    text: str = Field(max_length=2000)
    reply_due_on: date | None = None  # the new limit of what was sent back
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
