"""Errors as pages that say what to do: sign in, ask for access, go back; and forms that come back."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.database import BusyError, Session, read_session
from app.core.logging import get_logger
from app.services.errors import ConflictError, ForbiddenError, NotFoundError
from app.web.deps import PasswordChangeNeededError, SignInNeededError
from app.web.guard import HEADERS
from app.web.render import render

_log = get_logger(__name__)


class FormRejectedError(Exception):
    """A form that cannot be taken; `again` renders it with what was typed and what is wrong, on a fresh session."""

    def __init__(self, again: Callable[[Session], Response]) -> None:
        super().__init__("form rejected")
        self.again = again


def install(app: FastAPI) -> None:
    """Register the handlers."""
    handlers = {
        FormRejectedError: _form_rejected,
        SignInNeededError: _sign_in_needed,
        PasswordChangeNeededError: _password_change_needed,
        HTTPException: _http_error,
        RequestValidationError: _bad_address,
        ForbiddenError: _forbidden,
        NotFoundError: _not_found,
        ConflictError: _conflict,
        BusyError: _busy,
        Exception: _fault,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]  # starlette types the widest exception


def _form_rejected(request: Request, error: FormRejectedError) -> Response:
    with read_session(request.app.state.engine) as session:
        try:
            return error.again(session)
        except NotFoundError as out_of_scope:  # the form was wrong, and its page is not for this person either
            return _not_found(request, out_of_scope)


def _sign_in_needed(request: Request, _error: SignInNeededError) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": "sign in first"}, 401)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = f"/sign-in?next={quote(target)}" if request.method == "GET" and target != "/" else "/sign-in"
    return _go(request, address)


def _password_change_needed(request: Request, _error: PasswordChangeNeededError) -> Response:
    return _go(request, "/account/password")


def _go(request: Request, address: str) -> Response:
    """Send the browser elsewhere; htmx must be told in its own header, or it would swap the page into a part."""
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _http_error(request: Request, error: HTTPException) -> Response:
    return _page(request, error.status_code, str(error.detail))


def _bad_address(request: Request, error: RequestValidationError) -> Response:
    if not _wants_json(request):
        return _page(request, 404, "")  # what a parser says of an address is English and helps no reader
    fields = "; ".join(f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors())
    return _page(request, 422, fields)


def _forbidden(request: Request, error: ForbiddenError) -> Response:
    return _page(request, 403, error.message)


def _not_found(request: Request, error: NotFoundError) -> Response:
    return _page(request, 404, error.message)


def _conflict(request: Request, error: ConflictError) -> Response:
    return _page(request, 409, error.message)


def _busy(request: Request, _error: BusyError) -> Response:
    response = _page(request, 503, "the database is being written by somebody else; try again in a moment")
    response.headers["Retry-After"] = "10"
    return response


def _fault(request: Request, error: Exception) -> Response:
    _log.error("request failed", path=request.url.path, request_id=request.state.request_id, exc_info=error)
    response = _page(request, 500, "")
    # This answer is sent from outside the guard.
    response.headers.update({**HEADERS, "X-Request-ID": request.state.request_id})
    return response


def _page(request: Request, status: int, detail: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": detail}, status)
    known = status if status in (403, 404, 409, 500, 503) else 500 if status >= 500 else 404
    return render(request, "errors/page.html", status=status, kind=known, detail=detail)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/")
