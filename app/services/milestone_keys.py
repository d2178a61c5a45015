"""Propose the key of a new milestone from its title, so that nobody has to invent one."""

import re
from collections.abc import Iterable
from itertools import accumulate

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.models import Milestone

_LONGEST = 40
_SYLLABLE = re.compile(r"([a-z])[a-z]*[1-5]")


def free_key(session: Session, plan_id: int, title: str, *, taken: Iterable[str] = ()) -> str:
    """Return the initials of the title's pinyin, with a number where they are used; `m` for a title without any.

    `taken` are keys in use besides those of the stored milestones.
    """
    base = _initials(title) or "m"
    query = sa.select(col(Milestone.key), col(Milestone.series)).where(
        col(Milestone.plan_id) == plan_id, col(Milestone.key).startswith(base, autoescape=True)
    )
    words = {word for row in session.execute(query) for word in row if word} | set(taken)
    # The occurrences of a duty are called after it: of `base` in use there may be a `base-2026` alone.
    used = {start for word in words for start in accumulate(word.split("-"), "{}-{}".format)}
    number, key = 1, base
    while key in used:
        number += 1
        key = f"{base}-{number}"
    return key


def _initials(title: str) -> str:
    found = []
    for word in pinyin_key(title).split():
        syllable = _SYLLABLE.fullmatch(word)
        found.append(syllable[1] if syllable else re.sub(r"[^a-z0-9]", "", word))
    return "".join(found)[:_LONGEST]
