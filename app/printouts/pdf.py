"""Print a document or a bound volume as PDF: check its characters, then have it set with typst."""

from pathlib import Path

from app.printouts.documents import Chart, Document, Stamp, Volume, tables_of
from app.printouts.fonts import find_fonts
from app.printouts.pdf_data import official_data
from app.printouts.pdf_texts import check_glyphs
from app.printouts.typesetting import Limits, TypesettingError, print_template

__all__ = ["Limits", "TypesettingError", "row_count", "to_pdf"]


def to_pdf(
    printed: Document | Volume,
    font_dirs: tuple[Path, ...] | None = None,
    limits: Limits | None = None,
    stamp: Stamp | None = None,
) -> bytes:
    """Return the document or volume as PDF/A bytes, the same for the same content, stamp and fonts.

    `font_dirs` are searched in order, an office's own folder first; None means the installed fonts.
    Raises: MissingGlyphError, NoFontError, TypesettingError.
    """
    fonts = find_fonts(font_dirs)
    check_glyphs(printed, fonts, stamp)
    data = official_data(printed, fonts, stamp)
    return print_template("official.typ", data, fonts, printed.data_as_of, row_count(printed), limits or Limits())


def row_count(printed: Document | Volume) -> int:
    """Return how many rows the tables of a document or volume have, those of charts and forms included."""
    if isinstance(printed, Volume):
        return sum(row_count(document) for document in printed.documents)
    tables = (piece.table if isinstance(piece, Chart) else piece for piece in tables_of(printed))
    return sum(len(table.rows) for table in tables)
