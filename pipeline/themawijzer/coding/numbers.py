"""Arrays of numbers by their usual names, and figures with their intervals."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Labels = NDArray[np.int8]  # 1 where an answer has a code, else 0
Probabilities = NDArray[np.float32]
LEVEL = 0.95
DECIMALS = 4


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval; all None where it is not defined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of_draws(cls, values: Floats) -> Self:
        """The first value, with the interval that the others give, which holds the value.

        Without an interval where they cannot tell: where the figure is not defined in more than one draw in twenty, as
        of a code that was given once, or where all of them are the same, as where nobody disagreed.
        """
        if np.isnan(values[0]):
            return cls()
        draws, value = values[1:], round(float(values[0]), DECIMALS)
        if np.isnan(draws).mean() > 1 - LEVEL or np.nanmax(draws) - np.nanmin(draws) < 10**-DECIMALS:
            return cls(value)
        low, high = (round(float(end), DECIMALS) for end in np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
        return cls(value, min(low, value), max(high, value))

    @property
    def numbers(self) -> list[float]:
        """The figure and the ends of its interval, as far as they are defined."""
        return [number for number in (self.value, self.low, self.high) if number is not None]

    @property
    def is_certain(self) -> bool:
        """Whether chance does not explain a difference."""
        return (self.low or 0) > 0 or (self.high or 0) < 0
