"""The one boundary around every step: what leaves it names a code and never an identity."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from include.imaging.errors import ImagingError
from include.imaging.model import Stage
from include.imaging.steps.silence import Silence
from include.imaging.steps.translation import translated

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def guarded(
    stage: Stage,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return the decorator of a step's `run`.

    Warnings and log records of libraries (they quote values and paths) are dropped while
    the step runs. An ImagingError passes; any other exception becomes one, by its type
    alone. What is raised carries no cause, no context and no frames, for frames hold locals.
    """

    def decorate(step: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(step)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            with Silence():
                try:
                    return step(*args, **kwargs)
                except Exception as error:  # noqa: BLE001 - the boundary is where all of them end
                    failure = bare(translated(error, stage))
            # raised outside of the handler, or Python would hang the original on it
            raise failure

        return run

    return decorate


def bare(error: ImagingError) -> ImagingError:
    """Return an error without what Python hung on it: cause, context, frames."""
    error.__cause__ = None
    error.__context__ = None
    return error.with_traceback(None)
