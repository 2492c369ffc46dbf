"""Take the pictures of the documentation: the page and the report, on the sample survey, in the system's Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from themawijzer.commands.annotate import open_page

PROJECT = Path(__file__).parent.parent
PICTURES = PROJECT / "docs/pictures"
SURVEY = "vng-panel"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MAX_CHARACTERS = 200  # of the answer in the picture of judging, so that what coders chose is in view
MARGIN = 12  # pixels around a part of a page


def main() -> None:
    """Write `docs/pictures/*.png`; a minute or two."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = coded_survey(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 760}, locale="nl-NL", reduced_motion="reduce")
        take_pictures_of_the_report(page, root / "coded" / SURVEY / "report.html")
        with coding_page(root) as address:
            take_pictures_of_coding(page, address)
        (root / "annotations" / SURVEY / "adjudicated.csv").unlink()  # so that there is something to decide
        with coding_page(root) as address:
            take_picture_of_judging(page, address)
        browser.close()


def coded_survey(root: Path) -> Path:
    """The root with a copy of the sample survey, coded and reported on."""
    for name in ("surveys", "annotations"):
        shutil.copytree(PROJECT / name / SURVEY, root / name / SURVEY)
    (PROJECT / ".cache").mkdir(exist_ok=True)
    (root / ".cache").symlink_to(PROJECT / ".cache")
    for command in ("train", "classify", "evaluate", "report"):
        run = [sys.executable, "-m", "themawijzer", command, SURVEY, "--root", str(root), "--quiet"]
        subprocess.run(run, check=True)  # noqa: S603  # our own program
    return root


@contextmanager
def coding_page(root: Path) -> Iterator[str]:
    """The address of a coder's page, which answers for as long as the program runs."""
    page, started = open_page(root, SURVEY, "codeur-1"), threading.Event()
    threading.Thread(target=page.run, args=(started.set,), daemon=True).start()
    started.wait()
    yield page.access.url(page.access.token)


def take_pictures_of_coding(page: Page, address: str) -> None:
    """An answer with what the model suggests and codes chosen, and the codebook."""
    page.goto(address)
    follow(page, "Meest leerzaam")
    follow(page, "v4")
    for key in ("3", "5", "6", "b"):
        page.keyboard.press(key)
    save(page, "page")
    follow(page, "Codeboek")
    follow(page, "Partner")
    save(page, "codebook")


def take_picture_of_judging(page: Page, address: str) -> None:
    """A short answer on which coders disagree."""
    page.goto(address)
    follow(page, "Oordelen")
    while len(page.locator("#antwoord").inner_text()) > MAX_CHARACTERS:
        follow(page, "Overslaan")
    page.keyboard.press("4")
    page.keyboard.press("4")  # back as it was, with what the code means beside it
    save(page, "judging")


def follow(page: Page, link: str) -> None:
    """Click the link that begins so, and wait for what it leads to: keys that come earlier are lost."""
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("link", name=re.compile(rf"^{link}\b")).click()


def take_pictures_of_the_report(page: Page, report: Path) -> None:
    """How it begins, the first chart of shares, and the quality of the codeframe of partners."""
    page.goto(report.as_uri())
    save(page, "report")
    page.add_style_tag(content="figure { max-width: 50rem } figure details { display: none }")  # tables take space
    save_part(page, page.locator("section[aria-labelledby=aandelen] figure").first, "shares")
    save_part(page, page.locator("section[aria-labelledby=kwaliteit] figure").nth(2), "quality")


def save(page: Page, name: str) -> None:
    """A picture of what is in view."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", caret="hide")


def save_part(page: Page, part: Locator, name: str) -> None:
    """A picture of a part of a page, with a margin around it."""
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None  # noqa: S101  # it is on the page
    top = page.evaluate("window.scrollY")
    clip = {"x": max(box["x"] - MARGIN, 0), "y": box["y"] + top - MARGIN}
    clip |= {"width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}
    page.screenshot(path=PICTURES / f"{name}.png", clip=clip, full_page=True, animations="disabled")  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
