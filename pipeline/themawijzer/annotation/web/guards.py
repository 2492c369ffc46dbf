"""Who may use the page: the person who started it, in their own browser, from the page itself."""

import hmac
import secrets
from dataclasses import dataclass, field

from flask import Flask, Response, abort, redirect, request
from werkzeug.http import parse_cookie

ADDRESS = "127.0.0.1"
DAY_S = 24 * 60 * 60
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with less, a browser does not say where a form came from
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class Access:
    """The secrets of one server, new at every start.

    `token` stands in the address that the terminal shows. The browser is opened with a `ticket`, which works once:
    other users of the machine can see with which address a program was started. Both are exchanged for a cookie.
    """

    port: int
    token: str = field(default_factory=_secret, repr=False)
    ticket: str = field(default_factory=_secret, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)
    csrf: str = field(default_factory=_secret, repr=False)

    @property
    def cookie_name(self) -> str:
        """Of this port, because a browser shares the cookies of all ports of an address."""
        return f"themawijzer-{self.port}"

    @property
    def hosts(self) -> list[str]:
        return [f"{ADDRESS}:{self.port}", f"localhost:{self.port}"]

    def url(self, token: str) -> str:
        """The address with which the page opens."""
        return f"http://{ADDRESS}:{self.port}/?token={token}"

    def takes(self, token: str) -> bool:
        """Whether the page opens with it; a ticket is used up."""
        if self.ticket and _same(token, self.ticket):
            self.ticket = ""
            return True
        return _same(token, self.token)

    def knows(self, cookies: str) -> bool:
        """Whether the browser that sends this `Cookie` header has been here with a token."""
        return _same(parse_cookie(cookies).get(self.cookie_name, ""), self.cookie)


def add_guards(app: Flask, access: Access) -> None:
    """Refuse with 403 what does not come from the page in the browser of the person who started it."""

    def check() -> Response | None:
        _require(request.host in access.hosts)
        origin = request.headers.get("Origin")
        _require(origin is None or origin in [f"http://{host}" for host in access.hosts])
        if "token" in request.args:
            _require(access.takes(request.args["token"]))
            return _welcome(access)
        _require(access.knows(request.headers.get("Cookie", "")))
        if request.method not in ("GET", "HEAD"):
            _require(_same(request.form.get("csrf", ""), access.csrf))
        return None

    app.before_request(check)
    app.after_request(_with_headers)
    app.context_processor(lambda: {"csrf": access.csrf})


def _require(condition: object) -> None:
    if not condition:
        abort(403)


def _welcome(access: Access) -> Response:
    answer = redirect(request.path, code=303)
    answer.set_cookie(access.cookie_name, access.cookie, max_age=DAY_S, httponly=True, samesite="Strict")
    return answer  # type: ignore[return-value]  # werkzeug's, which is flask's


def _with_headers(answer: Response) -> Response:
    answer.headers.update(HEADERS)
    return answer


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
