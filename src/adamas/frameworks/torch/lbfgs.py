"""The state of L-BFGS in the form of ``torch.optim.LBFGS``, which reads it, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...drivers.history import Pair, Pairs
from ...drivers.lbfgs import State
from ...errors import CheckpointError
from .kept import fitting

COUNT = "n_iter"
"""A key that every such entry has."""


def written(state: State) -> dict[str, Any]:
    """An entry, which shares the tensors of the state; PyTorch has the oldest pair first."""
    counts = {"func_evals": int(state.evaluations), COUNT: int(state.iterations)}
    if not state.iterations:
        return counts
    pairs = state.history.kept[::-1]  # type: ignore[union-attr]
    return {
        **counts,
        "d": state.step.leaves[0],
        "t": 1.0,
        "old_dirs": [pair.change.leaves[0] for pair in pairs],
        "old_stps": [pair.step.leaves[0] for pair in pairs],
        "ro": [float(pair.inverse) for pair in pairs],
        "H_diag": float(state.scale),
        "prev_flat_grad": state.before.leaves[0],
        "prev_loss": float(state.loss),
    }


def read(entry: Mapping[str, Any], begun: State) -> State:
    """The state in an entry; `CheckpointError` if it is not of these parameters.

    Args:
        entry: what `written` gave, or ``torch.optim.LBFGS``.
        begun: a state that has just begun.
    """
    try:
        known = begun._replace(evaluations=int(entry["func_evals"]), iterations=int(entry[COUNT]))
        if not known.iterations:
            return known
        x = begun.x
        pairs = [
            Pair(fitting(s, "old_stps", x), fitting(y, "old_dirs", x), np.float64(float(inverse)))
            for s, y, inverse in zip(entry["old_stps"], entry["old_dirs"], entry["ro"], strict=True)
        ]
        return known._replace(
            step=fitting(entry["d"], "d", x) * float(entry["t"]),
            before=fitting(entry["prev_flat_grad"], "prev_flat_grad", x),
            history=Pairs(tuple(pairs[::-1])),
            scale=np.float64(float(entry["H_diag"])),
        )
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            "The state must be of L-BFGS, as state_dict() gives it. "
            f"Got: another one ({type(error).__name__}: {error})."
        ) from None
