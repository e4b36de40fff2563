"""The passes of a kernel over a batch of tensors: in stretches, or in tiles of their matrices."""

from ...language.shapes import matrix_shape
from ...refusals import PARTS_OF_MATRIX
from .flat import StretchPass
from .kernel import Kernel
from .matrix import TilePass
from .memory import DeviceBatch
from .shared import Shared

Bound = StretchPass | TilePass


def bind(kernel: Kernel, batch: DeviceBatch, shared: Shared) -> Bound:
    """A pass over the tensors of `batch`."""
    alone = shared.exchange is None
    for tensor in batch.tensors if kernel.lowered.whole and alone else ():
        if tensor.sizes not in (None, matrix_shape(tensor.shape)):
            raise PARTS_OF_MATRIX.error(
                f"a part of shape {tensor.shape} of {tensor.sizes} [batch, rows, columns]"
            )
    return (TilePass if kernel.lowered.matrix else StretchPass)(kernel, batch, shared)
