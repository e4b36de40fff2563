"""The one place where training looks into parameters: NumPy arrays, by name."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..runtime.host.arrays import is_array
from ..runtime.structure import read_structure


class Parameters:
    """The parameters of a run under the names that their structure gives them."""

    def __init__(self, params: Any) -> None:
        self._structure = read_structure(params, is_array)
        self.arrays: dict[str, np.ndarray] = dict(
            zip(self._structure.names, self._structure.leaves, strict=True)
        )

    def copies(self) -> dict[str, np.ndarray]:
        """The values as they are now."""
        return {name: array.copy() for name, array in self.arrays.items()}

    def put(self, values: Mapping[str, np.ndarray]) -> None:
        """Write values into the parameters, in place."""
        for name, array in self.arrays.items():
            array[...] = values[name]

    def not_finite(self, gradients: Any) -> list[str]:
        """The names of parameters whose gradients hold NaN or infinity."""
        leaves = self._structure.flatten(gradients, "Gradients")
        with np.errstate(all="ignore"):
            return [
                name
                for name, leaf in zip(self.arrays, leaves, strict=True)
                if is_array(leaf) and not np.isfinite(leaf.astype(np.float64)).all()
            ]
