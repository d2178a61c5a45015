"""A document to a superior names who signs it beside its number, in every format (GB/T 9704-2012, 7.2.6)."""

from dataclasses import replace

import pytest

from app.printouts.docx import to_docx
from app.printouts.fixed_words import UNSIGNED_BY
from app.printouts.fonts import MissingGlyphError
from app.printouts.frozen import freeze, thaw
from app.printouts.pdf import to_pdf
from tests.printouts.official_documents import FILE, HAN
from tests.support import docx_conformance, gbt9704
from tests.support.docx_reading import read_back

REPORT = replace(FILE, signer="王某某", blocks=FILE.blocks[:2], annexes=())


@pytest.mark.parametrize("signer", ["王某某", UNSIGNED_BY])
def test_the_number_stands_at_the_left_and_the_signer_at_the_right(signer: str) -> None:
    report = replace(REPORT, signer=signer)
    assert thaw(freeze(report)) == report
    assert gbt9704.violations(to_pdf(report), report) == []
    written = to_docx(report)
    assert docx_conformance.violations(written, report) == []
    assert f"\t{report.number_line}\t签发人：{signer}" in read_back(written).paragraphs


def test_the_checks_see_a_signer_that_is_missing_or_misplaced() -> None:
    plain = replace(REPORT, signer="")
    assert gbt9704.violations(to_pdf(plain), REPORT)
    assert docx_conformance.violations(to_docx(plain), REPORT)


def test_a_signer_whose_name_cannot_be_set_is_refused() -> None:
    with pytest.raises(MissingGlyphError, match="签发人"):
        to_pdf(replace(REPORT, signer=f"{HAN[:1]}\U0010fffd"))
