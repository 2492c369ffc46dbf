"""The bill of materials of a release (SBOM): what is needed at run time, as CycloneDX 1.6 in JSON."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from dependencies.licenses import license_of
from dependencies.locked import Locked


def bill_of_materials(pyproject: Path, packages: Iterable[Locked], reviewed: Mapping[str, str]) -> str:
    """The text of the file: the same lock file gives the same bytes. Several hashes are of several files."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    own = _component(project["name"], project["version"], project["license"], ComponentType.APPLICATION)
    parts = {package: _part(package, license_of(package, reviewed)) for package in packages}
    bom = Bom(components=parts.values())
    bom.metadata.component = own
    bom.metadata.timestamp = bom.serial_number = None  # type: ignore[assignment]  # both may be left out
    needed = {re.split(r"[<>=;\[ ]", line, maxsplit=1)[0] for line in project["dependencies"]}
    bom.register_dependency(own, [part for package, part in parts.items() if package.name in needed])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _part(package: Locked, license_: str) -> Component:
    part = _component(package.name, package.version, license_, ComponentType.LIBRARY)
    part.hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes]
    if package.marker:
        part.properties = [Property(name="themawijzer:marker", value=package.marker)]
    return part


def _component(name: str, version: str, license_: str, kind: ComponentType) -> Component:
    url = PackageURL("pypi", None, name, version)
    licenses = [LicenseFactory().make_from_string(license_)] if license_ else []
    return Component(name=name, version=version, type=kind, purl=url, bom_ref=str(url), licenses=licenses)
