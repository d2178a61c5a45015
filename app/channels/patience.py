"""Hang up on a conversation that takes too long altogether: each step has its limit, a dripping server many steps."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """The connection of one conversation; the last one taken counts, as encryption makes another of it."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self._socket: socket.socket | None = None

    def take(self, connection: object) -> None:
        """Remember the connection; anything else than a socket is passed over."""
        if isinstance(connection, socket.socket):
            self._socket = connection

    def hang_up(self) -> None:
        """End the conversation: who waits for a word reads its end."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def hanging_up_after(seconds: float) -> Iterator[Line]:
    """Yield the line of a conversation and end it when it lasts longer than that."""
    line = Line()
    timer = threading.Timer(seconds, line.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield line
    finally:
        timer.cancel()
        timer.join()
