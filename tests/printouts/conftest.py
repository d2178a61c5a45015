"""Documents printed once for all the checks that read them."""

from collections.abc import Iterator
from io import BytesIO

import pdfplumber
import pytest

from app.printouts.circulars import compose
from app.printouts.documents import Document
from app.printouts.pdf import to_pdf
from tests.printouts.invented import facts


@pytest.fixture(scope="session")
def circular() -> Document:
    """Return the invented circular with 120 milestones."""
    return compose(facts(), copies_to=("市委办公室", "市人大常委会办公室", "市政协办公室"))


@pytest.fixture(scope="session")
def circular_pdf(circular: Document) -> bytes:
    """Return the PDF of the invented circular."""
    return to_pdf(circular)


@pytest.fixture(scope="session")
def circular_pages(circular_pdf: bytes) -> Iterator[list[pdfplumber.page.Page]]:
    """Return the pages of the invented circular, opened for reading."""
    with pdfplumber.open(BytesIO(circular_pdf)) as pdf:
        yield pdf.pages
