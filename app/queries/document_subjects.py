"""What a new document can be made of: the plans in scope, their quarters, places and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.domain.access import Scope
from app.domain.documents import KINDS, DocumentKind, SubjectKind
from app.domain.quarters import Quarter
from app.queries import choices
from app.queries.choices import Choice
from app.queries.printouts import printable_quarters

# Letters, notices and certificates are made on the page of what they tell of.
_ON_ITS_PAGE = (SubjectKind.ALERT, SubjectKind.CASE, SubjectKind.EXTENSION, SubjectKind.MILESTONE)
STARTED_HERE = tuple(kind for kind, spec in KINDS.items() if spec.subject not in _ON_ITS_PAGE)


@dataclass(frozen=True, slots=True)
class Subjects:
    """What there is to choose from; `plan_id` None: the plan is not chosen yet."""

    plans: Sequence[Choice]
    plan_id: int | None
    quarters: Sequence[Quarter] = ()
    rows: Sequence[Choice] = ()  # places or units


def subjects(session: Session, scope: Scope, plan_id: int | None, kind: DocumentKind | None, today: date) -> Subjects:
    """Return what a kind of document of a plan can be made of; a single plan in scope is chosen at once."""
    plans = choices.plans(session, scope)
    if plan_id not in {plan.id for plan in plans}:
        plan_id = plans[0].id if len(plans) == 1 else None
    if plan_id is None or kind is None:
        return Subjects(plans, plan_id)
    sort = KINDS[kind].subject
    within = Scope(plan_id=plan_id)
    if sort is SubjectKind.QUARTER:
        return Subjects(plans, plan_id, quarters=printable_quarters(session, within, today))
    if sort is SubjectKind.PLACE:
        return Subjects(plans, plan_id, rows=choices.places(session, within, plan_id))
    if sort is SubjectKind.UNIT:
        return Subjects(plans, plan_id, rows=choices.units(session, within, plan_id))
    return Subjects(plans, plan_id)
