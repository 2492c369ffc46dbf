"""Compare two waves of the same question: what really changed, and what was only coded otherwise."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from themawijzer.autocoding.audits import find_skipped, lacks_silent
from themawijzer.autocoding.waves import WaveAnswers, WaveSurvey, counted_answers, open_side, predictions, wave
from themawijzer.coding.cell_shares import MIN_AUDIT
from themawijzer.coding.comparison import Comparison, Interval, compare
from themawijzer.coding.estimation import Estimate
from themawijzer.coding.numbers import Figure
from themawijzer.errors import InputError
from themawijzer.files import write_whole
from themawijzer.language.keywords import plain_words
from themawijzer.learning.vocabulary import shifted_words
from themawijzer.output.report.rendering import render_waves
from themawijzer.output.wave_tables import CodeChange, Sizes, Waves, WaveSection, WordChange, write_comparison
from themawijzer.project.naming import anonymity_of
from themawijzer.project.project import Progress, Project, find_question, open_project
from themawijzer.survey.comparability import Comparable, Obstacle, comparable_codes, match_questions, tell_obstacles
from themawijzer.survey.configuration import line_of
from themawijzer.survey.survey import Question

Pair = tuple[Question, Question]
WaveSurveys = tuple[WaveSurvey, WaveSurvey]
Projects = tuple[Project, Project]
HOW_TO_PAIR = "--question v1=v3, the first survey's id first"
MIN_ANSWERS = 5  # that a word must be in, in both waves together; of rarer ones chance explains everything


@dataclass(frozen=True)
class CompareResult:
    """What changed, and the files that hold it."""

    waves: Waves
    files: list[Path]


def compare_waves(
    root: Path, first: str, second: str, *, questions: Sequence[str] = (), progress: Progress
) -> CompareResult:
    """Write `coded/<second>/compare_<first>.csv`, `compare_<first>_words.csv` and `compare_<first>.html`.

    `questions` pair ids where texts differ, as `v1=v3`; without them the questions with the same text are compared.
    Raises InputError or ModelError where a wave is not there, has no model, or shares no code with the other.
    """
    projects = open_project(root, first), open_project(root, second)
    if first == second:
        raise InputError(f"{first} cannot be compared with itself", file=projects[0].folders.survey)
    pairs = _paired(projects, questions) if questions else match_questions(projects[0].survey, projects[1].survey)
    _require_one_base(projects, pairs)
    books = projects[0].codebook, projects[1].codebook
    found = [
        (pair, comparable_codes(books[0].codeframe(codeframe), books[1].codeframe(codeframe)))
        for pair in pairs
        for codeframe in pair[0].codeframes
        if codeframe in pair[1].codeframes
    ]
    _require_codes(projects, pairs, [comparable for _, comparable in found])
    sides = open_side(projects[0]), open_side(projects[1])
    n_answers = sum(len(side.responses) for side in sides)
    advance = progress("coding both waves twice", 2 * n_answers * len(found))
    sections = [_section(sides, pair, _measurable(sides, pair, comparable), advance) for pair, comparable in found]
    words = list(_word_changes(sides, pairs))
    titles = (projects[0].survey.title, projects[1].survey.title)
    waves = Waves((first, second), titles, sections, words, _unmatched(projects, pairs))
    page = projects[1].folders.coded / f"compare_{first}.html"
    files = [*write_comparison(page.parent, waves), page]
    write_whole(page, render_waves(waves))
    return CompareResult(waves, files)


def _paired(projects: Projects, questions: Sequence[str]) -> list[Pair]:
    """The questions that the user says are the same."""
    pairs = []
    for question in questions:
        ids = question.split("=") if "=" in question else [question, question]
        if len(ids) != 2:
            problem = f"{question} is no pair of questions"
            raise InputError(problem, file=projects[1].folders.survey, expected=f"Pair them: {HOW_TO_PAIR}.")
        pairs.append((find_question(projects[0], ids[0]), find_question(projects[1], ids[-1])))
    return pairs


def _require_one_base(projects: Projects, pairs: Sequence[Pair]) -> None:
    """Raise InputError where the waves count other answers: their shares differ by that alone."""
    files = [project.folders.survey / "survey.toml" for project in projects]
    for pair in pairs:
        if pair[0].no_answers.phrases != pair[1].no_answers.phrases:
            said = [f"{own.id} in {file}" for own, file in zip(pair, files, strict=True)]
            problem = f"other answers say nothing to {said[0]} than to {said[1]}, by `no_answer` or the question's text"
            raise InputError(
                problem, file=files[1], expected="Give both questions the same `no_answer`, and code again."
            )
        if pair[0].no_answers.are_answers != pair[1].no_answers.are_answers:
            said = [f'base = "{own.base}" of {own.id} in {file}' for own, file in zip(pair, files, strict=True)]
            problem = f"the waves count other answers: {said[0]}, and {said[1]}"
            raise InputError(
                problem, file=files[1], expected="Give both questions the same `base`, and classify again."
            )


def _require_codes(projects: Projects, pairs: Sequence[Pair], comparables: Sequence[Comparable]) -> None:
    if not pairs:
        expected = f"Questions are compared when their text is the same; else pair them: {HOW_TO_PAIR}."
        file = projects[1].folders.survey / "survey.toml"
        raise InputError("no question stands in both surveys", file=file, expected=expected)
    if not comparables:
        raise _without_codeframes(projects, pairs)
    if not any(comparable.codes for comparable in comparables):
        books = [project.folders.codebook for project in projects]
        left_out = [comparable for comparable in comparables if comparable.left_out]
        reasons = [f"{comparable.second.id}: {tell_obstacles(comparable.left_out)}." for comparable in left_out]
        if any(Obstacle.UNDEFINED in comparable.left_out.values() for comparable in left_out):
            reasons.append(f"Write the definitions in {books[0]} and in {books[1]}, the same in both.")
        expected = "\n".join(reasons) or "Their codeframes have no codes yet."
        problem = f"no code means the same in both codebooks, this one and {books[0]}"
        raise InputError(problem, file=books[1], expected=expected)


def _without_codeframes(projects: Projects, pairs: Sequence[Pair]) -> InputError:
    """What is wrong where no pair of questions shares a codeframe: survey.toml of a wave names none, or others."""
    files = [project.folders.survey / "survey.toml" for project in projects]
    for own, other in ((1, 0), (0, 1)):
        if bare := [pair for pair in pairs if not pair[own].codeframes]:
            known, there = projects[own].codebook.codeframe_ids, bare[0][other].codeframes
            names = json.dumps([name for name in known if name in there or not there] or ["…"], ensure_ascii=False)
            problem = f"no codeframes at {', '.join(pair[own].id for pair in bare)}, so no code can be compared"
            expected = f"Name them under each of these questions, as in the other wave: codeframes = {names}"
            return InputError(problem, file=files[own], line=_line(projects[own], bare[0][own]), expected=expected)
    first, second = pairs[0]
    said = [", ".join(question.codeframes) for question in pairs[0]]
    problem = f"question {second.id} has other codeframes ({said[1]}) than {first.id} in {files[0]} ({said[0]})"
    expected = "Give both the same codeframes, with the same ids in both codebooks."
    return InputError(problem, file=files[1], line=_line(projects[1], second), expected=expected)


def _line(project: Project, question: Question) -> int | None:
    """The line of survey.toml where the question has its codeframes, or else begins."""
    text = (project.folders.survey / "survey.toml").read_text(encoding="utf-8-sig")
    return line_of(text, ("question", project.survey.question_ids.index(question.id), "codeframes"))


def _measurable(sides: WaveSurveys, pair: Pair, comparable: Comparable) -> Comparable:
    """Without codes where a model has not learned the codeframe, or the random sample is none any more."""
    if any(comparable.second.id not in side.model.classifiers for side in sides):
        obstacle = Obstacle.NOT_LEARNED
    elif any(side.project.undecided_sample[comparable.second.id] for side in sides):
        obstacle = Obstacle.WAITING
    elif any(_is_of_other_base(*side, comparable.second.id) for side in zip(sides, pair, strict=True)):
        obstacle = Obstacle.OTHER_BASE
    elif any(_is_skipped(side, comparable.second.id) for side in sides):
        obstacle = Obstacle.SKIPPED
    else:
        return comparable
    return replace(comparable, codes=[], left_out=comparable.left_out | dict.fromkeys(comparable.codes, obstacle))


def _is_skipped(side: WaveSurvey, codeframe_id: str) -> bool:
    codeframe = side.project.codebook.codeframe(codeframe_id)
    found = find_skipped(
        side.project, side.model, side.extract, codeframe, responses=side.responses, located=side.located
    )
    return found is not None


def _is_of_other_base(side: WaveSurvey, question: Question, codeframe: str) -> bool:
    answers = counted_answers(side, question, codeframe)
    drawn = [gold.text for gold in answers.gold if gold is not None and gold.is_random]
    return bool(answers.n_left) and lacks_silent(question.no_answers, drawn, answers.texts)


def _section(sides: WaveSurveys, pair: Pair, comparable: Comparable, advance: Callable[[int], None]) -> WaveSection:
    codes = list(_code_changes(sides, pair, comparable, advance)) if comparable.codes else []
    ids = (pair[0].id, pair[1].id)
    return WaveSection(ids, pair[1].text, comparable.second.id, comparable.second.label, codes, comparable.left_out)


def _code_changes(
    sides: WaveSurveys, pair: Pair, comparable: Comparable, advance: Callable[[int], None]
) -> Iterator[CodeChange]:
    """Every comparable code of one codeframe in both waves."""
    codeframe, codes = comparable.second.id, comparable.codes
    answers = [counted_answers(side, question, codeframe) for side, question in zip(sides, pair, strict=True)]
    waves = []
    for place, answer in enumerate(answers):
        advance(2 * (len(sides[place].responses) - len(answer.texts)))  # those that say nothing
        said = [predictions(side, codeframe, codes, answer, advance) for side in sides]
        waves.append(wave(answer, codes, (said[0], said[1]), place))
    sizes = _sizes(answers[0], sides[0]), _sizes(answers[1], sides[1])
    ids, labels = (pair[0].id, pair[1].id), comparable.second.labels
    changes = [CodeChange(ids, codeframe, code, labels[code], sizes) for code in codes]
    is_refused = any(size.needed for size in sizes)
    yield from changes if is_refused else _with_figures(changes, compare(waves[0], waves[1]))


def _sizes(answers: WaveAnswers, side: WaveSurvey) -> Sizes:
    """No more are needed than are left to code; of very few answers nothing is ever told."""
    n, n_random = len(answers.texts), answers.n_random
    if n < side.project.survey.settings.min_cell:
        return Sizes(n, n_random, max(MIN_AUDIT - n_random, 1))
    needed = min(max(min(MIN_AUDIT, n) - n_random, 0), answers.n_left)
    return Sizes(n, n_random, needed, is_counted=not answers.n_left)


def _with_figures(changes: Sequence[CodeChange], found: Comparison) -> Iterator[CodeChange]:
    first, second = _figures(found.first), _figures(found.second)
    parts = (_figures(interval) for interval in (found.total, found.real, found.recoding))
    for change, *shares, total, real, recoding in zip(changes, first, second, *parts, strict=True):
        yield replace(change, shares=(shares[0], shares[1]), difference=total, real=real, recoding=recoding)


def _figures(found: Estimate | Interval) -> list[Figure]:
    value = found.share if isinstance(found, Estimate) else found.value
    rows = np.column_stack([value, found.low, found.high]).tolist()
    return [Figure() if np.isnan(row).any() else Figure(*row) for row in rows]


def _word_changes(sides: WaveSurveys, pairs: Sequence[Pair]) -> Iterator[WordChange]:
    """The words of which chance does not explain that they came up more, or less, and that may name nobody."""
    shifts = shifted_words([(_topics(sides, pair, 0), _topics(sides, pair, 1)) for pair in pairs], least=MIN_ANSWERS)
    groups = {
        group for side in sides for column in side.responses.survey.background for group in side.responses.cells(column)
    }
    anonymity = anonymity_of(sides[1].project, groups)
    for pair, own in zip(pairs, shifts, strict=True):
        typed = (text for place in (0, 1) for text in _typed(sides, pair, place))
        plain = plain_words({shift.word for shift in own}, typed, anonymity)
        for shift in (shift for shift in own if shift.word in plain):
            yield WordChange((pair[0].id, pair[1].id), shift.word, (shift.n_first, shift.n_second), shift.z)


def _topics(sides: WaveSurveys, pair: Pair, place: int) -> list[list[str]]:
    """What the answers of a wave are about that say something; both in the words of the second wave's model."""
    return list(sides[1].extract.tokenizer.topics(_typed(sides, pair, place)))


def _typed(sides: WaveSurveys, pair: Pair, place: int) -> Iterator[str]:
    """The answers of a wave that say something."""
    return filter(pair[place].no_answers.says_something, sides[place].responses.cells(pair[place].column))


def _unmatched(projects: Projects, pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    """The questions of both surveys that are not compared."""
    used = [{question.id for question in questions} for questions in zip(*pairs, strict=True)]
    first, second = (
        [name for name in project.survey.question_ids if name not in names]
        for project, names in zip(projects, used, strict=True)
    )
    return first, second
