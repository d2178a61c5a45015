"""What documents can be begun where people look: of an alert, a case, a milestone and so on, up to a whole plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.documents import KINDS, DocumentKind, Subject, SubjectKind
from app.domain.quarters import Quarter
from app.domain.vocabulary import Standing
from app.models import (
    AccountabilityCase,
    Alert,
    ExtensionRequest,
    Milestone,
    MilestoneStanding,
    Organization,
    Place,
    Plan,
)
from app.queries import choices, closings, document_pages, organization_page, places
from app.queries.document_pages import DocumentRow
from app.queries.printouts import printable_quarters
from app.services import document_letters
from app.services.document_kinds import cut_off
from app.services.errors import NotFoundError, msg

OF_PLAN = tuple(kind for kind, spec in KINDS.items() if spec.subject in (SubjectKind.QUARTER, SubjectKind.PLAN))
MOST_SHOWN = 8
_NONE = msg("There is nothing of this in your scope.")


@dataclass(frozen=True, slots=True)
class Starts:
    """What can be begun of one thing of a plan; `key` names it ("" for the plan itself).

    `rows` were made of it before; `quarters` are there to choose from for a circular, the present one first.
    """

    plan_id: int
    plan: str
    key: str
    kinds: tuple[DocumentKind, ...]
    rows: tuple[DocumentRow, ...]
    quarters: Sequence[Quarter] = ()


def of_alert(session: Session, scope: Scope, alert_id: int, now: datetime) -> list[Starts]:
    """Return the letters of an alert. Raises: NotFoundError out of scope."""
    found = session.get(Alert, alert_id)
    plan = _plan(session, scope, found.plan_id if found else None)
    subject = Subject(SubjectKind.ALERT, str(alert_id))
    kinds = document_letters.kinds_for_alert(session, plan, alert_id, cut_off(plan, subject, now))
    return [_starts(session, scope, plan, subject, kinds)]


def of_case(session: Session, scope: Scope, case_id: int, now: datetime) -> list[Starts]:
    """Return the notices and the cover of a case. Raises: NotFoundError out of scope."""
    found = session.get(AccountabilityCase, case_id)
    plan = _plan(session, scope, found.plan_id if found else None)
    subject = Subject(SubjectKind.CASE, str(case_id))
    kinds = document_letters.kinds_for_case(session, plan, case_id, cut_off(plan, subject, now))
    return [_starts(session, scope, plan, subject, (*kinds, DocumentKind.DOSSIER))]


def of_extension(session: Session, scope: Scope, extension_id: int, now: datetime) -> list[Starts]:
    """Return the reply to a request. Raises: NotFoundError out of scope."""
    found = session.get(ExtensionRequest, extension_id)
    milestone = session.get(Milestone, found.milestone_id) if found else None
    plan = _plan(session, scope, milestone.plan_id if milestone else None)
    subject = Subject(SubjectKind.EXTENSION, str(extension_id))
    kinds = document_letters.kinds_for_extension(session, plan, extension_id, cut_off(plan, subject, now))
    return [_starts(session, scope, plan, subject, kinds)]


def of_milestone(session: Session, scope: Scope, milestone_id: int) -> list[Starts]:
    """Return the certificate of a milestone that stands closed under a number. Raises: NotFoundError out of scope."""
    milestone = session.get(Milestone, milestone_id)
    plan = _plan(session, scope, milestone.plan_id if milestone else None)
    mark = closings.marks(session, [milestone_id]).get(milestone_id)
    standing = session.get(MilestoneStanding, milestone_id)
    closed = standing is not None and standing.standing is Standing.CLOSED and mark is not None and mark.number
    kinds = (DocumentKind.CLOSING_CERTIFICATE,) if closed else ()
    return [_starts(session, scope, plan, Subject(SubjectKind.MILESTONE, str(milestone_id)), kinds)]


def of_plan(session: Session, scope: Scope, plan_id: int, now: datetime) -> list[Starts]:
    """Return what tells of a plan as a whole. Raises: NotFoundError out of scope."""
    plan = _plan(session, scope, plan_id)
    quarters = printable_quarters(session, Scope(plan_id=plan_id), local_day(now))
    rows = document_pages.of_plan(session, scope, plan_id, limit=MOST_SHOWN)
    kinds = OF_PLAN if quarters else tuple(kind for kind in OF_PLAN if kind is not DocumentKind.QUARTERLY_CIRCULAR)
    return [Starts(plan_id, plan.short_title, "", kinds, rows, quarters)]


def of_place(session: Session, scope: Scope, place_id: int) -> list[Starts]:
    """Return the sheet of a place under each plan that has milestones there. Raises: NotFoundError."""
    if session.get(Place, place_id) is None:
        raise NotFoundError(_NONE)
    slugs = {item.slug for item in places.plans_at(session, scope, [place_id]) if item.milestones}
    return _sheets(session, scope, Subject(SubjectKind.PLACE, str(place_id)), DocumentKind.COUNTY_SHEET, slugs)


def of_unit(session: Session, scope: Scope, organization_id: int) -> list[Starts]:
    """Return the sheet of a unit under each plan that asks something of it. Raises: NotFoundError."""
    if session.get(Organization, organization_id) is None:
        raise NotFoundError(_NONE)
    naming = organization_page.plans_naming_units(session, scope, [organization_id])
    slugs = {item.slug for item in naming if item.responsible or item.supporting}
    return _sheets(session, scope, Subject(SubjectKind.UNIT, str(organization_id)), DocumentKind.UNIT_SHEET, slugs)


def _sheets(session: Session, scope: Scope, subject: Subject, kind: DocumentKind, slugs: set[str]) -> list[Starts]:
    made = document_pages.of_subject(session, scope, str(subject))
    return [
        Starts(plan.id, plan.name, subject.key, (kind,), tuple(row for row in made if row.plan_slug == plan.slug))
        for plan in choices.plans(session, scope)
        if plan.slug in slugs
    ]


def _starts(session: Session, scope: Scope, plan: Plan, subject: Subject, kinds: tuple[DocumentKind, ...]) -> Starts:
    rows = document_pages.of_subject(session, scope, str(subject), plan.id, limit=MOST_SHOWN)
    assert plan.id is not None
    return Starts(plan.id, plan.short_title, subject.key, kinds, rows)


def _plan(session: Session, scope: Scope, plan_id: int | None) -> Plan:
    if plan_id is None or not scope.holds_plan(plan_id):
        raise NotFoundError(_NONE)
    return session.get_one(Plan, plan_id)
