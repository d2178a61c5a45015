"""Documents for a word processor held against GB/T 9704-2012 and against the document model they were written from."""

import re
import time
from dataclasses import replace
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from app.printouts.direction import MARK
from app.printouts.documents import Annex, Column, Document, Form, Heading, Pairs, Paragraph, Slip, Stamp, Table, Volume
from app.printouts.docx import to_docx
from tests.printouts.docx_samples import (
    BOUND,
    CHART,
    CIRCULAR,
    CUT_OFF,
    LETTER,
    MINUTES,
    SAMPLES,
    SHEET,
    STAMP,
    table,
)
from tests.support.docx_conformance import violations
from tests.support.docx_reading import expected_tables, parts_of, read_back

HOSTILE = "\x00\x08\x1f\ud800\udfff\ufffe\uffff ]]>&amp;<w:p/>\"'\t\r\n\u200b\u202e\x85" + "长" * 3000 + "W" * 5000


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return {name: to_docx(printed, STAMP) for name, printed in SAMPLES.items()}


def changed(content: bytes, part: str, pattern: str, by: str) -> bytes:
    """Return the file with one part rewritten by a pattern, which must occur."""
    result, changes = BytesIO(), 0
    with ZipFile(result, "w", ZIP_DEFLATED) as target:
        for name, blob in parts_of(content).items():
            text, count = re.subn(pattern, by, blob.decode()) if re.fullmatch(part, name) else ("", 0)
            target.writestr(name, text.encode() if count else blob)
            changes += count
    assert changes
    return result.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_form_keeps_the_standard(written: dict[str, bytes], name: str) -> None:
    assert violations(written[name], SAMPLES[name]) == []
    assert violations(to_docx(SAMPLES[name]), SAMPLES[name]) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_tables_forms_and_charts_say_what_the_document_model_says(written: dict[str, bytes], name: str) -> None:
    assert read_back(written[name]).tables == expected_tables(SAMPLES[name])


def test_the_text_stands_in_its_order(written: dict[str, bytes]) -> None:
    circular = read_back(written["circular"])
    body = [block.text for block in CIRCULAR.blocks if isinstance(block, Heading | Paragraph)]
    assert circular.title == CIRCULAR.title
    assert [text for text in circular.paragraphs if text in body] == body
    start = circular.paragraphs.index("附件：1．任务台账")
    assert circular.paragraphs[start : start + 7] == (
        "附件：1．任务台账",
        "2．项目投资情况表",
        CIRCULAR.signature,
        "2026年　月　日",
        "附件1",
        "任务台账",
        "截至2026年9月30日",
    )
    assert circular.block == ("抄送：市委办公室，市人大常委会办公室。", CIRCULAR.signature, "2026年　月　日印发")
    letter = read_back(written["letter"])
    assert letter.block == ("抄送：市委办公室，市人大常委会办公室。",)
    assert letter.paragraphs[-1] == "请于收到之日起5个工作日内寄回。"


def test_equal_documents_make_equal_bytes_that_carry_no_time_but_the_cut_off(written: dict[str, bytes]) -> None:
    assert to_docx(CIRCULAR, STAMP) == written["circular"]
    with ZipFile(BytesIO(written["circular"])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"
    properties = docx.Document(BytesIO(written["circular"])).core_properties
    assert properties.created == properties.modified == CUT_OFF
    assert (properties.author, properties.language) == (CIRCULAR.signature, "zh-CN")


def test_the_stamp_is_on_every_page_and_only_there(written: dict[str, bytes]) -> None:
    plain = parts_of(to_docx(LETTER))
    stamped = parts_of(written["letter"])
    assert not [name for name in plain if "header" in name or "media" in name]
    heads = [parse_xml(blob) for name, blob in stamped.items() if name.startswith("word/header")]
    assert len(heads) == 3  # odd, even, first
    assert all('string="草稿"' in blob.decode() for name, blob in stamped.items() if name.startswith("word/header"))
    feet = [blob.decode() for name, blob in stamped.items() if re.fullmatch(r"word/footer\d\.xml", name)]
    assert len(feet) == 3
    assert all("核验二维码" in foot and STAMP.fingerprint in foot for foot in feet)
    assert stamped["word/media/image1.png"].startswith(b"\x89PNG")
    assert (
        stamped["word/document.xml"] == re.sub(b"<w:headerReference[^>]*>", b"", stamped["word/document.xml"]) or heads
    )


def test_a_chart_is_a_picture_that_says_what_it_shows(written: dict[str, bytes]) -> None:
    body = docx.Document(BytesIO(written["circular"])).element.body
    [picture] = body.iter(qn("wp:docPr"))
    assert CHART.caption in picture.get("descr")
    extent = next(body.iter(qn("wp:extent")))
    assert int(extent.get("cx")) == 156 * 36000


def test_a_volume_lists_its_documents_under_the_names_they_are_known_by(written: dict[str, bytes]) -> None:
    body = docx.Document(BytesIO(written["volume"])).element.body
    entries = list(body.iter(qn("w:hyperlink")))
    targets = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    names = ["".join(piece.text for piece in entry.iter(qn("w:t")))[:-1] for entry in entries]
    assert names == [one.outlined_as or one.title for one in BOUND.documents]
    assert [entry.get(qn("w:anchor")) for entry in entries] == targets
    assert b"updateFields" in parts_of(written["volume"])["word/settings.xml"]


@pytest.mark.parametrize(
    ("part", "pattern", "by"),
    [
        ("word/document.xml", 'w:top="2098"', 'w:top="1440"'),
        ("word/document.xml", 'w:linePitch="579"', 'w:linePitch="312"'),
        ("word/document.xml", "<w:tblHeader/>", ""),
        ("word/document.xml", "<w:cantSplit/>", ""),
        ("word/document.xml", "〔2026〕", "[2026]"),
        ("word/document.xml", r'w:sz="8" w:space="10" w:color="E60012"', 'w:sz="8" w:space="10" w:color="000000"'),
        ("word/document.xml", '<w:pStyle w:val="Heading2"/>', '<w:pStyle w:val="BodyText"/>'),
        ("word/document.xml", r"(<w:tcW [^>]*/>)(<w:vAlign [^>]*/>)", r"\2\1"),
        ("word/document.xml", ' w:orient="landscape"', ""),
        ("word/styles.xml", 'w:cs="黑体"', 'w:cs="Arial"'),
        ("word/styles.xml", '<w:sz w:val="44"/>', '<w:sz w:val="36"/>'),
        ("word/settings.xml", "<w:evenAndOddHeaders/>", ""),
        (r"word/footer\d\.xml", " PAGE ", " NUMPAGES "),
        (r"word/footer\d\.xml", 'w:jc w:val="right"', 'w:jc w:val="center"'),
    ],
)
def test_the_check_finds_what_breaks_the_standard(part: str, pattern: str, by: str) -> None:
    content = to_docx(replace(CIRCULAR, blocks=tuple(block for block in CIRCULAR.blocks if block is not CHART)))
    spoilt = changed(content, part, pattern, by)
    assert violations(spoilt, replace(CIRCULAR, number_line="清教均办〔2026〕5号"))


def test_five_thousand_rows_are_written_within_ten_seconds() -> None:
    document = replace(SHEET, blocks=(table(5000),))
    started = time.monotonic()
    content = to_docx(document)
    assert time.monotonic() - started < 10
    [rows] = read_back(content).tables
    assert len(rows) == 5001
    assert (rows,) == expected_tables(document)


def hostile_document(text: str) -> Document:
    """Return a letter that says the same hostile text wherever a document can say anything."""
    return replace(
        LETTER,
        red_mark=text,
        number_line=f"{text}〔2026〕3号" if not re.search("[0-9〔〕]", text) else "",
        title_lines=(text, text),
        addressee=text,
        blocks=(
            Heading(text, 7),
            Paragraph(text),
            Table((Column(text, 10), Column(text, 20)), ((text, None), (None, text)), text, text, text),
            Pairs(((text, text), (text, ""))),
            Slip(text, Pairs(((text, text),), 40), text),
        ),
        annexes=(Annex(text, (Paragraph(text),), True, text),),
        signature=text,
        distribution=replace(LETTER.distribution, copies_to=(text,), printed_by=text) if LETTER.distribution else None,
    )


@pytest.mark.parametrize("form", list(Form))
def test_hostile_text_is_set_as_text(form: Form) -> None:
    document = replace(hostile_document(HOSTILE), form=form)
    content = to_docx(document, Stamp(HOSTILE, "https://junheng.example/x", HOSTILE))
    for name, blob in parts_of(content).items():
        if name.endswith((".xml", ".rels")):
            parse_xml(blob)
    assert read_back(content).tables == expected_tables(document)
    to_docx(Volume(HOSTILE, HOSTILE, (document,), CUT_OFF))


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=12) | st.text(st.characters(codec=None), min_size=1, max_size=12))
def test_any_text_is_read_back_as_it_prints(text: str) -> None:
    document = hostile_document(text)
    assert read_back(to_docx(document)).tables == expected_tables(document)


def test_words_of_arabic_script_keep_their_place_in_a_chinese_line() -> None:
    content = to_docx(replace(SHEET, blocks=(Paragraph("负责人：ئالىم、ئادىل，共2人"),)))
    assert f"ئالىم{MARK}、ئادىل{MARK}，共2人" in parts_of(content)["word/document.xml"].decode()
    assert "负责人：ئالىم、ئادىل，共2人" in read_back(content).paragraphs


def test_documents_with_hardly_anything_in_them_are_written() -> None:
    bare = replace(MINUTES, red_mark="", number_line="", title_lines=(), blocks=(), distribution=None)
    for form in Form:
        empty = replace(bare, form=form)
        assert read_back(to_docx(empty, Stamp())).paragraphs == ()
