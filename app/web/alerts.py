"""The register of alerts: what fired, why, for whom, and when the scheduler looks next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import SHANGHAI, local_day
from app.core.database import Session
from app.domain.access import Action
from app.domain.vocabulary import Measure, RungTrigger
from app.queries import choices, jobs
from app.queries.alert_filters import Wanted
from app.queries.alert_receipts import receipts
from app.queries.alerts import AlertFilter, AlertKey, AlertRow, addressees, list_alerts, to_answer
from app.services import alert_receipts
from app.web.deps import NowDep, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.forms import FormDep, row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
_FILTERS = ("plan", "unit", "measure", "trigger", "state")
_OWED = 6  # answers that a unit owes, shown above the register


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """The register's address as it was typed; words that mean nothing do not narrow."""

    plan: Text = ""
    unit: Text = ""
    measure: Text = ""
    trigger: Text = ""
    state: Text = ""

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        return {name: value for name in _FILTERS if (value := getattr(self, name))}

    def filter(self, plan_id: int | None, today: date) -> AlertFilter:
        """Return what the register is narrowed to."""
        return AlertFilter(
            plan_id=plan_id,
            organization_id=row_id(self.unit),
            measure=Measure(self.measure) if self.measure in set(Measure) else None,
            trigger=RungTrigger(self.trigger) if self.trigger in set(RungTrigger) else None,
            wanted=Wanted(self.state) if self.state in set(Wanted) else None,
            today=today,
        )


@router.get("/alerts")
def list_register(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.VIEW_ALERTS)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    asked: Annotated[AlertQuery, Depends()],
    at: Text = "",
    done: Text = "",
    count: Text = "",
) -> Response:
    """Show the alerts in scope, the latest first; htmx gets the table alone."""
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == asked.plan), None)
    today = local_day(now)
    page = list_alerts(session, visitor.scope, asked.filter(plan_id, today), _key(at))
    context: dict[str, Any] = {
        "asked": asked,
        "page": page,
        "today": today,
        "open": _to_be_noted(session, visitor, page.rows),
        "key_text": _key_text,
        "next_scan_at": next_scan(now, settings.scan_at),
    }
    if wants_part(request):
        return render(request, "alerts/_register.html", **context)
    first = not asked.values and not at
    return render(
        request,
        "alerts/page.html",
        plans=plans,
        units=addressees(session, visitor.scope, plan_id),
        owed=to_answer(session, visitor.scope, limit=_OWED) if first and visitor.scope.organization_id else (),
        last_scan_at=jobs.health(session, now).last_scan_at,
        measures=list(Measure),
        triggers=list(RungTrigger),
        states=list(Wanted),
        done=done,
        count=row_id(count) or 0,
        **context,
    )


def _to_be_noted(session: Session, visitor: Visitor, rows: tuple[AlertRow, ...]) -> set[int]:
    """Return the alerts of a page that the visitor has still to take note of."""
    return {item.alert_id for item in receipts(session, visitor.actor, {row.id for row in rows}) if item.open}


@router.post("/alerts/acknowledge")
def acknowledge_all(
    visitor: Annotated[Visitor, allow(Action.ANSWER_ALERT)], session: SessionDep, form: FormDep, now: NowDep
) -> Response:
    """Take note of the ticked alerts for one's own unit, all or none."""
    ticked = form.ids("alert")
    if not ticked:
        return RedirectResponse("/alerts?done=none", 303)
    count = alert_receipts.acknowledge_all(session, visitor.actor, ticked[: alert_receipts.MOST], now=now)
    return RedirectResponse(f"/alerts?done=noted&count={count}", 303)


@router.post("/alerts/scan")
def create_scan(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.SCAN)],
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Scan now instead of at the next time of the timetable; what was raised before is not raised again."""
    run_id, ended = request.app.state.scan(on=today, now=now, actor=visitor.actor)
    return RedirectResponse("/alerts?done=scan" if ended else f"/alerts/scans/{run_id}", 303)


def next_scan(now: datetime, at: time) -> datetime:
    """Return the next instant at which a scan is due: every hour, and every day `at` a time in Shanghai."""
    local = now.astimezone(SHANGHAI)
    hour = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    today = datetime.combine(local.date(), at, SHANGHAI)
    return today if local < today < hour else hour


def _key(text: str) -> AlertKey | None:
    """Read `2026-11-22.77`; anything else starts at the beginning."""
    day, _, alert_id = text.partition(".")
    number = row_id(alert_id)
    try:
        return AlertKey(date.fromisoformat(day), number) if number else None
    except ValueError:
        return None


def _key_text(key: AlertKey) -> str:
    return f"{key.fire_on}.{key.alert_id}"
