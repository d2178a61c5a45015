"""Run the web application on a socket until the process is told to stop."""

import signal
import socket
from types import FrameType
from typing import NoReturn, Protocol

from fastapi import FastAPI

BACKLOG = 2048


class Companion(Protocol):
    """What starts and stops with the server: the timetable."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End in order."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one. Raises: OSError when the address is taken or not ours."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def address(listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  shown, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def leave_on_signals() -> None:
    """Turn the signals that end a process into an orderly exit, so that what was started is stopped."""

    def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


def serve(app: FastAPI, listener: socket.socket, companion: Companion | None) -> None:
    """Answer requests until a signal comes; the companion starts and stops with the server."""
    import uvicorn  # slow to load

    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    leave_on_signals()
    if companion:
        companion.start()
    try:
        server.run(sockets=[listener])
    finally:
        if companion:
            companion.stop()
