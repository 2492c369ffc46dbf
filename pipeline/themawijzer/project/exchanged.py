"""Take in what people coded in another program: every coder, with codes, definitions and parents."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import CodedProject, CodedText, Keys, Mark
from themawijzer.exchange.exchanged_file import read_exchanged
from themawijzer.exchange.guids import guid
from themawijzer.project.placing import PlacedText, place_texts
from themawijzer.project.project import Project
from themawijzer.project.returning import ImportResult, add_new, all_or_nothing
from themawijzer.survey.annotations import Annotation, Stream, is_stream, lines_of, now, require_coder
from themawijzer.survey.codebook import NONE_APPLIES, Codebook, Codeframe, slug
from themawijzer.survey.edits import CodeNotes, add_codeframe_to_question, add_codes, name_codes
from themawijzer.survey.known_labels import UNCLEAR, KnownLabels
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import plain_label

_OTHER_CODES = "codings with codes outside this codeframe"
_IS_QUESTION = "codings with a code that only says which question was answered"
_OTHER_QUESTIONS = "codings of answers to another question"


@dataclass(frozen=True, kw_only=True)
class WantedCodings:
    """What the file does not say itself, or of what it has more than is wanted; None: what it says."""

    keys: Keys
    codeframe_id: str | None = None
    question: Question | None = None
    coder: str | None = None
    stream: Stream = "import"
    empty_means_none: bool = False


@dataclass(frozen=True, kw_only=True)
class CoderResult(ImportResult):
    """What was added of one coder, who is called `user` in the file."""

    user: str
    coder: str
    n_none: int
    n_random: int
    n_unknown_respondents: int


@dataclass(frozen=True, kw_only=True)
class ExchangedResult:
    """What was added, coder by coder, and what was left out, by what it is."""

    coders: list[CoderResult]
    codebook_file: Path
    new_codes: list[str]
    n_not_coded: int
    not_taken: Counter[str]


@dataclass(frozen=True)
class _Codes:
    """What the keys of the file mean in one codeframe: code ids, and None for `geen`."""

    codeframe_id: str
    ids: dict[str, str | None]
    labels: dict[str, str]  # label to id
    told: dict[str, CodeNotes]
    known: KnownLabels


def take_in(project: Project, file: Path, wanted: WantedCodings) -> ExchangedResult:
    """What was appended to the annotations of every coder in the file; after an error nothing has changed."""
    coded = _without_questions(read_exchanged(file, wanted.keys), project)
    names = _coder_names(coded, wanted.coder, project)
    not_taken = coded.not_taken.copy()
    answers = _answers(project, coded, wanted, not_taken)
    parts = [_name(coded, project, *part) for part in _codeframes(coded, project, wanted.codeframe_id).items()]
    taken = {key for part in parts for key in part.ids}
    marks = [mark for own in answers.values() for placed in own for mark in placed.marks]
    not_taken[_OTHER_CODES] += sum(mark.code is not None and mark.code not in taken for mark in marks)
    _refuse_doubles(file, answers)
    survey_file, codebook_file = project.folders.survey / "survey.toml", project.folders.codebook
    with all_or_nothing(project, names.values()):
        codebook = project.codebook
        for part in parts:
            codebook = add_codes(codebook_file, part.codeframe_id, part.labels, told=part.told)
        made = _Made(project, wanted, codebook, f"{file}", says_done=any(mark.code is None for mark in marks))
        for question_id, part in _asked(project, answers, parts, wanted.codeframe_id):
            add_codeframe_to_question(survey_file, question_id, part.codeframe_id)
            made.add(question_id, answers[question_id], part, names)
        if wanted.stream == "random":
            _refuse_open(project, file, made.open)
        earlier = [found for part in parts for found in part.known.tell_earlier(part.labels)]
        results = [
            CoderResult(
                **vars(add_new(project, own, codebook, names[user], earlier_labels=earlier)),
                user=user,
                coder=names[user],
                n_none=sum(not annotation.codes for annotation in own),
                n_random=sum(annotation.stream == "random" for annotation in own),
                n_unknown_respondents=made.n_unknown[user],
            )
            for user, own in made.by_user.items()
        ]
    return ExchangedResult(
        coders=results,
        codebook_file=codebook_file,
        new_codes=_new_codes(project.codebook, codebook),
        n_not_coded=len(made.open),
        not_taken=+not_taken,
    )


def _asked(
    project: Project, answers: Mapping[str, Iterable[PlacedText]], parts: Iterable[_Codes], given: str | None
) -> Iterator[tuple[str, _Codes]]:
    """The questions with the codeframes in which their answers are coded, in the file or as the survey asks."""
    asked = {question.id: question.codeframes for question in project.survey.questions}
    for question_id, placed in answers.items():
        used = {mark.code for answer in placed for mark in answer.marks}
        for part in parts:
            if given is not None or part.codeframe_id in asked[question_id] or not used.isdisjoint(part.ids):
                yield question_id, part


def _new_codes(before: Codebook, after: Codebook) -> list[str]:
    had = {(codeframe.id, code) for codeframe in before.codeframes for code in codeframe.code_ids}
    found = [(codeframe.id, code) for codeframe in after.codeframes for code in codeframe.code_ids]
    return [code for codeframe_id, code in found if (codeframe_id, code) not in had]


def _without_questions(coded: CodedProject, project: Project) -> CodedProject:
    """The project without codes that say only which question an answer is to, as programs give every answer one.

    Such a code is called like the question, and is on every text that has a code.
    """
    called = {plain_label(name) for question in project.survey.questions for name in (question.text, question.column)}
    coded_texts = [{mark.code for mark in text.marks} for text in coded.texts if any(mark.code for mark in text.marks)]
    found = {
        key
        for key, code in coded.codes.items()
        if not code.is_folder and plain_label(code.name) in called and all(key in codes for codes in coded_texts)
    }
    if not found or not coded_texts:
        return coded
    left = sum(mark.code in found for text in coded.texts for mark in text.marks)
    return replace(
        coded,
        codes={key: replace(code, is_folder=code.is_folder or key in found) for key, code in coded.codes.items()},
        texts=[replace(text, marks=[mark for mark in text.marks if mark.code not in found]) for text in coded.texts],
        not_taken=coded.not_taken + Counter({_IS_QUESTION: left}),
    )


def _coder_names(coded: CodedProject, given: str | None, project: Project) -> dict[str, str]:
    """What every user of the file is called here, all safe as names of files, and no two the same."""
    users, folder = coded.coders, project.folders.annotations
    if given is not None and len(users) > 1:
        expected = f"Leave --coder out: {len(users)} people coded in this file, and it says which codes are whose."
        raise InputError("this file has several coders", file=coded.path, expected=expected)
    names: dict[str, str] = {}
    for user in users:
        name = given or _safe(user)
        taken = {other.lower() for other in names.values()}
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{_safe(user)[:46]}-{number}"
        require_coder(name, folder)
        names[user] = name
    return names


def _safe(user: str) -> str:
    """The name with - for what no file can have in its name; `import` for somebody without one."""
    allowed = "".join(character if character.isalnum() or character in "_ .-" else "-" for character in user)
    return allowed[:50].strip("-. ") or "import"


def _answers(
    project: Project, coded: CodedProject, wanted: WantedCodings, not_taken: Counter[str]
) -> dict[str, list[PlacedText]]:
    """By question the answers in the file."""
    by_id = {question.id: question for question in project.survey.questions}
    texts: dict[str, list[CodedText]] = {}
    for text in coded.texts:
        own = text.question if text.question in by_id else wanted.question.id if wanted.question else None
        if own is None:
            expected = f"Give one with --question: {', '.join(by_id)}."
            problem = "this survey has more than one question"
            raise InputError(problem, file=project.folders.survey / "survey.toml", expected=expected)
        if wanted.question and own != wanted.question.id and len(by_id) > 1:
            not_taken[_OTHER_QUESTIONS] += sum(mark.code is not None for mark in text.marks)
            continue
        texts.setdefault(own, []).append(text)
    answers = {}
    for question_id, own_texts in texts.items():
        placed, left = place_texts(own_texts, coded.path, project, by_id[question_id])
        not_taken.update(left)
        answers[question_id] = [answer for answer in placed if answer.text.strip()]
    return answers


def _codeframes(coded: CodedProject, project: Project, given: str | None) -> dict[str, list[str]]:
    """By codeframe the keys of its codes: those in a folder that is called so, else all that are in no such folder.

    Raises InputError where it is not clear to which codeframe they belong.
    """
    folders = {key: code for key, code in coded.codes.items() if code.is_folder and code.parent is None}
    called = {plain_label(own.label): own.id for own in project.codebook.codeframes}
    ours = {guid(project.folders.name, "codeframe", own): own for own in project.codebook.codeframe_ids}
    known = {*project.codebook.codeframe_ids, given}
    found: dict[str, str] = {}
    for key, folder in folders.items():
        own = ours.get(key) or called.get(plain_label(folder.name)) or slug(folder.name)
        if own in known:
            found[key] = own
    tops = {key: coded.top(key) for key, code in coded.codes.items() if not code.is_folder}
    used = {mark.code for text in coded.texts for mark in text.marks if mark.code}
    if given is not None and given not in found.values():
        if coded.are_apart and len(folders) > 1:
            expected = f"Give one with --labels-column: {', '.join(folder.name for folder in folders.values())}."
            raise InputError("people chose in several controls", file=coded.path, expected=expected)
        free = [key for key, top in tops.items() if top not in found]
        return {given: free or list(tops)}
    if given is None and any(tops.get(key) not in found for key in used):
        expected = "Give --codeframe; one that is new is made."
        raise InputError("the codes belong to no codeframe yet", file=coded.path, expected=expected)
    parts: dict[str, list[str]] = {}
    for key, top in tops.items():
        if top in found and given in (None, found[top]):
            parts.setdefault(found[top], []).append(key)
    if not parts:
        raise InputError("nobody coded anything in this file", file=coded.path, expected="Export it with its codings.")
    return parts


def _name(coded: CodedProject, project: Project, codeframe_id: str, keys: list[str]) -> _Codes:
    """The ids of the codes with these keys: our own by GUID, others by their label."""
    is_known = codeframe_id in project.codebook.codeframe_ids
    codeframe = project.codebook.codeframe(codeframe_id) if is_known else Codeframe(id=codeframe_id, label=codeframe_id)
    known = KnownLabels(codeframe, project.changes)
    ours = {guid(project.folders.name, "code", codeframe_id, code): code for code in (*known.ids, NONE_APPLIES)}
    counts = Counter(plain_label(coded.codes[key].name) for key in keys)
    labels: dict[str, str] = {}
    for key in keys:
        code = coded.codes[key]
        above = f"{coded.codes[code.parent].name}: " if code.parent and counts[plain_label(code.name)] > 1 else ""
        labels[key] = ours.get(key) or above + code.name
        if not labels[key].strip() or len(found := known.find(labels[key])) > 1:
            problem = (
                f"this label is of several codes: {', '.join(found)}" if labels[key].strip() else "a code has no name"
            )
            raise InputError(problem, file=coded.path, column=labels[key], expected=UNCLEAR)
    is_none = {key for key in keys if plain_label(coded.codes[key].name) == NONE_APPLIES}
    names = name_codes([label for key, label in labels.items() if key not in is_none], codeframe, project.changes)
    ids = {key: None if key in is_none else names[label] for key, label in labels.items()}
    retired = project.changes.retired(codeframe_id)
    told = {}
    for key, code_id in ids.items():
        if code_id:
            parent = coded.codes[key].parent
            while parent and not ids.get(parent):
                parent = coded.codes[parent].parent
            above_it = ids[parent] if parent else None
            told[code_id] = CodeNotes(coded.codes[key].definition, None if above_it in retired else above_it)
    return _Codes(codeframe_id, ids, names, told, known)


class _Made:
    """The annotations by user; `says_done` of a file that tells which coder was done with an answer without codes."""

    def __init__(self, project: Project, wanted: WantedCodings, codebook: Codebook, file: str, *, says_done: bool):
        self._wanted, self._version, self._file, self._says_done = wanted, codebook.version, file, says_done
        self._stored = {
            coder: {annotation.answered: annotation for annotation in own}
            for coder, own in project.stored_annotations.items()
        }
        self.by_user: dict[str, list[Annotation]] = {}
        self.n_unknown = Counter[str]()
        self.open: list[tuple[str, PlacedText]] = []  # by question, the answers that nobody coded

    def add(self, question_id: str, placed: Iterable[PlacedText], part: _Codes, names: Mapping[str, str]) -> None:
        """Add what every user decided about the answers in one codeframe."""
        for answer in placed:
            n_before = sum(map(len, self.by_user.values()))
            for user, coder in names.items():
                own = [mark for mark in answer.marks if mark.coder == user]
                given = [mark for mark in own if mark.code in part.ids]
                if given or (self._wanted.empty_means_none and (own or not self._says_done)):
                    made = self._annotation(question_id, answer, part, given or own)
                    self.by_user.setdefault(user, []).append(self._as_stored(made, coder))
                    self.n_unknown[user] += not answer.is_known
            if n_before == sum(map(len, self.by_user.values())):
                self.open.append((question_id, answer))

    def _annotation(self, question_id: str, answer: PlacedText, part: _Codes, marks: list[Mark]) -> Annotation:
        codes = {part.ids[mark.code] for mark in marks if mark.code in part.ids}
        if None in codes and len(codes) > 1:
            problem = f"{NONE_APPLIES} stands beside another code of the same coder"
            expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
            raise InputError(problem, file=f"{self._file}, {answer.place}", expected=expected)
        told = next((mark.stream for mark in marks if is_stream(mark.stream)), self._wanted.stream)
        return Annotation(
            respondent_id=answer.respondent_id,
            question=question_id,
            codeframe=part.codeframe_id,
            codes=frozenset(filter(None, codes)),
            text=answer.text,
            annotated_at=max((mark.at for mark in marks), default="") or now(),
            codebook_version=self._version,
            stream=told if self._wanted.stream == "import" else self._wanted.stream,
            note=" / ".join(dict.fromkeys(mark.note for mark in marks if mark.note)),
        )

    def _as_stored(self, made: Annotation, coder: str) -> Annotation:
        """The annotation, with what other programs do not keep as this coder's annotation of the answer has it."""
        stored = self._stored.get(coder.lower(), {}).get(made.answered)
        if stored is None:
            return made
        stream = stored.stream if made.stream == "import" else made.stream
        is_same = stored.codes == made.codes and made.note.split() in ([], stored.note.split())
        return replace(made, stream=stream, note=stored.note if is_same else made.note)


def _refuse_doubles(file: Path, answers: Mapping[str, Iterable[PlacedText]]) -> None:
    """Raise InputError where a coder coded the answer of one respondent at two places."""
    for placed in answers.values():
        seen: dict[tuple[object, ...], str] = {}
        for answer in placed:
            for coder in {mark.coder for mark in answer.marks}:
                other = seen.setdefault((answer.respondent_id, lines_of(answer.text), coder), answer.place)
                if other != answer.place:
                    problem = f"the answer of this respondent is also at {other}"
                    raise InputError(problem, file=f"{file}, {answer.place}", expected="Leave one of them out.")


def _refuse_open(project: Project, file: Path, open_ones: Iterable[tuple[str, PlacedText]]) -> None:
    """Raise InputError where nobody coded an answer that says something: what is left out makes it no random sample."""
    rules = project.survey.no_answers
    said = [answer for question_id, answer in open_ones if rules[question_id].says_something(answer.text)]
    if said:
        problem = f"nobody coded {len(said):,} answers of the random sample"
        expected = (
            "Give --empty-means none where that says that no code applies. Where it says that the answer was not "
            "coded, this is no random sample: import it without --random-sample."
        )
        raise InputError(problem, file=f"{file}, {said[0].place}", expected=expected)
