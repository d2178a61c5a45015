"""Whom a document is sent to before anybody chooses: whom its own address and its facts name."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.domain.access import Actor
from app.domain.distribution import (
    ALL_COUNTIES,
    ALL_RESPONSIBLE,
    MOST_NAME,
    Chosen,
    RecipientCapacity,
    addressed,
    copies,
    each_once,
)
from app.domain.documents import Subject, SubjectKind
from app.domain.vocabulary import OrganizationKind
from app.models import DocumentRecipient, OfficialDocument
from app.printouts.documents import Distribution, Document, Form
from app.queries import distribution
from app.queries.distribution import NamedUnit

_EVERY = "各"  # a collective name that stands for no unit of the plan names nobody
_WITH_BLOCK = (Form.FILE, Form.LETTER)


def usual(
    session: Session, plan_id: int, office_id: int, subject: Subject, document: Document, corrects_id: int | None
) -> tuple[Chosen, ...]:
    """Return to whom a new document is sent unless the office chooses otherwise.

    A correction goes to whom the corrected one went; a letter on an alert to the units that it reached; everything
    else to whom its address names, and in copy to whom its distribution block names.
    """
    if corrects_id is not None and (before := distribution.recipients(session, corrects_id)):
        return before
    found: list[Chosen] = []
    if subject.kind is SubjectKind.ALERT:
        reached = distribution.addressed_by_alert(session, subject.id)
        found += [one for one in reached if one.capacity is RecipientCapacity.MAIN]
    if not found:
        found += named(session, plan_id, addressed(document.addressee), RecipientCapacity.MAIN)
    if document.distribution:
        found += named(session, plan_id, document.distribution.copies_to, RecipientCapacity.COPY)
    return each_once([one for one in found if one.organization_id != office_id])


def named(session: Session, plan_id: int, names: Sequence[str], capacity: RecipientCapacity) -> list[Chosen]:
    """Return the recipients that names stand for: units, all of a group's, or organs outside by their own name."""
    if not names:
        return []
    known, units = distribution.units_by_name(session, names), distribution.responsible_units(session, plan_id)
    found: list[Chosen] = []
    for name in names:
        if name in known:
            found.append(Chosen(*known[name], capacity))
        elif group := list(_group(name, units)):
            found += [Chosen(unit.organization_id, unit.name, capacity) for unit in group]
        elif not name.startswith(_EVERY):
            found.append(Chosen(None, name[:MOST_NAME], capacity))
    return found


def _group(name: str, units: Iterable[NamedUnit]) -> Iterable[NamedUnit]:
    """Return the units that a collective name stands for in a plan; none when it is no such name."""
    for unit in units:
        county = name in ALL_COUNTIES and unit.kind is OrganizationKind.GOVERNMENT
        if name == ALL_RESPONSIBLE or unit.named_as == name or county:
            yield unit


def with_copies(document: Document, recipients: Sequence[Chosen]) -> Document:
    """Return a document whose distribution block names its copies, so that paper and record agree.

    A letter without copies has no such block and gets one with its first copy; minutes have none at all.
    """
    block, names = document.distribution, copies(recipients)
    if block is None and names and document.form in _WITH_BLOCK:
        block = Distribution((), document.signature, None)
    return replace(document, distribution=replace(block, copies_to=names)) if block else document


def choose(
    session: Session, actor: Actor, row: OfficialDocument, recipients: Iterable[Chosen], *, now: datetime
) -> None:
    """Put recipients of a draft on record."""
    assert row.id is not None
    session.add_all(
        DocumentRecipient(
            document_id=row.id,
            organization_id=one.organization_id,
            name=one.name,
            capacity=one.capacity,
            author_id=actor.account_id,
            recorded_at=now,
        )
        for one in recipients
    )
    session.flush()
