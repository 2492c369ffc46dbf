"""Files that tests write, and what is read of them."""

import pytest

from themawijzer.errors import InputError
from themawijzer.tables.described import label_texts
from themawijzer.tables.table import read_table


def put(folder, content, name="survey.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(path, **options):
    frame = read_table(path, **options).frame
    return [list(frame.columns), *frame.values.tolist()]


def refusal(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(path, **options)
    return caught.value


def question_texts(table):
    """By column, where its file has one."""
    return {name: about.label for name, about in table.described.items() if about.label}


def value_labels(table):
    """By column and text of the value, where its file has any."""
    return {name: label_texts(about) for name, about in table.described.items() if about.value_labels}
