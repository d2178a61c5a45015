"""The page that a QR code leads to, open to whoever has the paper: whether, by whom and when it was issued."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.domain.access import Action
from app.domain.documents import KINDS, fingerprint
from app.queries import document_pages
from app.web.deps import SessionDep, Visitor, allow
from app.web.render import render

router = APIRouter(include_in_schema=False)
Anybody = Annotated[Visitor | None, allow(Action.PROVE_DOCUMENT)]
_CODE = re.compile(r"[0-9a-f]{20}")
Code = Annotated[str, Path(max_length=64)]


@router.get("/verify/{code}")
def show_proof(request: Request, _visitor: Anybody, session: SessionDep, code: Code) -> Response:
    """Say what was issued under a code: organ, number, day, hashes; never what the document says."""
    written = code.strip().lower()
    found = document_pages.find_by_code(session, written) if _CODE.fullmatch(written) else None
    if found is None:
        return _hidden(render(request, "documents/no_proof.html", status=404))
    answer = render(
        request,
        "documents/proof.html",
        found=found,
        row=found.row,
        spec=KINDS[found.row.kind],
        fingerprint=fingerprint(found.row.content_sha256),
    )
    return _hidden(answer)


def _hidden(answer: Response) -> Response:
    """Ask search engines to leave the page out: a code is for those who hold the paper."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
