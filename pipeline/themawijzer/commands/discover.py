"""Propose new codes: groups of answers that have no code."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from themawijzer.autocoding.trained import extractor_of
from themawijzer.coding.codings import Status
from themawijzer.language.anonymity import Anonymity
from themawijzer.language.keywords import plain_words
from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.learning.clusters import Clusters, find_clusters
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.neighbors import Neighbors, chosen_texts
from themawijzer.learning.vocabulary import typical_words
from themawijzer.output.discovered import MIN_TEXTS, CodeProposal, Discovered, Member, write_discovered
from themawijzer.project.coded_dataset import CodedDataset, coded_blocks, read_coded
from themawijzer.project.naming import anonymity_of
from themawijzer.project.project import Progress, Project, open_project
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.respondents import Respondents
from themawijzer.survey.survey import Question

N_EXAMPLES = 5


def discover(root: Path, name: str, *, progress: Progress) -> list[Discovered]:
    """The proposals per question and codeframe, written in `coded/<survey>/discovered.json` and `.csv`.

    Raises InputError where the survey is not coded, or was changed since. Codeframes that the model has not learned
    are left out: there, a missing code says nothing.
    """
    project = open_project(root, name)
    coded = read_coded(project)
    extract, seed = extractor_of(project), project.survey.settings.seed
    blocks = [coded_block for coded_block in coded_blocks(project) if coded_block[1].id in coded.run.thresholds]
    done = progress("looking for groups", len(blocks))
    groups = {group for column in project.survey.background for group in coded.responses[column]}
    anonymity = anonymity_of(project, groups)
    found = []
    for question, codeframe in blocks:
        answers, typed = without_code(project, coded, question, codeframe), coded.responses[question.column]
        pool = chosen_texts(typed, project.kinds, [question.id])
        proposals, rest = _propose(answers, pool, extract, anonymity, seed=seed)
        found.append(Discovered(question.id, codeframe.id, proposals, rest))
        done(1)
    write_discovered(project.folders.coded, coded.sha256, found, coded.run.format.dialect)
    return found


def without_code(project: Project, coded: CodedDataset, question: Question, codeframe: Codeframe) -> list[Member]:
    """The Dutch answers without a code, which no coder gave one: none applies, or the model suggests none."""
    frame, given = coded.responses, coded.codings
    rows = (given["question"] == question.id) & (given["codeframe"] == codeframe.id)
    has_code = set(given.loc[rows, "respondent_id"])
    disputed = _disputed(project, coded, question, codeframe)
    columns = [project.survey.respondent_id, question.column, f"{question.block(codeframe.id)}_status"]
    found = []
    for respondent_id, text, status in zip(*(frame[column] for column in columns), strict=True):
        is_without = status == Status.NONE_APPLIES or (status == Status.REVIEW and respondent_id not in has_code)
        if is_without and respondent_id not in disputed and kind_of(text, question.no_answers) is AnswerKind.TEXT:
            found.append(Member(respondent_id, text))
    return found


def _disputed(project: Project, coded: CodedDataset, question: Question, codeframe: Codeframe) -> set[str]:
    """The respondents about whose answer coders disagree."""
    ids, answers = coded.responses[project.survey.respondent_id], coded.responses[question.column]
    disputed = {
        unit: gold.text
        for unit, gold in project.gold.items()
        if gold.disputed and (unit.question, unit.codeframe) == (question.id, codeframe.id)
    }
    respondents = Respondents({question.id: dict(zip(ids, answers, strict=True))})
    return {unit.respondent_id for unit in respondents.locate(disputed)}


def _propose(
    answers: Sequence[Member], pool: Sequence[str], extract: FeatureExtractor, anonymity: Anonymity, *, seed: int
) -> tuple[list[CodeProposal], list[Member]]:
    """The proposals and the rest. Answers that read the same count once for the groups, and all for their sizes."""
    distinct = {answer.key: answer.text for answer in reversed(answers)}
    order = sorted(distinct)
    if len(order) < MIN_TEXTS:
        return [], list(answers)
    texts = [distinct[key] for key in order]
    neighbors = Neighbors().fit(extract.encode(pool))
    vectors = neighbors.transform(extract.encode(texts))
    clusters = find_clusters(vectors, seed=seed)
    place = dict(zip(order, clusters.labels.tolist(), strict=True))
    numbers = range(len(clusters.stability))
    groups = [[answer for answer in answers if place[answer.key] == number] for number in numbers]
    rest = [answer for answer in answers if place[answer.key] < 0]
    words = _words([*groups, rest], extract, anonymity)
    central = _central(clusters, texts)
    proposals = [
        CodeProposal(own, float(stability), examples, group)
        for own, stability, examples, group in zip(words[:-1], clusters.stability, central, groups, strict=True)
    ]
    return sorted(proposals, key=lambda proposal: -len(proposal.members)), rest


def _words(groups: Sequence[Sequence[Member]], extract: FeatureExtractor, anonymity: Anonymity) -> list[list[str]]:
    """The typical words of each group, none of which may name anybody."""
    topics = [extract.tokenizer.topics(member.text for member in group) for group in groups]
    found = [[word for words in topic for word in words] for topic in topics]
    texts = (member.text for group in groups for member in group)
    plain = plain_words({word for words in found for word in words}, texts, anonymity)
    return typical_words([[word for word in words if word in plain] for words in found])


def _central(clusters: Clusters, texts: Sequence[str]) -> list[list[str]]:
    """Per group the texts nearest to its center."""
    nearest_first = np.argsort(-clusters.nearness, kind="stable").tolist()
    return [
        [texts[row] for row in nearest_first if clusters.labels[row] == number][:N_EXAMPLES]
        for number in range(len(clusters.stability))
    ]
