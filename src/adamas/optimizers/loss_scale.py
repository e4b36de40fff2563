"""Dynamic loss scaling around any optimizer."""

from typing import Any

import numpy as np

from ..composite import Wrapper
from ..errors import ConfigurationError
from ..optimizer import OPTIMIZERS, hyperparameter

LEAST, MOST = 2.0**-64, 2.0**64
"""The scale stays between these."""


class LossScaleOptimizer(Wrapper, abstract=True):
    """Scales the loss by as much as half precision can take, and gradients back.

    Micikevicius et al., ICLR 2018, https://arxiv.org/abs/1710.03740, section 3.2, with a dynamic
    scale: a call whose gradients are not finite changes nothing but halves the scale; after
    dynamic_growth_steps calls in a row without one it doubles. It stays between 2⁻⁶⁴ and 2⁶⁴.

    Args:
        inner_optimizer: any optimizer; it has all other arguments.
        initial_scale: the first scale.
        dynamic_growth_steps: so many calls in a row that were finite double the scale.
    """

    initial_scale: float = hyperparameter(default=2.0**15, at_least=LEAST, at_most=MOST)
    dynamic_growth_steps: int = hyperparameter(default=2000, at_least=1, whole=True)
    name: str = hyperparameter(
        default="loss_scale_optimizer", kw_only=True, after="dynamic_growth_steps"
    )

    def __post_init__(self) -> None:
        if self.inner_optimizer.loss_scale_factor is not None:
            raise ConfigurationError(
                f"There can be one loss scale only. Got: {self.inner_optimizer!r}, which has one."
            )
        if self.inner_optimizer.nonfinite not in ("propagate", "skip_gradients"):
            raise ConfigurationError(
                "A dynamic scale needs calls to be skipped by their gradients. "
                f"Got: nonfinite={self.inner_optimizer.nonfinite!r}. Leave it out."
            )
        super().__post_init__()
        self.assume(loss_scale_factor=self.now("initial_scale"), nonfinite="skip_gradients")

    def checked(self, name: str, value: Any) -> Any:
        """`value` for an argument, which is none of those that the scale decides."""
        scales = self.__dict__.get("loss_scale_factor") is not None
        if name in ("loss_scale_factor", "nonfinite") and scales:
            raise ConfigurationError(f"LossScaleOptimizer sets {name} by itself. Got: {value!r}.")
        return super().checked(name, value)

    given = {"loss_scale_factor": "dynamic_scale"}

    def first_numbers(self) -> dict[str, float]:
        """The first scale, and no call so far."""
        return {"dynamic_scale": self.now("initial_scale"), "step_counter": 0.0}

    @property
    def dynamic_scale(self) -> float:
        """What the next loss is multiplied by."""
        return self.now("loss_scale_factor")

    @staticmethod
    def following(skipped, dynamic_scale, step_counter, dynamic_growth_steps):
        """The scale and the count of calls, after one that was skipped or not."""
        counted = np.where(skipped, 0, step_counter + 1)
        grows = counted >= dynamic_growth_steps
        kept = np.where(grows, np.minimum(2 * dynamic_scale, MOST), dynamic_scale)
        scale = np.where(skipped, np.maximum(dynamic_scale / 2, LEAST), kept)
        return {"dynamic_scale": scale, "step_counter": np.where(grows, 0, counted)}


OPTIMIZERS.add(LossScaleOptimizer)
