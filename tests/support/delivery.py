"""A small plan with people, addresses and alerts, and a drop folder in which messages arrive (all invented)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.vocabulary import (
    AlertStepKind,
    Capacity,
    ChannelKind,
    Measure,
    OrganizationKind,
    OutboxKind,
    Role,
    RungTrigger,
)
from app.jobs.deliver import deliver
from app.models import (
    Account,
    Address,
    Alert,
    AlertRecipient,
    AlertStep,
    HandDelivery,
    LadderRung,
    Message,
    MessageItem,
    Organization,
    Outbox,
)
from app.services import standings
from app.services.outbox import OutboxRow, enqueue
from tests.support.facts import Office, add_milestone, noon, office

_numbers = count(1)


@dataclass
class Mailroom:
    """The plan of an office, and everything that leaves it."""

    engine: Engine
    settings: Settings
    office: Office
    unit_id: int
    drop: Path

    def run(self, now: datetime, holder: str = "one", **more: Any) -> dict[str, object]:
        """Deliver once and return the counts."""
        return dict(deliver(self.engine, self.settings, now=now, holder=holder, **more))

    @property
    def actor(self) -> Actor:
        """Return somebody of the office."""
        return Actor(self.office.account_id, "办公室", Role.OFFICE, Scope(self.office.plan_id))

    def account(self, role: Role, *, organization_id: int | None = None, plan_id: int | None = None) -> int:
        no = next(_numbers)
        return self._add(
            Account(
                name=f"person{no}",
                display_name=f"（虚构）某{no}",
                role=role,
                plan_id=plan_id,
                organization_id=organization_id,
                password_hash="none",
                created_at=noon("2026-01-01"),
            )
        )

    def address(
        self,
        name: str,
        *,
        account_id: int | None = None,
        organization_id: int | None = None,
        verified: bool = True,
        channel: ChannelKind = ChannelKind.FOLDER,
        secret: str | None = None,
    ) -> int:
        """Add an address, of the unit unless it has another owner; of the drop folder, a sub-folder of that name."""
        if account_id is None and organization_id is None:
            organization_id = self.unit_id
        at = noon("2026-01-01")
        return self._add(
            Address(
                account_id=account_id,
                organization_id=organization_id,
                channel=channel,
                address=name,
                secret=secret,
                verified_at=at if verified else None,
                created_at=at,
            )
        )

    def unit(self) -> int:
        no, kind = next(_numbers), OrganizationKind.DEPARTMENT
        name = f"（虚构）第{no}局"
        unit = Organization(name=name, short_name=name, kind=kind, place_id=self.office.place_id, sort_key=str(no))
        return self._add(unit)

    def milestone(self) -> int:
        """Add a milestone that is overdue in November 2026."""
        with write_session(self.engine) as session:
            milestone_id = add_milestone(session, self.office, "2026-01-01", "2026-06-30")
            standings.refresh(session, [milestone_id], local_day(noon("2026-11-22")))
        return milestone_id

    def alert(
        self,
        now: datetime,
        *,
        urgent: bool = False,
        to: Collection[tuple[int, Capacity]] | None = None,
        milestone_id: int | None = None,
        queue: bool = True,
    ) -> int:
        """Raise an alert to the unit (or to others) and queue it, as a scan does."""
        with write_session(self.engine) as session:
            alert_id = _alert(session, self.office, now, milestone_id, urgent)
            for organization_id, capacity in to if to is not None else [(self.unit_id, Capacity.RESPONSIBLE)]:
                session.add(AlertRecipient(alert_id=alert_id, organization_id=organization_id, capacity=capacity))
            session.flush()
            if queue:
                enqueue(session, [OutboxRow(alert_id, self.office.plan_id, urgent)], now=now)
        return alert_id

    def withdraw(self, alert_id: int, now: datetime, reason: str = "（虚构）误发") -> None:
        """Take an alert back and queue that, as the office does."""
        with write_session(self.engine) as session:
            session.add(
                AlertStep(
                    alert_id=alert_id,
                    kind=AlertStepKind.WITHDRAW,
                    text=reason,
                    author_id=self.office.account_id,
                    recorded_at=now,
                )
            )
            row = OutboxRow(alert_id, self.office.plan_id, True, OutboxKind.WITHDRAWAL)
            enqueue(session, [row], now=now)

    def dropped(self, name: str) -> list[dict[str, Any]]:
        """Return what arrived in a sub-folder, by number."""
        files = sorted((self.drop / name).glob("*.json"))
        return [json.loads(file.read_text()) for file in files]

    def all(self, model: type[Any]) -> list[Any]:
        with read_session(self.engine) as session:
            return list(session.scalars(sa.select(model).order_by(model.id)).all())

    def messages(self) -> list[Message]:
        return self.all(Message)

    def items(self) -> list[MessageItem]:
        return self.all(MessageItem)

    def by_hand(self, *, settled: bool = False) -> list[HandDelivery]:
        return [row for row in self.all(HandDelivery) if (row.settled_at is not None) is settled]

    def waiting(self) -> int:
        with read_session(self.engine) as session:
            query = sa.select(sa.func.count()).select_from(Outbox).where(col(Outbox.expanded_at).is_(None))
            return session.scalar(query) or 0

    def change(self, row: Any, **values: Any) -> None:
        """Change a stored row behind the services' back."""
        with write_session(self.engine) as session:
            session.execute(sa.update(type(row)).where(type(row).id == row.id).values(**values))

    def _add(self, row: Any) -> int:
        with write_session(self.engine) as session:
            session.add(row)
            session.flush()
            return int(row.id)


def mailroom(engine: Engine, folder: Path, **settings: Any) -> Mailroom:
    """Lay a plan with one unit, and open a drop folder."""
    drop = folder / "drop"
    given = {"smtp_timeout": 2, "channel_timeout": 2, "drop_dir": drop, "data_dir": folder, **settings}
    with write_session(engine) as session:
        plan = office(session)
    room = Mailroom(engine, Settings.model_validate(given), plan, 0, drop)
    room.unit_id = room.unit()
    return room


def _alert(session: Session, of: Office, now: datetime, milestone_id: int | None, urgent: bool) -> int:
    rung = sa.select(col(LadderRung.id)).where(col(LadderRung.plan_id) == of.plan_id).limit(1)
    day = local_day(now)
    alert = Alert(
        plan_id=of.plan_id,
        matter=f"milestone/{milestone_id or 0}/{next(_numbers)}",
        milestone_id=milestone_id,
        trigger=RungTrigger.DUE,
        due_version=1,
        rung_id=session.execute(rung).scalar_one(),
        measure=Measure.SUPERVISION_NOTICE if urgent else Measure.URGING,
        effective_due_on=day - timedelta(days=15),
        fire_on=day,
        days_late=15,
        reason="（虚构）截至今日已逾期15天。",
        urgent=urgent,
        reply_due_on=day + timedelta(days=5) if urgent else None,
        scanned_on=day,
        raised_at=now,
    )
    session.add(alert)
    session.flush()
    assert alert.id is not None
    return alert.id
