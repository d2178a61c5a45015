"""Take note of several alerts at once (批量签收)."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from app.domain.access import Actor
from app.domain.alert_steps import AnswerState
from app.domain.vocabulary import AlertStepKind
from app.models import AlertStep
from app.queries.alert_receipts import receipts
from app.services import audit
from app.services.errors import InputError, NotFoundError, msg
from app.services.reports import author_of
from app.services.turns import take_turn

MOST = 200  # more than a page of the register shows


def acknowledge_all(session: Session, actor: Actor, alert_ids: Collection[int], *, now: datetime) -> int:
    """Take note of alerts for one's own unit in one statement; return of how many, others had been noted before.

    Raises: InputError when there are none or too many; NotFoundError when one did not go to the actor's unit.
    """
    wanted = set(alert_ids)
    if not wanted:
        raise InputError({"alert": msg("tick at least one alert")})
    if len(wanted) > MOST:
        raise InputError({"alert": msg("at most %(count)s alerts at once", count=MOST)})
    take_turn(session)
    found = receipts(session, actor, wanted)
    if {item.alert_id for item in found} != wanted:
        raise NotFoundError(msg("There is no such alert in your scope."))
    new = [item for item in found if item.open]
    rows = [
        {
            "alert_id": item.alert_id,
            "organization_id": item.organization_id,
            "capacity": item.capacity,
            "kind": AlertStepKind.ACKNOWLEDGE,
            "text": "",
            "author_id": author_of(actor),
            "recorded_at": now,
        }
        for item in new
    ]
    if rows:
        session.execute(sa.insert(AlertStep), rows)
    detail = {"text": "", "evidence": [], "before": {"recipient": AnswerState.OPEN}}
    writes = [
        audit.Write(
            f"alerts:{AlertStepKind.ACKNOWLEDGE}",
            f"alerts/{item.alert_id}",
            item.plan_id,
            {"organization": item.organization_id, **detail},
        )
        for item in new
    ]
    if writes:
        audit.record_all(session, actor, writes, now=now)
    return len(new)
