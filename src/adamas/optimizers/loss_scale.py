"""Dynamic loss scaling around any optimizer."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..composite import Composite, check_member
from ..declaration import described
from ..errors import ConfigurationError
from ..optimizer import MEMBERS_OWN, OPTIMIZERS, Optimizer, hyperparameter
from ..serialization import deserialize, serialize

LEAST, MOST = 2.0**-64, 2.0**64
"""The scale stays between these."""


def _checked(value: Any) -> Optimizer:
    inner = check_member("LossScaleOptimizer", "inner_optimizer", value)
    if isinstance(inner, LossScaleOptimizer) or inner.loss_scale_factor is not None:
        raise ConfigurationError(
            f"Only one loss scale can be used. Got: {inner!r}, which has one already."
        )
    return inner


class LossScaleOptimizer(Composite, abstract=True):
    """Scales the loss by as much as half precision can take, and gradients back.

    Micikevicius et al., ICLR 2018, https://arxiv.org/abs/1710.03740, section 3.2, with a dynamic
    scale: a call whose gradients are not finite changes nothing but halves the scale; after
    dynamic_growth_steps calls without one it doubles. It stays between 2⁻⁶⁴ and 2⁶⁴.

    Args:
        inner_optimizer: it has all other arguments.
        initial_scale: the first scale.
        dynamic_growth_steps: calls in a row, all finite, after which the scale doubles.
    """

    inner_optimizer: Any = described(check=_checked, to_json=serialize, from_json=deserialize)
    initial_scale: float = hyperparameter(default=2.0**15, at_least=LEAST, at_most=MOST)
    dynamic_growth_steps: int = hyperparameter(default=2000, at_least=1, whole=True)

    def __post_init__(self) -> None:
        for name, field in Optimizer._fields.items():
            if name != "name" and getattr(self, name) != field.default:
                raise ConfigurationError(f"LossScaleOptimizer has no {name}. Set it on the inner.")
            if name not in MEMBERS_OWN:
                self.__dict__[name] = self.inner_optimizer.__dict__[name]
        self._adopt_members()
        self._extras = {
            "dynamic_scale": np.array(float(self.initial_scale)),
            "step_counter": np.array(0.0),
        }
        self.__dict__["convention"] = self.inner_optimizer.convention
        self.__dict__["loss_scale_factor"] = self._extras["dynamic_scale"]
        self.__dict__["nonfinite"] = "skip_gradients"

    def inner(self) -> Iterator[Optimizer]:
        """The one optimizer inside."""
        yield self.inner_optimizer

    def member_for(self, name: str, shape: tuple[int, ...]) -> Optimizer | None:
        """Who has the rule of a parameter: the inner optimizer, or its member."""
        return self.inner_optimizer.member_for(name, shape)

    @property
    def dynamic_scale(self) -> float:
        """What the next loss is multiplied by."""
        return float(self._extras["dynamic_scale"])

    def apply(self, grads: Any, params: Any = None) -> None:
        """One call, as every optimizer's, with gradients of the scaled loss."""
        before = self.skipped
        super().apply(grads, params)
        self._adjust(self.skipped > before)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """One call with (gradient, parameter) pairs of the scaled loss; gives `iterations`."""
        before = self.skipped
        iterations = super().apply_gradients(grads_and_vars)
        self._adjust(self.skipped > before)
        return iterations

    def _adjust(self, skipped: bool) -> None:
        scale, counter = self._extras["dynamic_scale"], self._extras["step_counter"]
        counter[...] = 0 if skipped else counter + 1
        if skipped:
            scale[...] = max(scale / 2, LEAST)
        elif counter >= self.read_numbers(self.calls)["dynamic_growth_steps"]:
            counter[...] = 0
            scale[...] = min(scale * 2, MOST)

    def structural_arguments(self) -> tuple[str, ...]:
        """None: what shapes the step are the inner optimizer's arguments."""
        return ()

    def get_config(self, *, strict: bool = True) -> dict[str, Any]:
        """The arguments, with the inner optimizer's description."""
        config = super().get_config(strict=strict)
        return {key: value for key, value in config.items() if key not in _NOT_OWN}

    def _copied(self) -> dict[str, Any]:
        arguments = {n: self.__dict__[n] for n in self._fields if n not in _NOT_OWN}
        return {**arguments, "inner_optimizer": self.inner_optimizer.replace()}


_NOT_OWN = [name for name in Optimizer._fields if name != "name"]
OPTIMIZERS.add(LossScaleOptimizer)
