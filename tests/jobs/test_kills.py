"""`kill -9` anywhere between finding and the outcome: the register exactly once, every notice at least once.

Processes of their own scan and deliver on a real database to a real mail server; each is killed at a random step, or at
a random moment, and another takes up. `SOAK=1` kills ten times as many.
"""

import os
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.delivery import LEASE, message_number
from app.domain.vocabulary import ChannelKind, MessageState
from app.models import Account, Address, Alert, HandDelivery, LadderRung, Message, MessageItem, Outbox
from app.queries.audit import verify_chain
from app.services import standings
from tests.jobs.kills import work
from tests.jobs.ledger import OFFICER, PLAN, TODAY, add_milestone, lay_plan, noon
from tests.support.processes import process_context
from tests.support.providers import MailSink, smtp_sink

KILLS = 1000 if os.environ.get("SOAK") else 100
MILESTONES = 12
DAYS = (TODAY, TODAY + timedelta(days=14), date(2027, 1, 1))
UNIT_ACCOUNT = 3


def lay(engine: Engine) -> None:
    """Lay a plan whose unit and office have verified mailboxes, with milestones that fell due on the day before."""
    lay_plan(engine)
    for _ in range(MILESTONES):
        add_milestone(engine, TODAY - timedelta(days=1))
    with write_session(engine) as session:
        session.execute(sa.update(LadderRung).values(urgent=True, reply_days=3))
        for account_id, name in ((UNIT_ACCOUNT, "unit"), (OFFICER, "office")):
            assert session.get(Account, account_id) is not None
            session.add(
                Address(
                    account_id=account_id,
                    channel=ChannelKind.EMAIL,
                    address=f"{name}@example.org",
                    verified_at=noon(TODAY),
                    created_at=noon(TODAY),
                )
            )


def registered(engine: Engine) -> list[tuple[object, ...]]:
    """Return the register without its ids and moments."""
    alert = Alert
    columns = (alert.matter, alert.due_version, alert.rung_id, alert.occasion, alert.fire_on, alert.reply_due_on)
    with read_session(engine) as session:
        query = sa.select(*(col(column) for column in columns))
        return sorted(tuple(row) for row in session.execute(query))


class Watch:
    """Starts processes one after the other, most of which die, and lets time go on."""

    def __init__(self, url: str, settings: dict[str, object], seed: int) -> None:
        self._url, self._settings, self._random = url, settings, Random(seed)
        self.kills = 0

    def run(self, now: datetime, *, kill: bool) -> bool:
        """Run one process to its end or its death; True: it came to its end."""
        at_step = self._random.random() < 0.6
        step = self._random.randint(1, 40) if kill and at_step else 0
        moment = self._random.uniform(1, 150) if kill and not at_step else 0.0
        holder = f"process-{self.kills}"
        child = process_context().Process(target=work, args=(self._url, self._settings, now, holder, step, moment))
        child.start()
        child.join(60)
        assert child.exitcode in (0, -9), child.exitcode
        self.kills += child.exitcode == -9
        return child.exitcode == 0


def test_two_hundred_kills_lose_nothing_and_double_nothing_in_the_register(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    lay(engine)
    seed = 20261122
    with smtp_sink("none") as mail:
        settings = {**mail.settings, "data_dir": tmp_path, "log_level": "ERROR", "smtp_timeout": 5}
        watch = Watch(database_url, settings, seed)
        for number, day in enumerate(DAYS, 1):
            now = noon(day)
            while watch.kills < KILLS * number // len(DAYS):
                watch.run(now, kill=True)
                now += LEASE / 40
            for _ in range(8):  # nobody is killed any more: what broke off is taken up when its lease is over
                now += LEASE + timedelta(minutes=1)
                assert watch.run(now, kill=False)
        assert watch.kills >= KILLS
        _holds(engine, mail)


def _holds(engine: Engine, mail: MailSink) -> None:
    """Hold the laws against what is on record and what arrived."""
    matters = [f"milestone/{number}" for number in range(1, MILESTONES + 1)]
    rows = registered(engine)
    assert len(rows) == len(set(rows))
    of_matter = Counter(str(row[0]) for row in rows)
    assert {matter: of_matter[matter] for matter in matters} == dict.fromkeys(matters, len(DAYS))
    with read_session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).where(col(Outbox.expanded_at).is_(None))) == 0
        open_states = (MessageState.SENT, MessageState.FAILED)
        assert set(session.scalars(sa.select(col(Message.state)).distinct())) <= set(open_states)
        told = defaultdict(set)
        for message_id, alert_id in session.execute(sa.select(col(MessageItem.message_id), col(MessageItem.alert_id))):
            told[message_id].add(alert_id)
        messages = {row.id: row for row in session.scalars(sa.select(Message))}
        carried = set(session.scalars(sa.select(col(HandDelivery.alert_id))))
        everything = set(session.scalars(sa.select(col(Alert.id)).where(col(Alert.plan_id) == PLAN)))
        finding = verify_chain(session)
        different = standings.differences(session, DAYS[-1])
    arrived = {letter.number for letter in mail.letters}
    numbers = {key: message_number(key or 0, local_day(message.queued_at)) for key, message in messages.items()}
    assert arrived <= set(numbers.values())
    for key, number in numbers.items():
        # what was sent has arrived; what broke off too often is carried by hand, whether it arrived or not
        assert number in arrived or told[key] <= carried, messages[key]
    assert everything <= set().union(*told.values()) | carried
    by_number = defaultdict(set)
    for letter in mail.letters:
        by_number[letter.number].add((letter.recipient, str(letter.message["Message-ID"])))
    assert all(len(same) == 1 for same in by_number.values())  # a duplicate carries the same number, to the same person
    assert len(mail.letters) >= len(arrived)
    assert finding.broken_at is None
    assert different == []
