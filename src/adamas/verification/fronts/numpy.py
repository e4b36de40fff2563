"""`apply` on arrays of NumPy, compiled or as it is defined."""

import numpy as np

from .in_place import InPlace


class NumPy(InPlace):
    """Compiled for arrays of NumPy."""

    name = "numpy"

    def array(self, value: np.ndarray) -> np.ndarray:
        """A copy."""
        return value.copy()


class Defined(NumPy):
    """The definition: the functions of the class as they stand, in double precision."""

    compiler = "reference"
