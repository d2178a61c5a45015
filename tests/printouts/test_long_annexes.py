"""An annex of 5,000 rows is set in time."""

import time
from io import BytesIO

import pikepdf

from app.printouts.circulars import compose
from app.printouts.pdf import to_pdf
from tests.printouts.invented import facts


def test_five_thousand_milestones_are_set_within_twenty_seconds() -> None:
    document = compose(facts(5000))
    started = time.monotonic()
    pdf = to_pdf(document)
    assert time.monotonic() - started < 20
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert len(opened.pages) > 300
