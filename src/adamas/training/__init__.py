"""fit(): the loop, with its data, validation, early stopping, progress, history and checkpoints.

`fitting` is the door; `loop` is the loop itself, which looks into no array; `parameters` is the
one place that does. Importing this loads neither tqdm nor matplotlib.
"""

from .callbacks import Run
from .checkpoints import load_parameters
from .fitting import fit
from .history import History
from .stopping import EarlyStopping

__all__ = ["EarlyStopping", "History", "Run", "fit", "load_parameters"]
