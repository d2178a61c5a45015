"""Keep posts: who holds which post in a unit from when to when, one head and one leader in charge at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.postings import Held, ends_before, in_the_way
from app.domain.succession import Span
from app.domain.vocabulary import PostDuty
from app.models import Organization, Posting
from app.queries import organizations, postings
from app.services import audit
from app.services.entries import readable, refuse_if_changed
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.turns import take_turn

MAX_PERSON, MAX_POST = 60, 80
_EARLIEST = date(1949, 10, 1)
_LATEST = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class PostingInput:
    """A post's values as a form gives them and as they are stored; both days included, `to_on` None: still."""

    person: str
    post: str
    duty: PostDuty
    from_on: date
    to_on: date | None = None


def add_posting(
    session: Session,
    actor: Actor,
    organization_id: int,
    given: PostingInput,
    *,
    end_earlier: bool = False,
    now: datetime,
) -> int:
    """Put a holder of a post on record and return the post's id; `end_earlier` ends the holder before on the eve.

    Raises: InputError naming each field (`end_earlier` where an earlier holder could be ended); NotFoundError.
    """
    take_turn(session)
    unit = kept_unit(session, actor, organization_id)
    posts = postings.of_organization(session, organization_id)
    _refuse(_problems(given, unit) or _repeats(given, posts))
    _make_room(session, actor, given, posts, end_earlier=end_earlier, now=now)
    row = Posting(organization_id=organization_id, **_columns(given))
    session.add(row)
    session.flush()
    assert row.id is not None
    _record(session, actor, "create", row.id, unit, now, after=readable(given))
    return row.id


def add_postings(session: Session, actor: Actor, given: Mapping[int, PostingInput], *, now: datetime) -> int:
    """Put holders of posts in several units on record, all or none; return how many.

    Raises: InputError with `field-<unit id>` for each field that cannot be taken; NotFoundError.
    """
    problems: dict[str, Message] = {}
    for organization_id, values in given.items():
        try:
            add_posting(session, actor, organization_id, values, now=now)
        except InputError as error:
            problems |= {f"{field}-{organization_id}": problem for field, problem in error.problems.items()}
    _refuse(problems)
    return len(given)


def update_posting(
    session: Session, actor: Actor, posting_id: int, given: PostingInput, *, fingerprint: str, now: datetime
) -> bool:
    """Correct a post as a form asks that showed it with this fingerprint; return whether anything differs.

    Raises: InputError naming each field that cannot be taken; NotFoundError.
    """
    take_turn(session)
    row, unit = kept_posting(session, actor, posting_id)
    stored = values_of(row)
    refuse_if_changed(stored, fingerprint)
    if stored == given:
        return False
    others = [post for post in postings.of_organization(session, row.organization_id) if post.id != posting_id]
    _refuse(_problems(given, unit) or _repeats(given, others))
    _make_room(session, actor, given, others, end_earlier=False, now=now)
    session.execute(sa.update(Posting).where(col(Posting.id) == posting_id).values(**_columns(given)))
    _record(session, actor, "update", posting_id, unit, now, before=readable(stored), after=readable(given))
    return True


def end_posting(session: Session, actor: Actor, posting_id: int, *, to_on: date, now: datetime) -> None:
    """Give a post that is still held its last day. Raises: InputError naming `to_on`; NotFoundError."""
    take_turn(session)
    row, unit = kept_posting(session, actor, posting_id)
    if row.to_on is not None:
        raise InputError({"to_on": msg("this post has its last day already; correct it instead")})
    given = PostingInput(row.person, row.post, row.duty, row.from_on, to_on)
    _refuse(_problems(given, unit))
    _end(session, actor, row, unit, to_on, now)


def delete_posting(session: Session, actor: Actor, posting_id: int, *, fingerprint: str, now: datetime) -> None:
    """Take back a post that was entered by mistake; alerts keep the name. Raises: InputError; NotFoundError."""
    take_turn(session)
    row, unit = kept_posting(session, actor, posting_id)
    stored = values_of(row)
    refuse_if_changed(stored, fingerprint)
    session.execute(sa.delete(Posting).where(col(Posting.id) == posting_id))
    _record(session, actor, "delete", posting_id, unit, now, before=readable(stored))


def kept_posting(session: Session, actor: Actor, posting_id: int) -> tuple[Posting, Organization]:
    """Return a post with its unit, for those who keep it. Raises: NotFoundError."""
    row = session.get(Posting, posting_id, populate_existing=True)
    if row is None:
        raise NotFoundError(msg("There is no such post on record."))
    return row, kept_unit(session, actor, row.organization_id)


def kept_unit(session: Session, actor: Actor, organization_id: int) -> Organization:
    """Return a unit whose posts the actor keeps. Raises: NotFoundError, also where only other plans name it."""
    unit = session.get(Organization, organization_id)
    if unit is None or not keeps_posts(session, actor, organization_id):
        raise NotFoundError(msg("There is no such unit in your scope."))
    return unit


def keeps_posts(session: Session, actor: Actor, organization_id: int) -> bool:
    """Tell whether a unit's posts are the actor's to keep: an office leaves alone whom only other plans name."""
    if actor.scope.plan_id is None:
        return actor.scope.organization_id is None
    named = organizations.plans_naming(session, organization_id)
    return not named or actor.scope.plan_id in named


def values_of(row: Posting) -> PostingInput:
    """Return a post's values as they are stored."""
    return PostingInput(row.person, row.post, row.duty, row.from_on, row.to_on)


def _problems(given: PostingInput, unit: Organization) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    for field, text, longest in (("person", given.person, MAX_PERSON), ("post", given.post, MAX_POST)):
        if not text:
            problems[field] = msg("fill in this field")
        elif len(text) > longest:
            problems[field] = msg("at most %(count)s characters", count=longest)
    for field, day in (("from_on", given.from_on), ("to_on", given.to_on)):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            problems[field] = msg("check the year")
    if Span(given.from_on, given.to_on).is_empty:
        problems["to_on"] = msg("the last day lies before the first; check both")
    if unit.valid_to is not None and given.from_on > unit.valid_to:
        problems["from_on"] = msg("the unit ended on %(day)s; enter its successor's posts there", day=unit.valid_to)
    return problems


def _repeats(given: PostingInput, posts: list[Held]) -> dict[str, Message]:
    """Return the problem that this very post is on record already: sent twice, or entered by two people."""
    span = Span(given.from_on, given.to_on)
    same = (given.person, given.post, given.duty)
    if any((post.person, post.post, post.duty) == same and post.span.overlaps(span) for post in posts):
        return {"person": msg("this person holds this post on these days already")}
    return {}


def _make_room(
    session: Session, actor: Actor, given: PostingInput, posts: list[Held], *, end_earlier: bool, now: datetime
) -> None:
    """See that nobody else has the duty on these days; the one before is ended where that is asked for.

    Raises: InputError: `end_earlier` where ending the one before would do, `from_on` where it would not.
    """
    clashing = in_the_way(posts, given.duty, Span(given.from_on, given.to_on))
    if not clashing:
        return
    first = clashing[0]
    eve = ends_before(first, given.from_on)
    if len(clashing) > 1 or eve is None:
        words = "、".join(post.words for post in clashing)
        raise InputError({"from_on": msg("on these days %(persons)s had this duty; check the days", persons=words)})
    if not end_earlier:
        problem = msg(
            "%(person)s has this duty since %(from)s; to enter the successor, end it on %(eve)s",
            person=first.words,
            **{"from": first.from_on, "eve": eve},
        )
        raise InputError({"end_earlier": problem})
    _end(session, actor, *kept_posting(session, actor, first.id), eve, now)


def _end(session: Session, actor: Actor, row: Posting, unit: Organization, to_on: date, now: datetime) -> None:
    before = readable(values_of(row))
    session.execute(sa.update(Posting).where(col(Posting.id) == row.id).values(to_on=to_on))
    session.refresh(row)
    _record(session, actor, "end", row.id or 0, unit, now, before=before, after=readable(values_of(row)))


def _columns(given: PostingInput) -> dict[str, Any]:
    return {
        "person": given.person,
        "post": given.post,
        "duty": given.duty,
        "from_on": given.from_on,
        "to_on": given.to_on,
    }


def _record(
    session: Session, actor: Actor, step: str, posting_id: int, unit: Organization, now: datetime, **detail: Any
) -> None:
    subject = f"postings/{posting_id}"
    audit.record(session, actor, f"postings:{step}", subject, now=now, organization=unit.name, **detail)


def _refuse(problems: dict[str, Message]) -> None:
    if problems:
        raise InputError(problems)
