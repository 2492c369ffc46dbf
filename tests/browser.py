"""A real browser for tests: the system's Chromium, headless, and what it complained about."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Complaints:
    """What a page printed as an error, and what it asked of elsewhere than this machine."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._see(request.url))

    def _see(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "file:", "data:", "about:", "blob:")):
            self.outside.append(url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Skipped where there is no Chromium: install Debian's, or your system's, to run these tests."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine, so nobody looks at the pages")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one person."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nl-NL")
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[Complaints]:
    """Of all pages of the context; a test that uses this fails where there are any."""
    found = Complaints()
    context.on("page", found.watch)
    yield found
    assert found == Complaints()
