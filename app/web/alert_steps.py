"""One alert whole: why it fired, whom it went to, what they did about it, and the steps that a person may take."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import BusyError, Session, write_session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.alert_steps import AnswerState, Party, may_happen, may_take, next_steps
from app.domain.alert_words import rung_day
from app.domain.vocabulary import AlertStepKind, Standing
from app.queries import alert_steps as reads
from app.queries import alerts, ladders, outbox
from app.queries import inbox as inbox_reads
from app.queries.alert_steps import RecipientRow
from app.services import alert_steps, inbox
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)


def _(msgid: str) -> str:
    """Mark a msgid for extraction; the template translates it."""
    return msgid


_VALUE_NAMES = {
    "standing": _("Standing"),
    "since": _("Since"),
    "due_phrase": _("Due phrase"),
    "effective_due_on": _("Due date in force"),
    "original_due_on": _("Original due date"),
    "progress_pct": _("Reported progress, percent"),
    "reported_on": _("Last reported for"),
    "scheduled_pct": _("Scheduled progress, percent"),
    "lagging_since": _("Behind schedule since"),
    "occasion": _("Which regression"),
    "period": _("Reporting period"),
    "timely_until_on": _("In time until"),
    "missing": _("Reports missing"),
    "alert": _("Alert that was not answered"),
    "reply_due_on": _("Reply due"),
}
Answerer = Annotated[Visitor, allow(Action.ANSWER_ALERT)]
Settler = Annotated[Visitor, allow(Action.SETTLE_ALERT)]


@router.get("/alerts/{alert_id}")
def show(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.VIEW_ALERTS)],
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    alert_id: RowId,
) -> Response:
    """Show one alert whole, with the steps that this person may take now; whom it went to has read it thereby."""
    _mark_as_read(request, visitor, session, alert_id, now)
    return _alert_page(request, visitor, session, today, alert_id)


def _mark_as_read(request: Request, visitor: Visitor, session: Session, alert_id: int, now: datetime) -> None:
    """Keep that a notice was opened, in a transaction of its own: the page itself only reads."""
    unread = inbox_reads.unread_of(session, visitor.actor, alert_id) if visitor.unread else []
    if not unread:
        return
    try:
        with write_session(request.app.state.engine) as writing:
            inbox.open_notice(writing, visitor.actor, alert_id, now=now)
    except BusyError:
        return  # it stays unread; the next opening tells
    request.state.visitor = replace(visitor, unread=visitor.unread - len(unread))


@dataclass(frozen=True, slots=True)
class Step:
    """A step somebody asks to take: the form it came with and everything its writing needs."""

    request: Request
    session: Session
    settings: Settings
    now: datetime
    today: date
    form: Form
    alert_id: int


async def _asked(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    alert_id: RowId,
) -> Step:
    return Step(request, session, settings, now, today, form, alert_id)


StepDep = Annotated[Step, Depends(_asked)]


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(visitor: Answerer, step: StepDep) -> Response:
    """Take note of an alert."""
    alert_steps.acknowledge(step.session, visitor.actor, step.alert_id, now=step.now)
    return RedirectResponse(f"/alerts/{step.alert_id}?done={AlertStepKind.ACKNOWLEDGE}", 303)


@router.post("/alerts/{alert_id}/answer")
def create_answer(visitor: Answerer, step: StepDep) -> Response:
    """Answer for one's own unit."""

    def write(text: str) -> None:
        files: list[StoredUpload] = received(step.form, step.settings)
        alert_steps.answer(step.session, visitor.actor, step.alert_id, text=text, files=files, now=step.now)

    return _take(visitor, step, AlertStepKind.ANSWER, None, write)


@router.post("/alerts/{alert_id}/recipients/{organization_id}/accept")
def accept_answer(visitor: Settler, step: StepDep, organization_id: RowId) -> Response:
    """Take a unit's answer."""

    def write(text: str) -> None:
        alert_steps.accept_answer(step.session, visitor.actor, step.alert_id, organization_id, text=text, now=step.now)

    return _take(visitor, step, AlertStepKind.ACCEPT_ANSWER, organization_id, write, required=False)


@router.post("/alerts/{alert_id}/recipients/{organization_id}/return")
def return_answer(visitor: Settler, step: StepDep, organization_id: RowId) -> Response:
    """Send a unit's answer back."""

    def write(text: str) -> None:
        alert_steps.return_answer(step.session, visitor.actor, step.alert_id, organization_id, text=text, now=step.now)

    return _take(visitor, step, AlertStepKind.RETURN_ANSWER, organization_id, write)


@router.post("/alerts/{alert_id}/withdraw")
def withdraw(visitor: Settler, step: StepDep) -> Response:
    """Take the alert back; everybody who got it is told."""

    def write(text: str) -> None:
        alert_steps.withdraw(step.session, visitor.actor, step.alert_id, text=text, now=step.now)

    return _take(visitor, step, AlertStepKind.WITHDRAW, None, write)


def _take(
    visitor: Visitor,
    step: Step,
    kind: AlertStepKind,
    organization_id: int | None,
    write: Callable[[str], None],
    *,
    required: bool = True,
) -> Response:
    """Take a step and go back to the alert; what cannot be taken comes back as it was typed."""
    text = step.form.text("text", limit=alert_steps.MAX_TEXT, required=required)
    try:
        if step.form.problems:
            raise InputError(step.form.problems)
        write(text)
    except InputError as error:
        problems, typed = error.problems, step.form.typed
        form = f"{kind}-{organization_id}" if organization_id else kind.value

        def again(fresh: Session) -> Response:
            return _alert_page(
                step.request, visitor, fresh, step.today, step.alert_id, problems=problems, typed=typed, form=form
            )

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/alerts/{step.alert_id}?done={kind}", 303)


def _alert_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    alert_id: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: str = "",
) -> Response:
    alert = alerts.find_alert(session, visitor.scope, alert_id)
    if alert is None:
        raise NotFoundError(msg("There is no such alert in your scope."))
    history = reads.history(session, alert_id)
    mine = alert_steps.own_recipient(history, visitor.scope, visitor.role)
    return render(
        request,
        "alerts/show.html",
        status=422 if problems else 200,
        alert=alert,
        history=history,
        mine=mine,
        recipients=_recipients(visitor, alert, history.recipients, mine),
        may_withdraw=may_take(Party(visitor.role, False), AlertStepKind.WITHDRAW)
        and may_happen(alert.state, AnswerState.OPEN, AlertStepKind.WITHDRAW),
        when=_when(session, alert),
        values=_values(alert),
        proofs=outbox.proofs_of_alert(session, alert_id, organization_id=visitor.scope.organization_id),
        today=today,
        problems=problems or {},
        typed=typed or {},
        form=form,
    )


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """A recipient as the page shows it: whole while there are steps, taken or to be taken here, else on one line."""

    row: RecipientRow
    is_mine: bool
    steps: list[str]

    @property
    def is_whole(self) -> bool:
        """Tell whether it takes more than a line: something is to do, or more was done than taking note."""
        return bool(self.steps) or any(step.kind is not AlertStepKind.ACKNOWLEDGE for step in self.row.steps)

    @property
    def rank(self) -> tuple[bool, ...]:
        """Its place: one's own, then what waits for this person, then who owes an answer, then the rest."""
        return (not self.is_mine, not self.steps, not self.row.owes_answer)


def _recipients(
    visitor: Visitor, alert: alerts.AlertRow, rows: Iterable[RecipientRow], mine: RecipientRow | None
) -> list[RecipientLine]:
    shown = reads.shown_to(rows, visitor.scope, mine)
    lines = [RecipientLine(item, item is mine, _steps(visitor, alert, item, mine)) for item in shown]
    return sorted(lines, key=lambda line: line.rank)


def _steps(visitor: Visitor, alert: alerts.AlertRow, item: RecipientRow, mine: RecipientRow | None) -> list[str]:
    return [step.value for step in next_steps(alert.state, item.state, Party(visitor.role, item is mine))]


def _when(session: Session, alert: alerts.AlertRow) -> str:
    """Return when its rung is due, as the ladder has it now; a rung that fired is never removed."""
    rung = next(item for item in ladders.rungs(session, alert.plan_id) if item.id == alert.rung_id)
    return rung_day(rung)


def _values(alert: alerts.AlertRow) -> list[tuple[str, Any]]:
    """Return the values that the rule used, each with its name as a msgid; days and codes as what they are."""
    stored = json.loads(alert.basis)
    return [(words, _typed(name, stored[name])) for name, words in _VALUE_NAMES.items() if name in stored]


def _typed(name: str, value: Any) -> Any:
    if name == "standing":
        return Standing(value)
    if name.endswith("_on") or name.endswith("since"):
        return date.fromisoformat(value)
    return value
