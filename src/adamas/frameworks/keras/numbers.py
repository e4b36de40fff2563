"""The numbers of an optimizer of Keras: the rate is a variable, others are declared."""

from typing import Any

import numpy as np

from ...compilers.keras import keras
from ...description import GIVEN, Description
from ...errors import AdamasError, CheckpointError
from ...runtime.moved import Number, Numbers, same
from ...runtime.numbers import OfDescription, Values

RATE = "learning_rate"

STANDING = ("gradient_accumulation_steps",)
"""What Keras has counted by from the first call on."""


class OfOptimizer:
    """The numbers of an optimizer, as they are saved and loaded.

    Args:
        optimizer: of Keras; its attributes are set.
        declared: what it was declared as.
        rate: the variable that Keras keeps the rate in, or the schedule that it follows.
    """

    def __init__(self, optimizer: Any, declared: Description, rate: Any) -> None:
        self._optimizer = optimizer
        self._declared = declared
        self._rate = rate

    def numbers(self) -> Numbers:
        """They by their names."""
        found = OfDescription(self._declared).numbers()
        others = {n: number for n, number in found.items() if n not in (RATE, *STANDING)}
        if not isinstance(self._rate, keras.Variable) or RATE not in self._declared.fields:
            return others
        now = float(keras.ops.convert_to_numpy(self._rate))
        constructed = self._declared.constructed.get(RATE, GIVEN)
        # The variable is narrower than the number that it was made from.
        rounded = not isinstance(constructed, str) and np.float32(constructed) == np.float32(now)
        return {RATE: Number(constructed if rounded else now, constructed), **others}

    def fitted(self, saved: Numbers) -> Numbers:
        """They by the same names."""
        return saved

    def check(self, values: Values, source: str) -> None:
        """`CheckpointError` if one of them cannot be set."""
        try:
            if RATE in values:
                self._declared.fields[RATE].check(values[RATE])
        except AdamasError as error:
            raise CheckpointError(
                f"{source} holds a hyperparameter out of range, {RATE}. {error}"
            ) from None
        others = {name: value for name, value in values.items() if name != RATE}
        OfDescription(self._declared).check(others, source)

    def put(self, values: Values) -> None:
        """Set those that differ."""
        present = self.numbers()
        of_members = {name: value for name, value in values.items() if "/" in name}
        OfDescription(self._declared).put(of_members)
        for name, value in values.items():
            if name not in of_members and not same(value, present[name].now):
                setattr(self._optimizer, name, value)
