"""The form that says what each sheet and column of an uploaded workbook is."""

from dataclasses import dataclass

from app.domain.document_numbers import put_right
from app.domain.imports import SheetSubject
from app.models import PlanImport
from app.services.errors import msg
from app.services.import_fields import FIELDS, SHEET_NAMES, ImportField
from app.services.import_layout import column_letters
from app.services.import_mapping import (
    HEADER_ROWS,
    ImportMapping,
    SheetMapping,
    SheetOutline,
    map_columns,
    mapping_of,
    outlines_of,
)
from app.services.plan_imports import ImportInput
from app.web.forms import Form


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column of the file: its letters, its heading, the first value below it, and the field it is taken for."""

    number: int
    letters: str
    heading: str
    sample: str
    field: str


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """A sheet of the file as the form shows it."""

    name: str
    subject: SheetSubject | None
    header_row: int
    columns: list[ColumnChoice]
    fields: tuple[ImportField, ...]
    header_rows: range


def sheet_choices(item: PlanImport, mapping: ImportMapping | None = None) -> list[SheetChoice]:
    """Return the sheets of an import with what their columns are taken for (None: as stored)."""
    mapping = mapping or mapping_of(item.mapping)
    outlines = {outline.sheet: outline for outline in outlines_of(item.outline)}
    return [_choice(found, outlines[found.sheet]) for found in mapping.sheets if found.sheet in outlines]


def _choice(found: SheetMapping, outline: SheetOutline) -> SheetChoice:
    columns = [
        ColumnChoice(
            number,
            column_letters(number),
            heading,
            outline.sample(found.header_row, number),
            found.columns.get(number, ""),
        )
        for number, heading in enumerate(found.headings, 1)
        if heading or outline.sample(found.header_row, number)
    ]
    fields = FIELDS[found.subject] if found.subject else ()
    rows = range(1, min(HEADER_ROWS, len(outline.rows)) + 1)
    return SheetChoice(found.sheet, found.subject, found.header_row, columns, fields, rows)


def mapping_typed(item: PlanImport, form: Form) -> tuple[ImportMapping, bool]:
    """Return the mapping a form says, and whether a sheet's subject or headings changed, so that columns are new."""
    stored, found, changed = mapping_of(item.mapping), [], False
    for index, outline in enumerate(outlines_of(item.outline)):
        before = stored.sheets[index] if index < len(stored.sheets) else None
        subject_text = form.text(f"subject-{index}", limit=20)
        subject = SheetSubject(subject_text) if subject_text in set(SheetSubject) else None
        header_text = form.text(f"header-{index}", limit=3)
        header_row = int(header_text) if header_text.isascii() and header_text.isdigit() else 1
        header_row = min(max(header_row, 1), HEADER_ROWS)
        if before is None or (before.subject, before.header_row) != (subject, header_row):
            found.append(map_columns(outline, subject, header_row))
            changed = changed or subject is not None
        else:
            found.append(
                SheetMapping(outline.sheet, subject, header_row, before.headings, _columns(form, index, before))
            )
    return ImportMapping(tuple(found), form.flag("complete")), changed


def _columns(form: Form, index: int, before: SheetMapping) -> dict[int, str]:
    known = {item.name for item in FIELDS[before.subject]} if before.subject else set()
    chosen = {column: form.text(f"column-{index}-{column}", limit=40) for column in range(1, len(before.headings) + 1)}
    return {column: name for column, name in chosen.items() if name in known}


def input_typed(mapping: ImportMapping, form: Form) -> ImportInput:
    """Return how the file is to be read; what cannot be taken stands in `form.problems`."""
    title = form.text("title", limit=200, required=True)
    number = put_right(form.text("document_number", limit=60)) if form.flag("amends") else ""
    document_on = form.day("document_on") if form.flag("amends") else None
    if form.flag("amends") and not number and "document_number" not in form.problems:
        form.problems["document_number"] = msg("fill in this field")
    if form.flag("amends") and document_on is None and "document_on" not in form.problems:
        form.problems["document_on"] = msg("fill in this field")
    return ImportInput(mapping, title, number or None, document_on)


def subjects() -> list[tuple[str, str]]:
    """Return what a sheet may hold: code and the template's name of the sheet."""
    return [(subject.value, name) for subject, name in SHEET_NAMES.items()]
