"""What the record holds when a file is checked against it: stored parts, and the names that cells may use."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import ChangeSubject, ValueType
from app.models import Indicator, Plan
from app.queries.revisions import last_number
from app.services.import_names import NameBook
from app.services.plan_context import PlanContext, plan_context
from app.services.plan_files import IndicatorPart, MilestonePart, ProjectPart, StagePart
from app.services.plan_milestone_parts import collapsed
from app.services.plan_parts import Parts, stored_parts
from app.services.plan_surroundings import indicators_with_thresholds

Words = tuple[str, str, str]  # clause, title, place


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """An indicator as cells name it."""

    code: str
    name: str
    boolean: bool


@dataclass
class PlanRecord:
    """A plan as it stood when the check began; `number` is that of its last revision (0: none)."""

    context: PlanContext
    number: int
    parts: Parts
    area: str
    milestones: dict[str, MilestonePart] = field(default_factory=dict)  # by key; duties as one part each
    by_words: dict[Words, list[str]] = field(default_factory=dict)
    indicators: dict[str, KnownIndicator] = field(default_factory=dict)  # by code and by name
    stages: dict[str, StagePart] = field(default_factory=dict)
    projects: dict[str, ProjectPart] = field(default_factory=dict)
    standard: list[IndicatorPart] = field(default_factory=list)
    places: NameBook = field(init=False)
    units: NameBook = field(init=False)

    def __post_init__(self) -> None:
        """Draw duties together, and index milestones by their words."""
        self.places = NameBook({name: name for name in self.context.places})
        self.units = NameBook({name: name for name in (*self.context.units, *self.context.groups)})
        stored = [part for part in self.parts.values() if isinstance(part, MilestonePart)]
        self.stages = {part.key: part for part in self.parts.values() if isinstance(part, StagePart)}
        self.projects = {part.key: part for part in self.parts.values() if isinstance(part, ProjectPart)}
        self.milestones = {part.key: part for part in collapsed(stored, self.context.plan.issued_on)}
        for part in self.milestones.values():
            self.by_words.setdefault(words_of(part.clause, part.title, part.place), []).append(part.key)

    def stored(self, key: str) -> MilestonePart | None:
        """Return a milestone or duty by its key, or one occurrence of a duty by its own; None: not there."""
        if (part := self.milestones.get(key)) is not None:
            return part
        single = self.parts.get((ChangeSubject.MILESTONE, key))
        return single if isinstance(single, MilestonePart) else None


def words_of(clause: str, title: str, place: str) -> Words:
    """Return what tells milestones without a key apart; blanks do not count."""
    return "".join(clause.split()), "".join(title.split()), "".join(place.split())


def read_record(session: Session, plan_id: int) -> PlanRecord:
    """Read a plan's parts and names."""
    context = plan_context(session, session.get_one(Plan, plan_id))
    record = PlanRecord(
        context=context,
        number=last_number(session, plan_id),
        parts=stored_parts(session, context),
        area=context.place_names()[context.plan.place_id],
        standard=indicators_with_thresholds(session, context),
    )
    for indicator in _indicators(session, context):
        record.indicators[indicator.code] = indicator
        record.indicators.setdefault(indicator.name, indicator)
    return record


def _indicators(session: Session, context: PlanContext) -> list[KnownIndicator]:
    rows = session.execute(
        sa.select(col(Indicator.code), col(Indicator.name), col(Indicator.value_type))
        .where(col(Indicator.id).in_(context.indicators.values()))
        .order_by(col(Indicator.position), col(Indicator.id))
    )
    return [KnownIndicator(code, name, value_type is ValueType.BOOLEAN) for code, name, value_type in rows]
