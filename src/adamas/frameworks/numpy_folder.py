"""NumPy arrays whose slots lie in a folder on disk; loaded where one is asked for only."""

from typing import Any

import numpy as np

from ..description import Description
from ..plan import Plan
from ..runtime.folder.places import axes_of
from ..runtime.host.in_folder import InFolder, Path, array_in
from .numpy import ArraySession, Slots


class FolderArraySession(InFolder, ArraySession):
    """The state of one optimizer for one set of NumPy arrays, in a folder, and its steps."""

    def __init__(self, description: Description, params: Any, compiler: str | None, path: Path):
        self._path = path
        super().__init__(description, params, compiler)
        self.begin_life()

    def _new_slots(self, begins: bool = True) -> Slots:
        self.open_folder(self._path)
        try:
            return super()._new_slots(begins=self.folder.is_new)
        except BaseException:
            self.discard()
            raise

    def new_slot(self, index: int, name: str, plan: Plan) -> np.ndarray:
        """The array in the folder."""
        return array_in(self.folder.arrays, self.names, index, name)

    def axes_of(self, tensor: np.ndarray) -> tuple[int, ...]:
        """As its strides say."""
        return axes_of(tensor.strides)
