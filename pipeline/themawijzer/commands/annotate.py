"""Open the page on which one coder labels the answers of a survey."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from themawijzer.annotation.desk import Claims, Desk
from themawijzer.annotation.journal import Journal
from themawijzer.annotation.proposals import ProposalFiles
from themawijzer.annotation.queue import Queue
from themawijzer.annotation.snapshot import Snapshots
from themawijzer.annotation.web.app import create_app, listen, serve
from themawijzer.annotation.web.guards import Access
from themawijzer.files import locked
from themawijzer.project.project import find_folders, require_codeframes
from themawijzer.survey.annotations import require_coder
from themawijzer.survey.changes import CodeLabel, labels_of, remember_labels
from themawijzer.survey.codebook import read_codebook

if TYPE_CHECKING:
    from themawijzer.language.encoders import CachedEncoder


@dataclass
class Meaning:
    """How alike answers are in meaning. Loads the encoder when it is first asked, which takes seconds."""

    encoder: str
    cache: Path
    _lock: Lock = field(default_factory=Lock, repr=False)

    def likeness(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """The cosines of the vector of a text with those of n > 0 others, standardized as the model's are."""
        import numpy as np

        with self._lock:
            vectors = self._encoder.encode([text, *others])
        own, pool = vectors[0], vectors[1:]
        mean, scale = pool.mean(axis=0), pool.std(axis=0) + np.finfo(np.float32).eps
        own, pool = (own - mean) / scale, (pool - mean) / scale
        lengths = np.linalg.norm(pool, axis=1) * np.linalg.norm(own)
        return list(pool @ own / np.maximum(lengths, np.finfo(np.float32).eps))

    @cached_property
    def _encoder(self) -> CachedEncoder:
        from themawijzer.language.encoders import CachedEncoder, load_encoder

        return CachedEncoder(load_encoder(self.encoder, self.cache.parent), self.cache)


@dataclass
class Page:
    """A page that listens, and answers once it is run; `relabelled` are codes that got another label by hand."""

    desk: Desk
    access: Access
    relabelled: list[tuple[CodeLabel, str]]
    listening: socket.socket = field(repr=False)

    def run(self, started: Callable[[], None]) -> None:
        """Answer until the program is stopped."""
        serve(create_app(self.desk, self.access), self.access, self.listening, started)


def open_page(root: Path, name: str, coder: str, *, port: int = 0) -> Page:
    """The page of a coder, on a port that is free; raises InputError for files that do not fit.

    The labels under which people code from now on are remembered.
    """
    desk = open_desk(root, name, coder)
    listening = listen(port)
    folder, material = desk.snapshot.folders.annotations, desk.snapshot.material
    with locked(folder):
        remember_labels(folder, material.codebook, labels_of(material.codebook))
    relabelled = material.changes.new_labels(material.codebook)
    return Page(desk, Access(listening.getsockname()[1]), relabelled, listening)


def open_desk(root: Path, name: str, coder: str) -> Desk:
    """The coder's desk; a file of theirs that is there already becomes one to which rows can be added."""
    folders = find_folders(root, name)
    require_coder(coder, folders.annotations)
    snapshots, journal = Snapshots(folders), Journal(folders.annotations, coder)
    if journal.path.exists():
        journal.mend(read_codebook(folders.codebook))
    survey = snapshots.current().material.survey
    require_codeframes(survey, folders)
    return Desk(
        coder=coder,
        snapshots=snapshots,
        journal=journal,
        proposal_files=ProposalFiles(folders.coded),
        queue=Queue(coder.lower()),
        claims=Claims(folders.cache / "coders" / name, coder),
        likeness=Meaning(survey.settings.encoder, folders.cache / "vectors").likeness,
    )
