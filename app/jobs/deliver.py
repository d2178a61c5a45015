"""The loop that delivers (DESIGN.md law 6): expand, claim, judge again, send outside any transaction, store."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from app.channels.outgoing import Outcome
from app.channels.sending import available, send
from app.core.database import Engine, write_session
from app.core.logging import get_logger
from app.core.settings import Settings
from app.domain.delivery import blocks_the_way
from app.domain.vocabulary import ChannelKind
from app.services import deliveries, outbox
from app.services.deliveries import Claimed, Prepared

ROWS = 1000  # of the outbox, expanded in one transaction
BATCHES = 50  # in one run, so that sending gets its turn
CLAIMED = 5  # messages leased at a time
THREADS = 4
BUDGET_SECONDS = 60  # after which a run begins no further message
# A mail server takes letters side by side, a group's robot wants them one by one. Channels that are no longer offered
# have a lane as well: what still waits for them is refused, and carried by hand.
LANES = (*ChannelKind, ChannelKind.EMAIL)
_log = get_logger(__name__)


def _nothing(_step: str) -> None:
    """Take note of a step; tests end the process here."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What all lanes of a run share."""

    engine: Engine
    settings: Settings
    began: datetime
    started: float
    holder: str
    on_step: Callable[[str], None]

    def now(self) -> datetime:
        """Return the instant of the run that has come."""
        return self.began + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        return perf_counter() - self.started


def deliver(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    holder: str,
    on_step: Callable[[str], None] = _nothing,
) -> Mapping[str, object]:
    """Make messages of what is queued and send what is due; return the counts of what happened.

    `on_step` is called at "gathered" (inside the transaction that expands), "expanded", "claimed", "judged", "sent"
    and "stored". One channel that is slow or refuses does not hold up the others; what a run does not get to, the next
    one does.
    """
    this = _Round(engine, settings, now, perf_counter(), holder, on_step)
    counts = _expand(this)
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="deliver") as pool:
        for lane in [pool.submit(_serve, this, channel) for channel in LANES]:
            counts += lane.result()
    return {**counts, "seconds": round(this.seconds, 3)}


def _expand(this: _Round) -> Counter[str]:
    counts: Counter[str] = Counter()
    channels = available(this.settings)
    for _ in range(BATCHES):
        with write_session(this.engine) as session:
            rows = outbox.take(session, limit=ROWS, now=this.now())
            found = outbox.address(session, rows, channels) if rows else None
            if found is not None:
                this.on_step("gathered")
                counts.update(outbox.expand(session, found, digest_at=this.settings.digest_at, now=this.now()))
        if found is None:
            break
        this.on_step("expanded")
    return counts


def _serve(this: _Round, channel: ChannelKind) -> Counter[str]:
    """Send what is due on one channel, one message after the other."""
    counts: Counter[str] = Counter()
    while this.seconds < BUDGET_SECONDS:
        with write_session(this.engine) as session:
            claimed = deliveries.claim(session, channel, holder=this.holder, now=this.now(), limit=CLAIMED)
        if not claimed:
            break
        this.on_step("claimed")
        if not _send_all(this, channel, claimed, counts):
            break
    return counts


def _send_all(this: _Round, channel: ChannelKind, claimed: list[Claimed], counts: Counter[str]) -> bool:
    """Send leased messages; False: the way is blocked or the time is over, and the rest was given back."""
    for at, one in enumerate(claimed):
        goes_on = _send_one(this, one, counts)
        if goes_on and this.seconds < BUDGET_SECONDS:
            continue
        with write_session(this.engine) as session:
            deliveries.release(session, claimed[at + 1 :], holder=this.holder, now=this.now())
        return False
    return True


def _send_one(this: _Round, claimed: Claimed, counts: Counter[str]) -> bool:
    """Judge, send and store one message; False: others on its way need not be tried just now.

    Whatever goes wrong with one message is logged and leaves the others alone; its lease runs out by itself.
    """
    try:
        with write_session(this.engine) as session:
            prepared = deliveries.prepare(
                session, claimed, holder=this.holder, base_url=this.settings.base_url, now=this.now()
            )
        this.on_step("judged")
        if prepared is None:
            counts["superseded"] += 1
            return True
        return _send_prepared(this, prepared, counts)
    except Exception:
        counts["broken"] += 1
        _log.exception("message could not be handled", message_id=claimed.message_id, attempt=claimed.attempt)
        return True


def _send_prepared(this: _Round, prepared: Prepared, counts: Counter[str]) -> bool:
    started_at = this.now()
    outcome = _sent(prepared, this)
    this.on_step("sent")
    with write_session(this.engine) as session:
        ended_at = this.now()
        state = deliveries.store(session, prepared, outcome, holder=this.holder, started_at=started_at, now=ended_at)
    this.on_step("stored")
    counts[state.value if state else "lease lost"] += 1
    if state is None or not outcome.delivered:
        _log.warning(
            "message not delivered" if state else "lease lost",
            number=prepared.outgoing.number,
            channel=prepared.channel,
            attempt=prepared.claimed.attempt,
            trouble=outcome.trouble,
            answer=outcome.answer,
        )
    return not blocks_the_way(prepared.channel, outcome.trouble)


def _sent(prepared: Prepared, this: _Round) -> Outcome:
    """Send; a fault of our own is an attempt that came to nothing, and is tried again."""
    try:
        return send(prepared.channel, prepared.outgoing, this.settings, this.now())
    except Exception as error:
        _log.exception("channel failed", number=prepared.outgoing.number, channel=prepared.channel)
        return Outcome(delivered=False, permanent=False, answer=type(error).__name__)
