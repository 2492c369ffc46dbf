"""The server: on this machine only, and with threads, so that a slow request holds up no other."""

import logging
import socket
from collections.abc import Callable

from flask import Flask
from waitress import create_server

from themawijzer.annotation.web.app import MAX_REQUEST_BYTES
from themawijzer.annotation.web.guards import ADDRESS
from themawijzer.errors import ThemawijzerError

THREADS = 8


def listen(port: int) -> socket.socket:
    """A socket on the port, or on a free one for 0; ThemawijzerError where another program has it."""
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        raise ThemawijzerError(f"port {port} cannot be used ({error.strerror})\nLeave --port out.") from None


def serve(app: Flask, listening: socket.socket, started: Callable[[], None]) -> None:
    """Answer requests until the program is stopped; `started` is called when the first can come."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits a moment is no news
    server = create_server(
        app, sockets=[listening], threads=THREADS, ident=None, max_request_body_size=MAX_REQUEST_BYTES
    )
    started()
    server.run()
