"""The register of alerts: what fired, why, for whom, and when the scheduler looks next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import SHANGHAI
from app.domain.access import Action
from app.domain.vocabulary import Measure
from app.queries import choices, jobs
from app.queries.alerts import AlertFilter, AlertKey, addressees, list_alerts
from app.web.deps import NowDep, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.forms import row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """The register's address as it was typed; words that mean nothing do not narrow."""

    plan: str
    unit: str
    measure: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        return {name: value for name in ("plan", "unit", "measure") if (value := getattr(self, name))}


@router.get("/alerts")
def list_register(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.VIEW_ALERTS)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    plan: Text = "",
    unit: Text = "",
    measure: Text = "",
    at: Text = "",
    done: Text = "",
) -> Response:
    """Show the alerts in scope, the latest first; htmx gets the table alone."""
    asked = AlertQuery(plan, unit, measure)
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == plan), None)
    wanted = AlertFilter(
        plan_id=plan_id,
        organization_id=row_id(unit),
        measure=Measure(measure) if measure in set(Measure) else None,
    )
    context: dict[str, Any] = {
        "asked": asked,
        "page": list_alerts(session, visitor.scope, wanted, _key(at)),
        "key_text": _key_text,
        "last_scan_at": jobs.health(session, now).last_scan_at,
        "next_scan_at": next_scan(now, settings.scan_at),
    }
    if wants_part(request):
        return render(request, "alerts/_register.html", **context)
    units = addressees(session, visitor.scope, plan_id)
    scanned = done == "scan"
    return render(
        request, "alerts/page.html", plans=plans, units=units, measures=list(Measure), scanned=scanned, **context
    )


@router.post("/alerts/scan")
def create_scan(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.SCAN)],
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Scan now instead of at the next time of the timetable; what was raised before is not raised again."""
    request.app.state.scan(on=today, now=now, actor=visitor.actor)
    return RedirectResponse("/alerts?done=scan", 303)


def next_scan(now: datetime, at: time) -> datetime:
    """Return the next instant at which the daily scan is due, for a scan at `at` in Shanghai."""
    local = now.astimezone(SHANGHAI)
    today = datetime.combine(local.date(), at, SHANGHAI)
    return today if today > local else today + timedelta(days=1)


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
