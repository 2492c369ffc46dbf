"""The trained Dutch pipeline, which is published outside the package registry."""

import hashlib
import http.client
import io
import sysconfig
import threading
import urllib.request
import zipfile
from pathlib import Path

NAME = "nl_core_news_sm"
URL = (
    "https://github.com/explosion/spacy-models/releases/download/"
    "nl_core_news_sm-3.8.0/nl_core_news_sm-3.8.0-py3-none-any.whl"
)
SHA256 = "a76978477821f213ca76a46c686df1b1d41462905d4868bc53eac086adca8b7e"
MAX_SECONDS = 9.0
OTHER_FILE = "the file is not the pinned one (other SHA-256)"


def install_pipeline(
    *, url: str = URL, sha256: str = SHA256, into: Path | None = None, max_seconds: float = MAX_SECONDS
) -> str | None:
    """Install the pinned wheel within `max_seconds`; None, or why it failed."""
    wheel = _download(url, max_seconds)
    if isinstance(wheel, str):
        return wheel
    if hashlib.sha256(wheel).hexdigest() != sha256:
        return OTHER_FILE
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            archive.extractall(into or sysconfig.get_path("purelib"))  # for a wheel without compiled code, all it takes
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return None


def _download(url: str, max_seconds: float) -> bytes | str:
    """The file, or why it did not come. In a thread, because looking up a name can't be interrupted."""
    result: list[bytes | str] = []

    def fetch() -> None:
        try:
            with urllib.request.urlopen(url, timeout=max_seconds) as response:  # noqa: S310  # pinned address
                result.append(response.read())
        except (OSError, http.client.HTTPException) as error:  # the latter when the connection breaks half-way
            result.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(max_seconds)
    return result[0] if result else f"no answer within {max_seconds:g} seconds"
