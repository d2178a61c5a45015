"""Record payments for a project: dated facts in integer fen; a correction is a further, negative payment."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.money import MOST_WAN, fen_of_wan
from app.domain.vocabulary import FundSource
from app.models import Payment, Project
from app.services import audit
from app.services.errors import ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.reports import author_of

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """A payment as it was typed; `amount_wan` in 万元, below zero for a correction; `source` says more on the funds."""

    paid_on: date
    amount_wan: Decimal
    fund_source: FundSource
    source: str = ""
    note: str = ""


def pay(session: Session, actor: Actor, project_id: int, given: PaymentInput, *, now: datetime) -> Payment:
    """Append a payment. Raises: NotFoundError, ForbiddenError, InputError naming each field."""
    project = project_in_scope(session, actor, project_id)
    problems = _problems(given, local_day(now))
    amount_fen = 0 if "amount" in problems else fen_of_wan(given.amount_wan)
    if not problems:
        problems = _conflicts(session, project_id, given, amount_fen)
    if problems:
        raise InputError(problems)
    payment = Payment(
        project_id=project_id,
        paid_on=given.paid_on,
        amount_fen=amount_fen,
        fund_source=given.fund_source,
        source=given.source,
        note=given.note,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(payment)
    session.flush()
    paid_fen = session.scalar(
        sa.select(sa.func.sum(col(Payment.amount_fen))).where(col(Payment.project_id) == project_id)
    )
    audit.record(
        session,
        actor,
        "projects:pay",
        f"projects/{project_id}",
        now=now,
        plan_id=project.plan_id,
        payment=payment.id,
        paid_on=given.paid_on,
        amount_fen=amount_fen,
        fund_source=given.fund_source,
        source=given.source,
        note=given.note,
        before={"paid_fen": (paid_fen or 0) - amount_fen},
        after={"paid_fen": paid_fen},
    )
    return payment


def project_in_scope(session: Session, actor: Actor, project_id: int) -> Project:
    """Return a project that the actor may pay for, locked so that its payments cannot change meanwhile.

    Raises: NotFoundError; ForbiddenError for a unit.
    """
    project = session.scalar(sa.select(Project).where(col(Project.id) == project_id).with_for_update())
    if project is None:
        raise NotFoundError(msg("There is no such project."))
    if not actor.scope.holds_plan(project.plan_id):
        raise NotFoundError(msg("There is no such project in your scope."))
    if actor.scope.organization_id is not None:
        raise ForbiddenError(msg("Payments are recorded by the office."))
    return project


def _problems(given: PaymentInput, today: date) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if given.paid_on > today:
        problems["paid_on"] = msg("this day has not come yet")
    elif given.paid_on < EARLIEST:
        problems["paid_on"] = msg("this day is too long ago")
    if not given.amount_wan:
        problems["amount"] = msg("a payment is not zero")
    elif abs(given.amount_wan) > MOST_WAN:
        problems["amount"] = msg("this sum is out of range; it is written in 万元")
    else:
        try:
            fen_of_wan(given.amount_wan)
        except ValueError:
            problems["amount"] = msg("at most six decimals: a sum ends at the fen")
    if given.amount_wan < 0 and not given.note:
        problems["note"] = msg("a negative sum is a correction: say what it corrects")
    return problems


def _conflicts(session: Session, project_id: int, given: PaymentInput, amount_fen: int) -> dict[str, Message]:
    """Refuse what the payments on record speak against: the same one twice, or more taken back than was paid."""
    paid = session.execute(
        sa.select(
            col(Payment.paid_on),
            col(Payment.amount_fen),
            col(Payment.fund_source),
            col(Payment.source),
            col(Payment.note),
        ).where(col(Payment.project_id) == project_id)
    ).all()
    same = (given.paid_on, amount_fen, given.fund_source, given.source, given.note)
    if same in {tuple(row) for row in paid}:
        return {"note": msg("this payment is on record already; if it is another one, say so in the note")}
    if amount_fen < 0 and sum(row.amount_fen for row in paid) + amount_fen < 0:
        return {"amount": msg("this takes back more than was paid")}
    return {}
