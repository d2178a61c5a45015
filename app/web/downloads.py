"""Send a table as a file to keep."""

from io import BytesIO
from urllib.parse import quote

from fastapi import Response

# The page's script waits for this cookie: a download tells the page nothing else.
DOWNLOADED = "junheng_downloaded"
CSV = ("text/csv; charset=utf-8", "csv")
WORKBOOK = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")


def attachment(stream: BytesIO, name: str, kind: tuple[str, str]) -> Response:
    """Return a file under a name without its ending; `kind` is the media type and the ending."""
    media_type, ending = kind
    disposition = f"attachment; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(stream.getvalue(), media_type=media_type, headers=headers)
