import hashlib
import io
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from themawijzer.language import download
from themawijzer.language.download import install_pipeline


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def wheel(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


WHEEL = wheel({"nl_tiny/__init__.py": "x = 1\n", "nl_tiny-1.0.dist-info/METADATA": "Name: nl_tiny\n"})
HASH = hashlib.sha256(WHEEL).hexdigest()


@contextmanager
def serving(content: bytes, *, status: int = 200, announced: int | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) if announced is None else announced))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tiny.whl"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes the call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/tiny.whl"


def test_the_pinned_wheel_is_installed(tmp_path):
    with serving(WHEEL) as url:
        assert install_pipeline(url=url, sha256=HASH, into=tmp_path) is None
    assert (tmp_path / "nl_tiny" / "__init__.py").read_text() == "x = 1\n"
    assert (tmp_path / "nl_tiny-1.0.dist-info" / "METADATA").is_file()


@pytest.mark.parametrize(
    "content",
    [
        wheel({"nl_tiny/__init__.py": "x = 2\n"}),
        wheel({"../outside.py": "", "/tmp/outside.py": ""}),  # noqa: S108  # a name inside the archive
        WHEEL[:-1],
        b"<html>please log in</html>",
        b"",
    ],
)
def test_another_file_is_refused_and_nothing_is_written(tmp_path, content):
    into = tmp_path / "site-packages"
    with serving(content) as url:
        assert install_pipeline(url=url, sha256=HASH, into=into) == "the file is not the pinned one (other SHA-256)"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_packages_is_told_in_a_line(tmp_path):
    (tmp_path / "file").write_text("")
    with serving(WHEEL) as url:
        assert f"{tmp_path / 'file'}" in str(install_pipeline(url=url, sha256=HASH, into=tmp_path / "file"))


def test_a_silent_server_is_given_up_in_time(tmp_path):
    start = time.monotonic()
    with silent() as url:
        reason = install_pipeline(url=url, sha256=HASH, into=tmp_path, max_seconds=0.3)
        assert time.monotonic() - start < 2
    assert reason in ("no answer within 0.3 seconds", "timed out")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_half_way_is_no_file(tmp_path):
    with serving(WHEEL[:50], announced=len(WHEEL)) as url:
        reason = install_pipeline(url=url, sha256=HASH, into=tmp_path, max_seconds=5)
    assert reason is not None
    assert reason.startswith("IncompleteRead(50 bytes read")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_not_there_is_said(tmp_path):
    with serving(b"", status=404) as url:
        assert install_pipeline(url=url, sha256=HASH, into=tmp_path) == "Not Found"


def test_an_address_where_nobody_listens_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    reason = install_pipeline(url=f"http://127.0.0.1:{port}/tiny.whl", sha256=HASH, into=tmp_path, max_seconds=5)
    assert "refused" in str(reason)
    assert list(tmp_path.iterdir()) == []


def test_set_up_asks_for_the_pinned_version_and_gives_up_within_ten_seconds():
    assert download.URL == (
        "https://github.com/explosion/spacy-models/releases/download/"
        "nl_core_news_sm-3.8.0/nl_core_news_sm-3.8.0-py3-none-any.whl"
    )
    assert download.SHA256 == "a76978477821f213ca76a46c686df1b1d41462905d4868bc53eac086adca8b7e"
    assert download.MAX_SECONDS < 10
