"""What the pages of those who keep a plan share: whose plan it is, and forms that show, keep and compare its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response

from app.core.database import Session
from app.domain.access import Action
from app.domain.vocabulary import ChangeSubject
from app.queries.plans import PlanHead
from app.services.errors import InputError, Message
from app.services.plan_context import PlanContext, indicator_ids
from app.services.plan_edits import LONGEST_REASON, fingerprint_of, plan_in_keeping
from app.services.plan_files import Part
from app.services.plan_frame import FramePart, save_frame_part
from app.web.deps import Visitor, allow
from app.web.entries import differing
from app.web.errors import FormRejectedError
from app.web.forms import Form
from app.web.plans import plan_in_scope
from app.web.render import render

Keeper = Annotated[Visitor, allow(Action.KEEP_PLAN)]
Words = dict[str, str]
Problems = dict[str, Message]


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan and the names that its parts may use, for the office that keeps it."""

    head: PlanHead
    context: PlanContext

    @property
    def address(self) -> str:
        """The plan's own page."""
        return f"/plans/{self.head.plan.slug}"


def kept_plan(session: Session, visitor: Visitor, slug: str) -> KeptPlan:
    """Return a plan for its own office. Raises: NotFoundError for everybody else."""
    head = plan_in_scope(session, visitor, slug)
    assert head.plan.id is not None
    return KeptPlan(head, plan_in_keeping(session, visitor.actor, head.plan.id))


def kept_indicators(session: Session, visitor: Visitor, slug: str) -> KeptPlan:
    """Return a plan with the names of its indicators only, which is enough to show their forms.

    Raises: NotFoundError for everybody but its own office.
    """
    head = plan_in_scope(session, visitor, slug)
    return KeptPlan(head, PlanContext(head.plan, {}, {}, indicators=indicator_ids(session, head.plan)))


def save_kept(
    session: Session,
    visitor: Visitor,
    kept: KeptPlan,
    form: Form,
    subject: ChangeSubject,
    key: str,
    part: FramePart | None,
    *,
    now: datetime,
) -> str:
    """Correct or (part None) remove a part of a plan's frame as a form asks; return the word for what was done.

    Raises: as `save_frame_part`.
    """
    reason, seen = reason_of(form), form.text("fingerprint", limit=64)
    finding = save_frame_part(
        session, visitor.actor, kept.context, subject, key, part, reason=reason, fingerprint=seen, now=now
    )
    return "same" if not finding.changes else "updated" if part else "removed"


def add_kept(
    session: Session,
    visitor: Visitor,
    kept: KeptPlan,
    form: Form,
    subject: ChangeSubject,
    key: str,
    part: FramePart,
    *,
    now: datetime,
) -> None:
    """Add a part to a plan's frame. Raises: as `save_frame_part`."""
    reason = reason_of(form)
    save_frame_part(session, visitor.actor, kept.context, subject, key, part, reason=reason, fingerprint=None, now=now)


def reason_of(form: Form) -> str:
    """Return why the record is corrected, as typed."""
    return form.text("reason", limit=LONGEST_REASON)


def rejected(form: Form, error: InputError, page: Callable[[Session, Problems, Words], Response]) -> FormRejectedError:
    """Return what brings a form back with everything that was typed, on a page rendered afresh."""
    problems, typed = {**error.problems, **form.problems}, form.typed
    return FormRejectedError(lambda fresh: page(fresh, problems, typed))


def render_part_form(
    request: Request,
    template: str,
    stored: Part | None,
    words: Words,
    problems: Problems,
    typed: Words,
    **context: Any,
) -> Response:
    """Render the form of a part (`stored` None: a new one), filled with `words`, or with what was typed before.

    One that somebody overtook shows what is on record now, and may be saved over it.
    """
    overtaken, removing = problems.get("fingerprint"), bool(typed.get("remove"))
    now_stored: Words = {}
    shown = words | typed if removing else typed or words
    if stored is not None:
        if overtaken and not removing:
            now_stored = differing(words, typed)
        if overtaken or not typed:
            shown = {**shown, "fingerprint": fingerprint_of(stored)}
    return render(
        request,
        template,
        status=422 if problems else 200,
        stored=stored,
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken=overtaken,
        removing=removing,
        now_stored=now_stored,
        typed=shown,
        **context,
    )
