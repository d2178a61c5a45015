"""Give an uploaded workbook back with its problems marked at their cells, for the office to correct in place."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from app.domain.imports import ProblemLevel
from app.printouts.documents import Cell, Column
from app.printouts.xlsx import Sheet, sheets_to_xlsx
from app.queries.imports import ProblemRow
from app.services.import_archive import BREAKAGES

MOST_ROWS = 5_000  # of a workbook that is read whole; a larger one is answered by the list alone
MOST_MARKS = 2_000
MOST_LISTED = 20_000
_COLOURS = {ProblemLevel.ERROR: "FFF4B6B6", ProblemLevel.WARNING: "FFFFF2CC"}


def marked(content: bytes, problems: Sequence[tuple[ProblemRow, str]]) -> bytes | None:
    """Return the workbook with each problem (and its sentence) as colour and comment; None: it cannot be written."""
    import openpyxl  # slow to load
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    buffer = BytesIO()
    try:
        book = openpyxl.load_workbook(BytesIO(content))
        notes: dict[tuple[str, str], list[str]] = {}
        for row, sentence in problems[:MOST_MARKS]:
            notes.setdefault((row.sheet, row.cell), []).append(sentence)
            page = book[row.sheet]
            colour = _COLOURS[row.level]
            if len(notes[row.sheet, row.cell]) == 1:
                page[row.cell].fill = PatternFill("solid", start_color=colour, end_color=colour)
        for (sheet, cell), sentences in notes.items():
            target = book[sheet][cell]
            if hasattr(target, "comment") and type(target).__name__ != "MergedCell":
                target.comment = Comment("\n".join(sentences)[:2000], "Junheng", width=320, height=120)
        book.save(buffer)
    except BREAKAGES:
        return None
    return buffer.getvalue()


def listed(
    problems: Sequence[tuple[ProblemRow, str]], headings: Sequence[str], title: str, created_at: datetime
) -> bytes:
    """Return the problems as a workbook of their own; `headings` name sheet, cell, column, value and problem."""
    widths = (30.0, 16.0, 34.0, 60.0, 110.0)
    columns = tuple(Column(heading, width) for heading, width in zip(headings, widths, strict=True))
    rows: list[tuple[Cell, ...]] = [
        (row.sheet, row.cell, row.heading, row.value, sentence) for row, sentence in problems
    ]
    return sheets_to_xlsx([Sheet(title, columns, rows)], title, created_at)
