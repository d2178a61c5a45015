"""The form of one expected report: as a page of its own, or in its place in the list."""

from datetime import date

from fastapi import Request, Response

from app.core.database import Session
from app.domain.periods import OwedState
from app.queries.report_forms import drafts_of, targets_of
from app.services import report_drafts
from app.services.errors import InputError, Message
from app.services.report_drafts import OvertakenError
from app.web.deps import Visitor
from app.web.entries import differing
from app.web.errors import FormRejectedError
from app.web.render import render, wants_part


def form_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    expected_id: int,
    *,
    typed: dict[str, str] | None = None,
    problems: dict[str, Message] | None = None,
    overtaken: bool = False,
    kept: bool = False,
) -> Response:
    """Render the form; `typed` None: from the draft, or else from the last report.

    `overtaken`: somebody else saved meanwhile, and what differs of theirs is shown beside what was typed; the form
    carries the mark of now, so that saving again wins. `kept`: the draft is saved though it cannot be submitted.
    """
    row = report_drafts.row_of(session, visitor.actor, expected_id, today)
    draft = drafts_of(session, [expected_id]).get(expected_id)
    stored = draft.typed if draft else report_drafts.begun(row, today)
    texts = stored if typed is None else typed
    part = wants_part(request) and not problems
    return render(
        request,
        "my_reports/_form.html" if part else "my_reports/show.html",
        status=422 if problems else 200,
        row=row,
        draft=draft,
        targets=targets_of(session, [row.milestone_id]).get(row.milestone_id, []),
        last={item.target_id: item for item in row.last.values} if row.last else {},
        texts=texts,
        filled_fields={name for name, text in texts.items() if text.strip()},
        theirs=differing(draft.typed, typed or {}) if overtaken and draft else {},
        overtaken=overtaken,
        kept=kept,
        problems={name: problem for name, problem in (problems or {}).items() if name != "mark"},
        refused=None if overtaken else (problems or {}).get("mark"),
        needed=row.state is not OwedState.NOT_NEEDED,
        alone=not part,
        today=today,
    )


def rejected(
    request: Request, visitor: Visitor, today: date, expected_id: int, typed: dict[str, str], error: InputError
) -> FormRejectedError:
    """Return what brings the form back with everything that was typed."""
    problems, overtaken = error.problems, isinstance(error, OvertakenError)

    def again(session: Session) -> Response:
        return form_response(
            request, visitor, session, today, expected_id, typed=typed, problems=problems, overtaken=overtaken
        )

    return FormRejectedError(again)
