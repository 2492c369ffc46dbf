"""Requests that the page has to refuse: from strangers, other pages and other hosts, and with what no form sends."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from werkzeug.test import Client

from benchmarks.attack.workplace import NAME, Workplace

PORT = 5000
HOME = f"http://127.0.0.1:{PORT}"
VIEWS = ("/", "/coderen/random", "/coderen/active", "/oordelen", "/codeboek", "/static/page.css")
HOSTS = ("example.nl", "127.0.0.1", f"127.0.0.1:{PORT + 1}", f"localhost.example.nl:{PORT}", f"0.0.0.0:{PORT}")
ORIGINS = ("http://example.nl", "null", f"https://127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT + 1}")
TOKENS = ("", "0", "x" * 32, "../..", "%00", "é")
OUTSIDE = (
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fguards.py",
    "/static//etc/hostname",
    "/../survey.toml",
)
METHODS = ("PUT", "DELETE", "PATCH", "POST")
TIDIED = 308  # to the same address with single slashes, which is asked anew
TOO_LARGE = "x" * 2_000_000
Asked = tuple[str, Client, str, str, Mapping[str, Any]]


def attack(base: Workplace) -> dict[str, str]:
    """How many requests were made, and how many were answered as if they came from the coder."""
    from themawijzer.annotation.web.app import create_app
    from themawijzer.annotation.web.guards import Access
    from themawijzer.commands.annotate import open_desk

    place = base.copied("probed")
    access = Access(PORT)
    app = create_app(open_desk(place.folder, NAME, "codeur-1"), access)
    before, coder = place.rows(), Client(app)
    coder.get(f"/?token={access.token}", base_url=HOME)
    if coder.get(VIEWS[1], base_url=HOME).status_code >= 400:
        raise RuntimeError("the page does not open for its coder")
    asked = list(requests(Client(app), coder, access.csrf))
    answers = [
        (kind, who.open(path, method=method, base_url=HOME, buffered=True, **how))
        for kind, who, method, path, how in asked
    ]
    passed = [kind for kind, answer in answers if answer.status_code < 400 and answer.status_code != TIDIED]
    broken = sum(answer.status_code >= 500 for _, answer in answers)
    unguarded = sum("Content-Security-Policy" not in answer.headers for _, answer in answers)
    written = (place.rows() - before).total()
    return {
        "probes": f"{len(answers):,}",
        "that were let in": ", ".join(dict.fromkeys(passed)) or "0",
        "errors of the page": f"{broken:,}",
        "answers without a content security policy": f"{unguarded:,}",
        "annotations written": f"{written:,}",
    }


def requests(stranger: Client, coder: Client, csrf: str) -> Iterator[Asked]:
    """Why it has to be refused, who asks, and what, of every request."""
    for path in VIEWS:
        yield "no cookie", stranger, "GET", path, {}
        yield "another cookie", stranger, "GET", path, {"headers": {"Cookie": f"themawijzer-{PORT}=geraden"}}
        yield "cookie of another port", stranger, "GET", path, {"headers": {"Cookie": f"themawijzer-{PORT + 1}=x"}}
    for path, host in product(VIEWS, HOSTS):
        yield "another host", coder, "GET", path, {"headers": {"Host": host}}
    for path, origin in product(VIEWS, ORIGINS):
        yield "another origin", coder, "GET", path, {"headers": {"Origin": origin}}
        yield "a form elsewhere", coder, "POST", path, {"headers": {"Origin": origin}, "data": {"csrf": csrf}}
    for path, token in product(VIEWS, TOKENS):
        yield "a guessed token", stranger, "GET", path, {"query_string": {"token": token}}
    for path, method in product(VIEWS, METHODS):
        yield "no csrf", coder, method, path, {"headers": {"Origin": HOME}}
        yield "a guessed csrf", coder, method, path, {"headers": {"Origin": HOME}, "data": {"csrf": "geraden"}}
        yield "no cookie", stranger, method, path, {"headers": {"Origin": HOME}, "data": {"csrf": csrf}}
    for path in OUTSIDE:
        yield "a file outside", coder, "GET", path, {}
        yield "a file outside", stranger, "GET", path, {}
    for path in VIEWS:
        yield "too large", coder, "POST", path, {"headers": {"Origin": HOME}, "data": {"csrf": csrf, "note": TOO_LARGE}}
