"""What other users of the machine can do to the page: open connections to it."""

import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest
from page import make_survey

PATH = "/coderen/random"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The port and the token of a page that runs."""
    command = [Path(sys.executable).with_name("themawijzer"), "annotate", "stad", "--coder", "codeur-1"]
    started = subprocess.Popen(
        [*command, "--no-browser", "--root", make_survey(tmp_path_factory.mktemp("page"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    found = re.search(r":(\d+)/\?token=(\S+)", started.stdout.readline())
    yield int(found[1]), found[2]
    started.terminate()
    assert started.communicate(timeout=20)[1] == ""


def ask(connection, path, cookie=""):
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    return answer


def come_in(connection, token):
    """The coder's cookie."""
    return ask(connection, f"/?token={token}").headers["Set-Cookie"].partition(";")[0]


def is_closed(connection):
    connection.settimeout(20)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_idle_and_slow_connections_of_others_do_not_keep_the_coder_out_and_are_closed(page):
    port, token = page
    with ExitStack() as opened:
        coder = HTTPConnection("127.0.0.1", port, timeout=60)
        opened.callback(coder.close)
        cookie = come_in(coder, token)
        assert ask(coder, PATH, cookie).status == 200
        others = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)]
        begun = time.monotonic()
        for other in others[-20:]:
            other.send(b"GET / HTTP/1.1\r\nHost: ")
        late = HTTPConnection("127.0.0.1", port, timeout=60)
        opened.callback(late.close)
        assert ask(late, PATH, cookie).status == 200
        assert time.monotonic() - begun < 5  # it takes a fraction; before it took as long as they stayed
        while time.monotonic() - begun < 6:
            for other in others[-20:-10]:  # slow, but never idle
                try:
                    other.send(b"a")
                except OSError:
                    break
            time.sleep(0.25)
        assert all(map(is_closed, others))
        assert [ask(own, PATH, cookie).status for own in (coder, late)] == [200, 200]
        assert coder.sock is not None
        assert late.sock is not None


def test_who_is_refused_has_the_answer_whole_before_the_connection_ends(page):
    stranger = HTTPConnection("127.0.0.1", page[0], timeout=60)
    answer = ask(stranger, PATH, "themawijzer=verkeerd")
    assert (answer.status, answer.isclosed()) == (403, True)
    assert is_closed(stranger.sock)
    stranger.close()
