"""Decisions on a milestone: verify and close, publish first, waive, reopen, recheck, withdraw, the other reading."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.closings import TICKED
from app.domain.vocabulary import DecisionKind
from app.services import closings, milestones
from app.services.errors import InputError, Message, msg
from app.services.evidence import StoredUpload
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.milestones import form_rejected
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Closer = Annotated[Visitor, allow(Action.CLOSE_OUT)]
_RECHECKS = {"passed": DecisionKind.RECHECK_PASSED, "failed": DecisionKind.RECHECK_FAILED}


@dataclass(frozen=True, slots=True)
class Deciding:
    """One form on the page of a milestone, and what recording it needs."""

    request: Request
    session: Session
    settings: Settings
    form: Form
    milestone_id: int
    now: datetime
    today: date

    def record(self, visitor: Visitor, name: str, step: Callable[[list[StoredUpload]], object]) -> Response:
        """Take a step with the form's files; a form that cannot be taken comes back as it was typed."""
        try:
            step(received(self.form, self.settings))
        except InputError as error:
            raise self.rejected(visitor, name, error.problems) from error
        return RedirectResponse(f"/milestones/{self.milestone_id}?done=decision#history", 303)

    def rejected(self, visitor: Visitor, name: str, problems: dict[str, Message]) -> FormRejectedError:
        """Return the error that shows the page again with a form as it was typed."""
        return form_rejected(self.request, visitor, self.today, self.milestone_id, self.form, problems, name)


def _deciding(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
    milestone_id: RowId,
    now: NowDep,
    today: TodayDep,
) -> Deciding:
    return Deciding(request, session, settings, form, milestone_id, now, today)


DecidingDep = Annotated[Deciding, Depends(_deciding)]


@router.post("/milestones/{milestone_id}/closing")
def close_out(visitor: Closer, given: DecidingDep) -> Response:
    """Verify a claim and close the milestone: the second key."""
    return given.record(
        visitor,
        "closing",
        lambda files: closings.close_out(
            given.session, visitor.actor, given.milestone_id, _verification(given.form), files, now=given.now
        ),
    )


@router.post("/milestones/{milestone_id}/notice")
def start_notice(visitor: Closer, given: DecidingDep) -> Response:
    """Verify a claim and publish it for objections before closing."""
    return given.record(
        visitor,
        "closing",
        lambda files: closings.start_notice(
            given.session, visitor.actor, given.milestone_id, _verification(given.form), files, now=given.now
        ),
    )


def _verification(form: Form) -> closings.VerificationInput:
    note = form.text("note", limit=2000)
    if form.problems:
        raise InputError(form.problems)
    return closings.VerificationInput(frozenset(check for check in TICKED if form.flag(check.value)), note)


@router.post("/milestones/{milestone_id}/waiver")
def waive_targets(visitor: Annotated[Visitor, allow(Action.WAIVE_TARGETS)], given: DecidingDep) -> Response:
    """Let the milestone be closed though its targets are not met: a leader's decision."""
    reason, number = given.form.text("reason", limit=2000), given.form.text("document_number", limit=60)
    return given.record(
        visitor,
        "waiver",
        lambda files: closings.waive_targets(
            given.session,
            visitor.actor,
            given.milestone_id,
            reason=reason,
            document_number=number,
            files=files,
            now=given.now,
        ),
    )


@router.post("/milestones/{milestone_id}/reopening")
def reopen(visitor: Closer, given: DecidingDep) -> Response:
    """Reopen what was closed or withdrawn; the closing stays on record with its number."""
    return _decide(visitor, given, "reopening", DecisionKind.REOPEN)


@router.post("/milestones/{milestone_id}/recheck")
def recheck(visitor: Annotated[Visitor, allow(Action.RECHECK)], given: DecidingDep) -> Response:
    """Record whether a closed milestone still holds."""
    kind = _RECHECKS.get(given.form.text("result"))
    if kind is None:
        given.form.problems["result"] = msg("choose one of the list")
    return _decide(visitor, given, "recheck", kind or DecisionKind.RECHECK_PASSED)


@router.post("/milestones/{milestone_id}/withdrawal")
def withdraw(visitor: Closer, given: DecidingDep) -> Response:
    """Take a milestone out of the ledger's count without an amending document."""
    return _decide(visitor, given, "withdrawal", DecisionKind.WITHDRAW)


def _decide(visitor: Visitor, given: Deciding, name: str, kind: DecisionKind) -> Response:
    note = given.form.text("note", limit=2000)
    return given.record(
        visitor,
        name,
        lambda files: milestones.decide(
            given.session,
            visitor.actor,
            given.milestone_id,
            milestones.DecisionInput(kind, note),
            files,
            now=given.now,
        ),
    )


@router.post("/milestones/{milestone_id}/reading")
def update_reading(
    visitor: Annotated[Visitor, allow(Action.CHANGE_DUE)],
    given: DecidingDep,
) -> Response:
    """Apply the due phrase's other reading, with a reason."""
    reason = given.form.text("reason", limit=500)
    try:
        if given.form.problems:
            raise InputError(given.form.problems)
        milestones.apply_other_reading(given.session, visitor.actor, given.milestone_id, reason=reason, now=given.now)
    except InputError as error:
        raise given.rejected(visitor, "reading", error.problems) from error
    return RedirectResponse(f"/milestones/{given.milestone_id}?done=reading#history", 303)
