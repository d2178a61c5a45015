"""Who answers for a unit on a day (DOMAIN.md section 10): the leader in charge of the matter, else the unit's head."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.succession import Span
from app.domain.vocabulary import PostDuty

# Whoever answers first; a contact person answers for nothing.
ANSWERING = (PostDuty.IN_CHARGE, PostDuty.HEAD)


@dataclass(frozen=True, slots=True)
class Held:
    """A post that a person holds; both days included, `to_on` None: still."""

    id: int
    organization_id: int
    person: str
    post: str
    duty: PostDuty
    from_on: date
    to_on: date | None

    @property
    def span(self) -> Span:
        """The days on which it is held."""
        return Span(self.from_on, self.to_on)

    @property
    def rank(self) -> int:
        """Its place in a list: who answers first comes first."""
        return list(PostDuty).index(self.duty)

    @property
    def words(self) -> str:
        """The person with the post."""
        return person_words(self.person, self.post)


def person_words(person: str, post: str) -> str:
    """Return a person with the post as alerts and cases name them: 王某（副县长）."""
    return f"{person}（{post}）"


def held_on(posts: Iterable[Held], day: date) -> list[Held]:
    """Return the posts held on a day."""
    only = Span(day, day)
    return [post for post in posts if post.span.overlaps(only)]


def responsible(posts: Iterable[Held], day: date) -> Held | None:
    """Return who answers for a unit on a day, of the posts of that unit; None: nobody is on record.

    Where records overlap all the same, whoever took up the post last.
    """
    held = held_on(posts, day)
    for duty in ANSWERING:
        if mine := [post for post in held if post.duty is duty]:
            return max(mine, key=lambda post: (post.from_on, post.id))
    return None


def in_the_way(posts: Iterable[Held], duty: PostDuty, span: Span) -> list[Held]:
    """Return the posts that keep a unit from having another holder of a duty on these days.

    A unit has one head and one leader in charge at a time, so that a day has one answer; contact persons may be many.
    """
    if duty not in ANSWERING:
        return []
    return [post for post in posts if post.duty is duty and post.span.overlaps(span)]


def ends_before(earlier: Held, from_on: date) -> date | None:
    """Return the last day of an earlier holder whom somebody follows; None: the earlier did not come first."""
    return from_on - timedelta(days=1) if earlier.from_on < from_on else None
