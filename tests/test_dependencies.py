"""What the checks of dependencies say, and whether the list for a release is that of the lock file."""

import json
import re
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from dependencies import vulnerabilities
from dependencies.bill_of_materials import bill_of_materials
from dependencies.licenses import license_of, problems, read_reviewed
from dependencies.locked import Locked, read_lock
from dependencies.vulnerabilities import audit, read_answer, why_silent

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


def package(name, license_=""):
    return Locked(name, "1.0", "", ("0" * 64,)), {name: license_} if license_ else {}


# The lock file


def test_every_line_of_a_lock_file_is_a_package_or_a_hash_of_one(tmp_path):
    text = LOCK.read_text(encoding="utf-8")
    packages = read_lock(LOCK)
    assert len(packages) == len(re.findall(r"^\S", text, re.MULTILINE)) > 70
    assert sum(len(each.hashes) for each in packages) == text.count("--hash=sha256:")
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for each in packages for digest in each.hashes)
    numpy = [each.marker for each in packages if each.name == "numpy"]
    assert numpy == ["python_full_version < '3.12'", "python_full_version >= '3.12'"]
    (tmp_path / "lock").write_text("numpy>=2\n")
    with pytest.raises(ValueError, match="no pinned package: numpy>=2"):
        read_lock(tmp_path / "lock")


# Licenses


def test_nothing_at_run_time_is_under_the_gpl_and_of_everything_the_license_is_known():
    assert problems(read_lock(LOCK), read_reviewed()) == []


def test_what_a_person_looked_up_is_still_needed():
    assert set(read_reviewed()) <= {each.name for each in read_lock(LOCK)}


@pytest.mark.parametrize(
    "license_",
    ["GPL-3.0-only", "AGPLv3+", "GNU General Public License v2 (GPLv2)", "MIT AND GPL-2.0-or-later", "gpl",
     "GNU Affero General Public License v3"],
)  # fmt: skip
def test_a_package_under_the_gpl_is_refused(license_):
    wrong, stated = package("strikt", license_)
    assert problems([wrong], stated) == [f"strikt 1.0 is under {license_}, which nothing may be at run time"]


@pytest.mark.parametrize("license_", ["", "Proprietary", "SEE LICENSE"])
def test_a_license_that_is_not_known_has_to_be_looked_up(license_):
    unknown, stated = package("geheim", license_)
    (told,) = problems([unknown], stated)
    assert told.startswith("geheim 1.0 ")
    assert told.endswith("look, and write it in licenses.toml with a reason")


@pytest.mark.parametrize(
    "license_", ["MIT", "BSD", "LGPL-2.1-or-later", "GNU Lesser General Public License v3 (LGPLv3)", "ZPL 2.1"]
)
def test_other_licenses_are_fine(license_):
    assert problems(*([each] if isinstance(each, Locked) else each for each in package("los", license_))) == []


def test_a_license_is_read_from_what_is_installed():
    assert license_of(Locked("flask", "", "", ()), {}) == "BSD-3-Clause"  # an expression
    assert license_of(Locked("scipy", "", "", ()), {}) == "BSD License"  # a class; the text is long


# Vulnerabilities


def answer(**skipped):
    seen = [
        {"name": "flask", "version": "3.0.0", "vulns": []},
        {"name": "jinja2", "version": "3.1.2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.3"]}]},
    ]
    return json.dumps({"dependencies": [*seen[: skipped.pop("n")], *skipped.values()], "fixes": []})


def test_where_all_was_looked_up_and_nothing_found_it_says_of_how_many():
    found = read_answer(answer(n=1))
    assert (found.vulnerable, found.why) == ((), "")
    assert str(found) == "Vulnerabilities: 1 packages looked up, none known."


def test_a_vulnerability_is_named_with_the_version_that_mends_it():
    found = read_answer(answer(n=2))
    assert found.vulnerable == ("jinja2 3.1.2: PYSEC-1, mended in 3.1.3",)
    assert "none known" not in str(found)


@pytest.mark.parametrize("text", ["", "No known vulnerabilities found", "{}", "[]", '{"dependencies": []}', "null"])
def test_who_could_not_look_does_not_say_that_there_is_nothing(text):
    found = read_answer(text)
    assert found.n_looked_up == 0
    assert str(found).startswith("Vulnerabilities NOT CHECKED: ")
    assert "none known" not in str(found)


def test_a_service_that_knows_no_package_has_not_been_asked_anything():
    found = read_answer(answer(n=0, a={"name": "flask", "skip_reason": "not found"}))
    assert str(found).startswith(
        "Vulnerabilities NOT CHECKED: 1 of 1 packages, of which the service says nothing (flask"
    )
    assert "looked up" not in str(found)


def test_what_was_not_looked_up_is_told_beside_what_was():
    found = read_answer(answer(n=1, a={"name": "eigen", "skip_reason": "not found"}))
    assert [line.partition(":")[0] for line in str(found).splitlines()] == [
        "Vulnerabilities", "Vulnerabilities NOT CHECKED",
    ]  # fmt: skip


def test_the_search_itself_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(vulnerabilities, "why_silent", lambda: "")
    monkeypatch.setattr(vulnerabilities, "LONGEST_S", 0.01)
    assert "did not answer within 0.01 seconds" in str(audit(LOCK))


def test_where_the_service_is_silent_nobody_searches_and_it_says_why(monkeypatch):
    monkeypatch.setattr(vulnerabilities, "why_silent", lambda: "Name or service not known")
    monkeypatch.setattr("subprocess.run", None)
    told = str(audit(LOCK))
    assert told.startswith("Vulnerabilities NOT CHECKED: the Python Package Index does not answer (Name or service not")


def test_a_service_that_never_answers_is_waited_for_a_set_time(monkeypatch):
    monkeypatch.setattr(vulnerabilities, "PROBE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert why_silent(f"http://127.0.0.1:{silent.getsockname()[1]}/") == "not within 0.2 seconds"


def test_a_service_without_packages_and_one_that_is_not_there_are_silent_too(monkeypatch):
    monkeypatch.setattr(BaseHTTPRequestHandler, "log_message", lambda *_: None)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        assert why_silent(f"http://127.0.0.1:{server.server_port}/").startswith("HTTP Error 501")
        thread.join()
    assert "refused" in why_silent(f"http://127.0.0.1:{server.server_port}/")


# The bill of materials


@pytest.fixture(scope="module")
def text():
    return bill_of_materials(ROOT / "pyproject.toml", read_lock(LOCK), read_reviewed())


def test_the_bill_of_materials_is_valid_cyclonedx(text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert (json.loads(text)["bomFormat"], json.loads(text)["specVersion"]) == ("CycloneDX", "1.6")


def test_it_has_what_the_lock_file_has_and_nothing_else(text):
    parts = json.loads(text)["components"]
    assert sorted((part["name"], part["version"]) for part in parts) == sorted(
        (each.name, each.version) for each in read_lock(LOCK)
    )
    hashes = {(part["name"], part["version"]): {each["content"] for each in part["hashes"]} for part in parts}
    assert hashes == {(each.name, each.version): {*each.hashes} for each in read_lock(LOCK)}
    assert all(part["licenses"] for part in parts)
    markers = {part["version"]: part["properties"] for part in parts if part["name"] == "numpy"}
    assert len(markers) == 2


def test_it_says_of_what_it_is_the_list_and_what_that_asks_for_itself(text):
    bom = json.loads(text)
    own = bom["metadata"]["component"]
    assert (own["name"], own["licenses"]) == ("themawijzer", [{"license": {"id": "EUPL-1.2"}}])
    needed = {each["ref"]: each.get("dependsOn", []) for each in bom["dependencies"]}[own["bom-ref"]]
    assert {"flask", "numpy", "waitress"} < {re.split("[/@]", each)[1] for each in needed}
    assert not any("werkzeug" in each for each in needed)


def test_it_has_the_same_bytes_each_time_and_tells_nothing_of_where_it_was_made(text):
    assert bill_of_materials(ROOT / "pyproject.toml", read_lock(LOCK), read_reviewed()) == text
    assert re.findall(r"https?://[^\"]+", text) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
    assert not any(word in text for word in ("timestamp", "serialNumber", "/home", str(ROOT)))
