"""Words of Arabic script in Chinese lines: each stays where it is written, whatever sign or number follows it."""

import re

MARK = "\u200e"  # left-to-right mark: shows nothing
_LETTER = (
    "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff"
    "\ufb50-\ufdff\ufe70-\ufefc"  # letters written as the forms they take in words
)
# What may stand between two words of one sentence. Chinese signs part sentences; so do the quotation marks of JSON.
_BETWEEN = (
    "0-9\u0660-\u0669\u06f0-\u06f9 .,:;!?()%/+\u060c\u061b\u061f\u066a-\u066d\u06d4\u00ab\u00bb\u2026"
    "\u200c-\u200f\u2013-"  # joiners, marks of direction, dashes
)
_RUN = re.compile(f"[{_LETTER}](?:[{_LETTER}{_BETWEEN}]*[{_LETTER}])?[)\u00bb]*{MARK}?")


def keep_order(text: str) -> str:
    """End every run of Arabic script with a mark, so that what follows it reads on from left to right.

    Without it the sign between two names turns with them: of A、B the second would stand first, and so would numbers.
    """
    return _RUN.sub(lambda run: run.group().removesuffix(MARK) + MARK, text)
