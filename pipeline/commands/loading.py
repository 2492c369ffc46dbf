"""What takes seconds to load: the way from answers to features, and the model that was trained with it."""

from __future__ import annotations

from pipeline.commands.project import Project
from pipeline.language.encoders import CachedEncoder, load_encoder
from pipeline.language.tokens import load_tokenizer
from pipeline.learning.features import FeatureExtractor
from pipeline.learning.store import Model, load_model, require_model


def load_extractor(project: Project) -> FeatureExtractor:
    """The way from raw answers to features that the survey's settings name."""
    settings, cache = project.survey.settings, project.folders.cache / "vectors"
    encoder = CachedEncoder(load_encoder(settings.encoder), cache)
    return FeatureExtractor(load_tokenizer(settings.spacy_pipeline), encoder)


def load_trained(project: Project) -> tuple[Model, FeatureExtractor]:
    """The survey's model and the features it was trained on; raises ModelError when they do not belong together."""
    require_model(project.folders.model)  # said at once, not after the encoder has been loaded
    extract = load_extractor(project)
    model = load_model(
        project.folders.model,
        codebook=project.codebook,
        tokenizer=extract.tokenizer.name,
        encoder=extract.encoder.name,
    )
    return model, extract
