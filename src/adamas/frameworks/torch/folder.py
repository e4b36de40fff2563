"""Tensors whose slots lie in a folder on disk."""

from functools import partial

import torch

from ...description import Description
from ...runtime.folder.places import axes_of
from ...runtime.host.in_folder import InFolder, Path, array_in
from ...runtime.structure import Structure
from .session import TensorSession


class FolderTensorSession(InFolder, TensorSession):
    """The state of one optimizer for tensors in host memory, in a folder, and its steps."""

    def __init__(
        self, description: Description, structure: Structure, compiler: str, path: Path
    ) -> None:
        super().__init__(description, structure, {}, compiler, clocks=False)
        self.open_folder(path)
        try:
            arrays = partial(array_in, self.folder.arrays, self.names)
            self.state_of.lie_in(arrays, begin=self.folder.is_new)
            self.ensure_all()
            self.begin_life()
        except BaseException:
            self.discard()
            raise

    def axes_of(self, tensor: torch.Tensor) -> tuple[int, ...]:
        """As its strides say."""
        return axes_of(tensor.stride())
