"""Letters and notices: what each is told of, and which fits an alert, a case or an extension (DOMAIN.md 4 and 9)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.cases import CaseEventKind, CaseStage
from app.domain.documents import DocumentKind
from app.domain.extensions import ExtensionState
from app.domain.rectifications import RectificationState
from app.domain.vocabulary import AlertState, Measure, RungTrigger, Standing

# The letter by which a measure reaches its units; from a circular up a person decides, in a case.
LETTER_OF: dict[Measure, DocumentKind] = {
    Measure.REMINDER: DocumentKind.REMINDER_LETTER,
    Measure.URGING: DocumentKind.URGING_LETTER,
    Measure.SUPERVISION_NOTICE: DocumentKind.SUPERVISION_NOTICE,
    Measure.RECTIFICATION_ORDER: DocumentKind.SUPERVISION_NOTICE,
}
# The decided measure that a document of a case is about.
DECIDED_BY: dict[DocumentKind, Measure] = {
    DocumentKind.INTERVIEW_NOTICE: Measure.INTERVIEW,
    DocumentKind.INTERVIEW_MINUTES: Measure.INTERVIEW,
    DocumentKind.CRITICISM_CIRCULAR: Measure.CIRCULAR,
}
DECIDED_EXTENSIONS = frozenset({ExtensionState.GRANTED, ExtensionState.REFUSED, ExtensionState.CORRECTED})
REOPENINGS = frozenset({CaseEventKind.REOPENING, CaseEventKind.FOLLOW_UP_FAILED})


@dataclass(frozen=True, slots=True)
class LetterHead:
    """The plan that a letter rests on, who signs, and the cut-off; `plan_number` None: the plan has none."""

    plan_title: str
    plan_number: str | None
    office: str
    cut_off_on: date
    cut_off_at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """A unit under its full name, and who answers for it with the post; None: nobody is on record."""

    name: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class LetterMatter:
    """A milestone as it stood at the cut-off; `place` None: the plan's whole area.

    `days_late` by the date in force, `days_late_original` by the plan's; shares are percent, None: not reported.
    """

    title: str
    clause: str
    place: str | None
    due_phrase: str
    original_due_on: date
    effective_due_on: date
    standing: Standing
    since_on: date
    days_late: int
    days_late_original: int
    progress_pct: Decimal | None
    scheduled_pct: Decimal
    lagging_since: date | None
    reported_on: date | None

    def days_left(self, on: date) -> int:
        """Return the days from a day to the date in force; 0: it is the day, negative: it is over."""
        return (self.effective_due_on - on).days


@dataclass(frozen=True, slots=True)
class AnswerLimit:
    """Until when units owe an answer; `provisional`: a year on the way has no published calendar yet."""

    on: date
    provisional: bool
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingReports:
    """The reports of a period that a unit owes: the milestones, and until when they were in time."""

    period: str
    timely_until_on: date
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnansweredNotice:
    """The earlier alert that a unit left without an answer; `about` is a milestone's title, or a period's name."""

    measure: Measure
    raised_on: date
    limit_on: date
    about: str


@dataclass(frozen=True, slots=True)
class AlertLetterFacts:
    """What a reminder, an urging or a supervision notice says of an alert.

    `addressed_as` are the responsible units, a group by the plan's own word where all of it is addressed.
    `matter` None: the alert is about a unit's reports of a period, or an answer to such an alert.
    """

    head: LetterHead
    measure: Measure
    trigger: RungTrigger
    clause: str | None
    responsible: tuple[Party, ...]
    addressed_as: tuple[str, ...]
    supporting: tuple[str, ...]
    supervisors: tuple[str, ...]
    matter: LetterMatter | None
    missing: MissingReports | None
    unanswered: UnansweredNotice | None
    limits: tuple[AnswerLimit, ...]


@dataclass(frozen=True, slots=True)
class MeasureDecision:
    """A measure decided in a case; `text` in the words of who decided, `clause` of the plan, `basis` what else."""

    id: int
    measure: Measure
    decided_on: date
    clause: str | None
    basis: str | None
    document_number: str | None
    reply_due_on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a unit put on file, and when."""

    on: date
    text: str


@dataclass(frozen=True, slots=True)
class ItemTold:
    """A rectification item that was not taken back."""

    problem: str
    measure: str
    unit: str
    person: str
    due_on: date
    state: RectificationState


@dataclass(frozen=True, slots=True)
class CaseLetterFacts:
    """What the documents of a case tell; `held_as` the one unit in full, or a group by the plan's own word.

    `measures_before` counts the alerts that were raised on its milestones and stand; `statement_asked`: the unit was
    asked for one. `counties` are the names of the counties for which the plan sets milestones.
    """

    head: LetterHead
    held_as: str
    units: tuple[Party, ...]
    matters: tuple[LetterMatter, ...]
    decision: MeasureDecision
    statements: tuple[Said, ...]
    statement_asked: bool
    replies: tuple[Said, ...]
    items: tuple[ItemTold, ...]
    measures_before: tuple[tuple[Measure, int], ...]
    counties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExtensionLetterFacts:
    """What the reply to a request for an extension tells; `granted_due_on` None: it was refused.

    `first_granted_on` is the date granted at first where it was put right on `corrected_on`; `granted_before` counts
    the milestone's extensions up to this one, of at most `limit`.
    """

    head: LetterHead
    unit: str
    matter: LetterMatter
    asked_on: date
    asked_from_on: date
    proposed_due_on: date
    reason: str
    late_reason: str | None
    decided_on: date
    granted_due_on: date | None
    first_granted_on: date | None
    corrected_on: date | None
    decision_text: str
    document_number: str | None
    granted_before: int
    limit: int


def is_superior(office: str, unit: str, *, governs: bool, supervises: bool) -> bool:
    """Tell whether an office belongs to a unit: 某地区行政公署办公室 to 某地区行政公署.

    `governs`: the unit is the government of the office's own place, `supervises`: it is on record as its 主管单位.
    """
    return supervises or governs or (office != unit and office.startswith(unit))


def letters_for_alert(measure: Measure, state: AlertState) -> tuple[DocumentKind, ...]:
    """Return the letters that an alert can be sent as; one that is withdrawn, over or answered is sent no more."""
    kind = LETTER_OF.get(measure)
    return (kind,) if kind is not None and state is AlertState.OPEN else ()


def letters_for_case(decided: frozenset[Measure], stage: CaseStage) -> tuple[DocumentKind, ...]:
    """Return the documents that fit the measures decided in a case since it was last opened.

    The minutes may still be written up when it is closed.
    """
    found = (kind for kind, measure in DECIDED_BY.items() if measure in decided)
    if stage is CaseStage.CLOSED:
        return tuple(kind for kind in found if kind is DocumentKind.INTERVIEW_MINUTES)
    return tuple(found)


def letters_for_extension(state: ExtensionState, asked_by_unit: bool) -> tuple[DocumentKind, ...]:
    """Return the reply once there is a decision; the office does not write to itself."""
    fits = asked_by_unit and state in DECIDED_EXTENSIONS
    return (DocumentKind.EXTENSION_REPLY,) if fits else ()
