"""A small survey for tests of the page, and a browser that only asks and posts."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.test import Client, TestResponse

from themawijzer.annotation.desk import Desk
from themawijzer.annotation.web.app import create_app
from themawijzer.annotation.web.guards import Access
from themawijzer.commands.annotate import open_desk

SURVEY = """
title = "Vervoer <b>in</b> de stad"
responses = "responses.csv"
respondent_id = "nr"
background = ["provincie"]

[[question]]
id = "v1"
column = "wens"
text = "Wat wilt u?"
codeframes = ["thema", "toon"]

[[question]]
id = "v2"
column = "zorg"
text = "Wat zijn uw zorgen?"
codeframes = ["thema"]
"""
CODEBOOK = """
title = "Vervoer"
version = "1.0.0"

[[codeframe]]
id = "thema"
label = "Thema"
code = [
    { id = "ov", value = 1, label = "Openbaar vervoer", definition = "Alles met een dienstregeling." },
    { id = "trein", value = 2, label = "Trein", definition = "Over het spoor.", parent = "ov", include = ["ns"] },
    { id = "fiets", value = 3, label = "Fiets", definition = "Fietsen & stallen.", exclude = ["bromfiets: ov"] },
]

[[codeframe]]
id = "toon"
label = "Toon"
code = [{ id = "boos", value = 1, label = "Boos", definition = "Klaagt.", examples = ["schande!"] }]
"""
SCRIPT = "<script>alert(1)</script>"
WISHES = ["meer treinen", "veilige fietspaden", SCRIPT, "n.v.t.", "=1+1 trein", 'zij zei "ja"\nen nee', "te druk", ""]
WORRIES = ["de kosten", "gevaarlijk", "weet niet", "het spoor", "geen stalling", "lawaai", "te laat", "drukte"]
MOMENT = "2026-01-02T03:04:05Z"
PORT = 5000
HOME = f"http://127.0.0.1:{PORT}"


def make_survey(root: Path) -> Path:
    """A root with the survey `stad`, of eight respondents who answered two questions."""
    (root / "surveys/stad").mkdir(parents=True)
    (root / "annotations/stad").mkdir(parents=True)
    (root / "surveys/stad/survey.toml").write_text(SURVEY, encoding="utf-8")
    (root / "annotations/stad/codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    cells = [
        ",".join([f"{number:03d}", "Utrecht", *('"' + cell.replace('"', '""') + '"' for cell in answers)])
        for number, answers in enumerate(zip(WISHES, WORRIES, strict=True), start=1)
    ]
    lines = ["nr,provincie,wens,zorg", *cells]
    (root / "surveys/stad/responses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


@dataclass
class Visitor:
    """Somebody who opened the page of a coder; `desk` is that coder's."""

    root: Path
    coder: str = "codeur-1"
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = open_desk(self.root, "stad", self.coder)
        self.desk.clock = lambda: MOMENT
        self.access = Access(PORT)
        self.client = Client(create_app(self.desk, self.access))
        assert self.get(f"/?token={self.access.token}").status_code == 303

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=HOME, headers=headers, buffered=True)

    def see(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, fields: dict[str, object], **headers: str) -> TestResponse:
        return self.client.post(path, base_url=HOME, headers={"Origin": HOME} | headers, data=fields)

    def form(self, path: str) -> dict[str, object]:
        """What the form on a page holds before anything is chosen."""
        return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', self.see(path)))

    def file(self) -> str:
        path = self.root / f"annotations/stad/{self.coder}.csv"
        return path.read_text(encoding="utf-8") if path.exists() else ""
