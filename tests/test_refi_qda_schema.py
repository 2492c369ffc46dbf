"""Projects that we write are valid by the schema of REFI-QDA, which stands beside the tests under its MIT license."""

import io
import zipfile
from pathlib import Path

import pytest
import xmlschema
from test_qdpx_file import GIVEN, export, make, store

SCHEMA = Path(__file__).parent / "refi_qda" / "Project.xsd"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMA)


@pytest.mark.parametrize("options", [{}, {"coders": ["codeur-2"]}, {"codeframes": ["toon"]}])
def test_a_project_is_valid(tmp_path, schema, options):
    with zipfile.ZipFile(export(store(make(tmp_path), GIVEN), **options)) as archive:
        project = archive.read("project.qde")
    assert [error.reason for error in schema.iter_errors(io.BytesIO(project))] == []


def test_the_schema_refuses_what_is_no_project(schema):
    assert not schema.is_valid('<Project xmlns="urn:QDA-XML:project:1.0"/>')
