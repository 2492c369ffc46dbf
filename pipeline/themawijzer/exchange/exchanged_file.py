"""Which files of other coding programs can be read, and reading them."""

from pathlib import Path, PurePosixPath

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import CodedProject, Keys
from themawijzer.exchange.doccano import EVERYBODY, read_doccano
from themawijzer.exchange.json_records import read_records
from themawijzer.exchange.label_studio import is_label_studio, read_label_studio
from themawijzer.exchange.members import read_archive
from themawijzer.exchange.refi_qda import read_refi_qda

_JSON = (".json", ".jsonl", ".json1", ".ndjson")
ENDINGS = (".qdpx", *_JSON, ".zip")


def is_exchanged(path: Path) -> bool:
    """Whether a file of this name comes from another coding program, and is no table."""
    return path.suffix.lower() in ENDINGS


def read_exchanged(path: Path, keys: Keys) -> CodedProject:
    """The texts and codes of a file; raises InputError, with where it is, for what cannot be read."""
    if not path.is_file():
        raise InputError("this file does not exist", file=path, expected="Give the path of a file.")
    if path.suffix.lower() == ".qdpx":
        _refuse_coder(path, keys)
        return read_refi_qda(path, keys)
    if path.suffix.lower() == ".zip":
        return read_doccano(path, _files_in_archive(path), keys)
    records = read_records(path, path.read_bytes())
    if not records:
        raise InputError("this file is empty", file=path, expected="An object per text.")
    if is_label_studio(records[0][1]):
        _refuse_coder(path, keys)
        return read_label_studio(path, records, keys)
    return read_doccano(path, {"": records}, keys)


def _refuse_coder(path: Path, keys: Keys) -> None:
    if keys.coder:
        raise InputError("this file says itself who coded", file=path, expected="Leave --coder-column out.")


def _files_in_archive(path: Path) -> dict[str, list[tuple[str, dict[str, object]]]]:
    """By user the objects of each file, as doccano packs them."""
    with read_archive(path) as archive:
        names = [name for name in archive.names if PurePosixPath(name).suffix.lower() in _JSON]
        files = {PurePosixPath(name).stem: read_records(path / name, archive.read(name)) for name in names}
    if not any(files.values()):
        expected = "An archive of doccano, with a .jsonl or .json file per user; unpack others first."
        raise InputError("there are no labeled texts in this archive", file=path, expected=expected)
    return {"" if user == EVERYBODY else user: records for user, records in files.items()}
