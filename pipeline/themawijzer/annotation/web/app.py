"""The page as a Flask application; a view is a blueprint, and every request passes the guards."""

import logging
import traceback
from pathlib import Path

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from themawijzer.annotation.desk import Desk
from themawijzer.annotation.web import codebook_view, judging_view, labelling_view
from themawijzer.annotation.web.context import set_up_context
from themawijzer.annotation.web.guards import Access, add_guards
from themawijzer.errors import ThemawijzerError

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 64 * 1024


def create_app(desk: Desk, access: Access) -> Flask:
    """The application of one coder's desk, which opens to those who have `access`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    set_up_context(app, desk)
    add_guards(app, access)
    for module in (labelling_view, judging_view, codebook_view):
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
