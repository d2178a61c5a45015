"""Document numbers (发文字号) as GB/T 9704-2012 writes them: the year in hexagonal brackets 〔〕, U+3014 and U+3015."""

import re

_YEAR = re.compile(r"[\[\(（［【﹝〔]\s*((?:19|20)\d\d)\s*[\]\)）］】﹞〕]")
_SERIAL = re.compile(r"(〔\d{4}〕)\s*(?:第\s*)?0*([1-9]\d*)\s*号$")


def put_right(number: str) -> str:
    """Return a document number with its year in 〔〕, its serial without 第 and leading zeros, and no blanks inside."""
    right = _YEAR.sub(r"〔\1〕", number.strip())
    right = _SERIAL.sub(r"\1\2号", right)
    return re.sub(r"\s+", "", right) if "〔" in right else right
