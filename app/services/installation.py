"""Set up an installation: load the seeds, create the first administrator; safe to repeat."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.models import Account, Plan
from app.services import (
    accounts,
    audit,
    calendar_seeds,
    days,
    missing_reports,
    plans,
    reviewed_places,
    standards,
)
from app.services.errors import RefusedError
from app.services.plan_files import read_plan

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class InstallFinding:
    """What setting up did; `password` is set only when the first administrator was created just now."""

    plans_loaded: tuple[str, ...]
    plans_kept: tuple[str, ...]  # changed by people since: a newer file does not overwrite them
    password: str | None


def install(session: Session, seeds: Path, actor: Actor, now: datetime) -> InstallFinding:
    """Load standards and plans from the seeds folder, over nothing that people changed here, and let somebody in."""
    paths = sorted((seeds / "standards").glob("*.yaml"))
    new_standards = [path.name for path in paths if standards.load_standard(session, path, over_hand=False)]
    loaded: list[str] = []
    kept: list[str] = []
    for path in sorted((seeds / "plans").glob("*.yaml")):
        finding = _load(session, path, actor, now, again=bool(new_standards))
        if finding.kept:
            kept.append(finding.slug)
        if finding.changed:
            loaded.append(finding.slug)
    reviewed = seeds / "places.yaml"
    places = reviewed_places.load_predecessors(session, reviewed) if reviewed.is_file() else 0
    if new_standards or places:
        audit.record(session, actor, "seeds:load", "seeds", now=now, standards=new_standards, places=places)
    if (regional := seeds / "calendars.yaml").is_file():
        calendar_seeds.load_notices(session, regional, actor, now)
    days.begin(session, now)
    missing_reports.refresh(session, local_day(now))  # a landed database has periods that no rung knew
    return InstallFinding(tuple(loaded), tuple(kept), _first_administrator(session, actor, now))


def _load(session: Session, path: Path, actor: Actor, now: datetime, *, again: bool) -> plans.LoadFinding:
    """Load a plan; leave it as it is where the file would change what people have worked on, which needs an author."""
    try:
        with session.begin_nested():
            return plans.load_plan(session, path, actor, now, again=again, over_hand=False)
    except RefusedError:
        plan = session.scalars(sa.select(Plan).where(col(Plan.slug) == read_plan(path).slug)).one()
        assert plan.id is not None
        return plans.LoadFinding(plan.slug, plan.id, changed=False, kept=True)


def _first_administrator(session: Session, actor: Actor, now: datetime) -> str | None:
    if session.scalar(sa.select(col(Account.id)).limit(1)) is not None:
        return None
    password = accounts.new_one_time_password()
    accounts.create_account(
        session,
        actor,
        name=ADMINISTRATOR,
        display_name="系统管理员",
        role=Role.ADMINISTRATOR,
        password=password,
        plan_id=None,
        organization_id=None,
        must_change_password=True,
        now=now,
    )
    return password
