"""Uploaded workbooks: what offices do with cells is read, what is no workbook is refused in words that help."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.import_values import Broken, Month, Percent, Raw
from app.services.import_archive import UnreadableFileError
from app.services.import_reading import SheetRow, Workbook
from tests.support.imports import workbook


def rows(content: bytes, columns: int = 6, after: int = 1) -> list[SheetRow]:
    with Workbook(content) as book:
        return list(book.rows(book.sheets[0], after, range(1, columns + 1)))


def cells(content: bytes, columns: int = 6) -> list[dict[int, Raw]]:
    return [row.cells for row in rows(content, columns)]


def test_cells_are_typed_by_what_they_hold_and_how_they_are_shown() -> None:
    content = workbook(
        ("a", "b", "c", "d", "e", "f"),
        (0.95, 0.1 + 0.2, datetime(2026, 5, 31), datetime(2026, 5, 1), " ", True),
        (95, "95", "x", None, 0.5, None),
        formats={"A2": "0.0%", "C2": "yyyy-mm-dd", "D2": 'yyyy"年"m"月"', "A3": '0.0"%"', "E3": "[Red]0%"},
    )
    assert cells(content) == [
        {1: Percent(Decimal("95.00")), 2: Decimal("0.3"), 3: date(2026, 5, 31), 4: Month(2026, 5), 6: True},
        {1: Decimal(95), 2: "95", 3: "x", 5: Percent(Decimal("50.0"))},
    ]


def test_a_block_merged_downwards_holds_for_each_of_its_rows() -> None:
    content = workbook(
        ("编号", "责任单位"),
        ("a", "市教育局"),
        ("b", None),
        ("c", None),
        ("d", None),
        merged=("B2:B4", "A7:B9"),
    )
    assert [row.cells.get(2) for row in rows(content)] == ["市教育局"] * 3 + [None]
    assert [row.own for row in rows(content)] == [{1, 2}, {1}, {1}, {1}]


def test_a_title_merged_across_is_told_from_a_row_and_hidden_rows_are_marked() -> None:
    def hide(page: object) -> None:
        page.row_dimensions[3].hidden = True  # type: ignore[attr-defined]

    content = workbook(("a", "b", "c"), ("一、学校建设",), ("x", "y", "z"), merged=("A2:C2",), change=hide)
    assert [(row.number, row.banner, row.hidden) for row in rows(content)] == [(2, True, False), (3, False, True)]


def test_blank_rows_are_passed_over_and_numbers_of_rows_kept() -> None:
    content = workbook(("a",), ("x",), (None,), ("  ",), ("y",), (None,))
    assert [row.number for row in rows(content)] == [2, 5]


def test_a_formula_without_its_result_and_an_error_value_are_broken_cells() -> None:
    content = workbook(("a", "b"), ("=1+1", "#REF!"))
    assert cells(content) == [{1: Broken("="), 2: Broken("#REF!")}]


def test_only_visible_sheets_are_offered_and_the_first_rows_shown() -> None:
    content = workbook(("标题",), (None, "编号"), more={"二": [("x",)]})
    with Workbook(content) as book:
        assert book.sheets == ["里程碑", "二"]
        assert book.outline("里程碑") == [["标题", ""], ["", "编号"]]
        assert book.count("里程碑") == 2


def _zip(**members: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def _with_member(name: str, content: bytes) -> bytes:
    buffer = BytesIO(workbook(("a",)))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _doctype() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa">]><x>&a;</x>'
    return _with_member("xl/extra.xml", bomb)


def _bomb() -> bytes:
    """Return a workbook one of whose members says of itself that it unpacks to 500 MiB."""
    content = _with_member("xl/media/big.bin", bytes(1024))
    entry = content.rindex(b"PK\x01\x02")  # of the last member in the directory at the end
    return content[: entry + 24] + (500 * 1024 * 1024).to_bytes(4, "little") + content[entry + 28 :]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "xls": (lambda: OLE, r"save it as \.xlsx"),
    "encrypted": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "remove the password"),
    "pdf": (lambda: b"%PDF-1.7 ...", "PDF"),
    "csv": (lambda: "编号,任务\n1,建成".encode("gb18030"), "CSV"),
    "word": (lambda: _zip(**{"word/document.xml": b"<x/>"}), "Word"),
    "ods": (lambda: _zip(**{"content.xml": b"<x/>", "mimetype": b"x"}), "not read"),
    "xlsb": (lambda: _zip(**{"xl/workbook.bin": b"x"}), "not read"),
    "macros": (lambda: _with_member("xl/vbaProject.bin", b"x"), "macros"),
    "bomb": (_bomb, "unpacks"),
    "entities": (_doctype, "damaged"),
    "cut off": (lambda: workbook(("a",), ("b",))[:-300], "damaged"),
    "no workbook": (lambda: _zip(**{"xl/workbook.xml": b"<nothing/>"}), "damaged"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_workbook_is_refused_in_words_that_help(kind: str) -> None:
    make, words = REFUSED[kind]
    with pytest.raises(UnreadableFileError, match=words):
        Workbook(make())


@given(st.integers(0, 6000), st.binary(min_size=1, max_size=40))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_damaged_workbook_is_refused_or_read_but_breaks_nothing(at: int, noise: bytes) -> None:
    content = workbook(("编号", "任务"), ("a", "建成"), merged=("A2:A3",))
    at %= len(content)
    damaged = content[:at] + noise + content[at + len(noise) :]
    with suppress(UnreadableFileError), Workbook(damaged) as book:
        for sheet in book.sheets:
            book.outline(sheet)
            list(book.rows(sheet, 1, range(1, 4)))
