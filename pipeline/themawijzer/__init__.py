"""Themawijzer: Dutch open survey answers in, coded datasets out.

The names below are what notebooks and scripts can rely on; `docs/python.md` shows them at work. They are loaded when
they are first used, so that `import themawijzer` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from themawijzer.api.figures import agreement, shares
    from themawijzer.api.survey_data import open_survey
    from themawijzer.api.trained_model import load_model
    from themawijzer.errors import InputError, ModelError, ThemawijzerError
    from themawijzer.learning.answer_classifier import AnswerClassifier

    __version__: str

_HOMES = {
    "AnswerClassifier": "learning.answer_classifier",
    "InputError": "errors",
    "ModelError": "errors",
    "ThemawijzerError": "errors",
    "agreement": "api.figures",
    "load_model": "api.trained_model",
    "open_survey": "api.survey_data",
    "shares": "api.figures",
}
__all__ = [
    "AnswerClassifier",
    "InputError",
    "ModelError",
    "ThemawijzerError",
    "agreement",
    "load_model",
    "open_survey",
    "shares",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version(__name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
