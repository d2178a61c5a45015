"""Units of the invented plan that report, and the reports they owe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor, Scope
from app.domain.periods import OwedState
from app.domain.vocabulary import Role
from app.models import Account, ExpectedReport, Milestone, Organization, ReportingPeriod
from app.queries.owed_reports import OwedFilter, OwedRow, list_owed
from app.services import days, report_drafts
from tests.support.desk import NOW, Desk, desk_of


@dataclass(frozen=True)
class Reporters:
    """The desk of the invented plan with the units' accounts; 甲县政府 owes five reports, 乙县政府 three."""

    desk: Desk
    jia: Actor
    yi: Actor

    @property
    def session(self) -> Session:
        return self.desk.session

    @property
    def office(self) -> Actor:
        return self.desk.actor

    def rows(self, actor: Actor, now: datetime = NOW, state: OwedState | None = None) -> list[OwedRow]:
        """Return everything an actor owes."""
        return list(list_owed(self.session, actor.scope, OwedFilter(state), local_day(now), limit=None).rows)

    def row(self, actor: Actor, key: str, now: datetime = NOW) -> OwedRow:
        """Return what an actor owes on a milestone in the last open period."""
        wanted = self.desk.id_of(key)
        return [row for row in self.rows(actor, now) if row.milestone_id == wanted][-1]

    def draft(self, actor: Actor, key: str, now: datetime = NOW, **typed: str) -> OwedRow:
        """Save a draft that can be submitted, with texts changed."""
        row = self.row(actor, key, now)
        texts = {"reported_on": local_day(now).isoformat(), "summary": "按计划推进"} | {
            name.replace("_of_", "-"): words for name, words in typed.items()
        }
        return report_drafts.save(self.session, actor, row.id, texts, seen=row.mark, now=now)

    def periods(self) -> list[ReportingPeriod]:
        query = sa.select(ReportingPeriod).order_by(col(ReportingPeriod.first_on))
        return list(self.session.scalars(query))

    def expected(self) -> list[tuple[str, str, str]]:
        """Return (first day of the period, milestone key, unit's short name) of every expected report."""
        query: sa.Select[*tuple[Any, ...]] = (
            sa.select(col(ReportingPeriod.first_on), col(Milestone.key), col(Organization.short_name))
            .select_from(ExpectedReport)
            .join(ReportingPeriod)
            .join(Milestone)
            .join(Organization, col(Organization.id) == col(ExpectedReport.organization_id))
        )
        return sorted((first.isoformat(), key, unit) for first, key, unit in self.session.execute(query))


@contextmanager
def reporters_of(engine: Engine, *, now: datetime = NOW) -> Iterator[Reporters]:
    """Load the invented plan, give two counties accounts, and begin the day."""
    with desk_of(engine) as desk:
        actors = [_unit(desk, name) for name in ("甲县人民政府", "乙县人民政府")]
        days.begin(desk.session, now)
        yield Reporters(desk, *actors)


def _unit(desk: Desk, name: str) -> Actor:
    unit_id = desk.session.scalar(sa.select(col(Organization.id)).where(col(Organization.name) == name))
    account = Account(
        name=name,
        display_name=name,
        role=Role.UNIT,
        plan_id=desk.plan_id,
        organization_id=unit_id,
        password_hash="none",
        created_at=NOW,
    )
    desk.session.add(account)
    desk.session.flush()
    return Actor(account.id, name, Role.UNIT, Scope(desk.plan_id, unit_id))
