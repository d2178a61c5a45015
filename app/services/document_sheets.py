"""Draw sheets of places and units, the two ledgers, the rectification ledger, certificates and covers of case files."""

from collections.abc import Collection

from sqlmodel import Session

from app.domain.documents import Subject
from app.models import Plan
from app.printouts import (
    closing_certificates,
    dossier_covers,
    rectification_sheets,
)
from app.printouts import (
    county_sheets as county_words,
)
from app.printouts import (
    two_ledgers as ledger_words,
)
from app.printouts import (
    unit_sheets as unit_words,
)
from app.printouts.documents import Document
from app.queries.circulars import CutOff
from app.queries.sheet_case_files import gather_case_file
from app.queries.sheet_certificates import gather_certificate, in_plan
from app.queries.sheet_counties import gather_counties
from app.queries.sheet_rectifications import ledger_of_rectifications
from app.queries.sheet_two_ledgers import gather_two_ledgers
from app.queries.sheet_units import gather_units
from app.services.errors import ConflictError, NotFoundError, msg


def county_sheets(session: Session, plan: Plan, place_ids: Collection[int], at: CutOff) -> dict[int, Document]:
    """Return the sheet of each place by place, in the order asked for; one outside the plan's area is missing."""
    found = gather_counties(session, plan, place_ids, at)
    return {place_id: county_words.compose(found[place_id]) for place_id in place_ids if place_id in found}


def county_sheet(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the sheet of one place (一县一表). Raises: NotFoundError for a place outside the plan's area."""
    found = county_sheets(session, plan, [subject.id], at)
    if subject.id not in found:
        raise NotFoundError(msg("no such place in the area of this plan"))
    return found[subject.id]


def unit_sheets(session: Session, plan: Plan, unit_ids: Collection[int], at: CutOff) -> dict[int, Document]:
    """Return the sheet of each unit by unit, in the order asked for; one that the plan asks nothing of is missing."""
    found = gather_units(session, plan, unit_ids, at)
    return {unit_id: unit_words.compose(found[unit_id]) for unit_id in unit_ids if unit_id in found}


def unit_sheet(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the sheet of one unit (一单位一表). Raises: NotFoundError for one that the plan asks nothing of."""
    found = unit_sheets(session, plan, [subject.id], at)
    if subject.id not in found:
        raise NotFoundError(msg("this plan asks nothing of such a unit"))
    return found[subject.id]


def two_ledgers(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the ledgers of targets met and not met (双台账)."""
    return ledger_words.compose(gather_two_ledgers(session, plan, at))


def rectification_ledger(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the rectification ledger (整改台账)."""
    return rectification_sheets.compose(ledger_of_rectifications(session, plan, at))


def closing_certificate(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the certificate of a closing (销号证明).

    Raises: NotFoundError for a milestone that is none of this plan, ConflictError when it was not closed by the
    cut-off, or without a number.
    """
    row = in_plan(session, plan, subject.id, at)
    if row is None:
        raise NotFoundError(msg("no such milestone in this plan"))
    found = gather_certificate(session, plan, row, at)
    if found is None:
        raise ConflictError(msg("Only a milestone that stands closed under a number has a certificate."))
    return closing_certificates.compose(found)


def dossier(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return cover and contents of a case's paper file (案卷封面及目录). Raises: NotFoundError."""
    found = gather_case_file(session, plan, subject.id, at)
    if found is None:
        raise NotFoundError(msg("no such case in this plan"))
    return dossier_covers.compose(found)
