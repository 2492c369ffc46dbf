"""The page as a Flask application, and its server: on this machine only, with threads for slow requests."""

import logging
import socket
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask, Response, render_template
from waitress import create_server
from werkzeug.exceptions import HTTPException

from themawijzer.annotation.desk import Desk
from themawijzer.annotation.web import codebook_view, inconsistencies_view, judging_view, labelling_view
from themawijzer.annotation.web.connections import Connection
from themawijzer.annotation.web.context import set_up_context
from themawijzer.annotation.web.guards import ADDRESS, Access, add_guards
from themawijzer.errors import ThemawijzerError

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 64 * 1024
THREADS = 8


def create_app(desk: Desk, access: Access) -> Flask:
    """The application of one coder's desk, which opens to those who have `access`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    set_up_context(app, desk)
    add_guards(app, access)
    for module in (labelling_view, judging_view, inconsistencies_view, codebook_view):
        app.register_blueprint(module.view)
    app.register_error_handler(HTTPException, _refuse)
    for error in (ThemawijzerError, OSError):
        app.register_error_handler(error, _tell_trouble)
    app.register_error_handler(Exception, _tell_mistake)
    return app


def _refuse(error: HTTPException) -> tuple[str, int] | Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # a redirect
    return render_template("refused.html", status=error.code), error.code or 500


def _tell_mistake(error: Exception) -> tuple[str, int]:
    """A mistake of ours: its kind and place are logged, without its message, which may hold an answer."""
    frames = traceback.extract_tb(error.__traceback__)
    place = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    log.error("Something went wrong that should not: %s %s\nPlease report this line.", type(error).__name__, place)
    return render_template("refused.html", status=500), 500


def _tell_trouble(error: Exception) -> tuple[str, int]:
    """A file that does not fit, a full disk, another program that keeps the lock: nothing was saved."""
    message = str(error) if isinstance(error, ThemawijzerError) else type(error).__name__
    return render_template("trouble.html", message=message), 503


def listen(port: int) -> socket.socket:
    """A socket on the port, or on a free one for 0; ThemawijzerError where another program has it."""
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        raise ThemawijzerError(f"port {port} cannot be used ({error.strerror})\nLeave --port out.") from None


def serve(app: Flask, access: Access, listening: socket.socket, started: Callable[[], None]) -> None:
    """Answer requests until the program is stopped; `started` is called when the first can come."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits a moment is no news
    server = create_server(
        app, sockets=[listening], threads=THREADS, ident=None, max_request_body_size=MAX_REQUEST_BYTES
    )
    server.channel_class = partial(Connection, knows=access.knows)
    started()
    server.run()
