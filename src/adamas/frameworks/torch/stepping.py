"""The steps of an optimizer of PyTorch: whole, or parameter by parameter."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from ...description.inputs import LOSS
from .life import Life
from .recording import unrecorded


class Stepping(Life):
    """What makes steps, and tells of the last one."""

    _end_elsewhere: Callable[[], None] | None = None

    @property
    def _step_supports_amp_scaling(self) -> bool:
        """Whether `step` unscales gradients, which PyTorch's scaler and Lightning ask.

        It takes either. Lightning refuses to clip what it has to take for scaled, also where it has
        no scaler, as with bfloat16: then who asks is told no.
        """
        asking = sys._getframe(1).f_back
        owner = asking and asking.f_locals.get("self")
        return getattr(owner, "scaler", True) is not None

    @unrecorded
    def step(  # type: ignore[override]
        self, closure: Callable[[], Any] | None = None, **given: Any
    ) -> Any:
        """Update the parameters from their ``.grad``; gives what `closure` returned.

        With `torch.amp.GradScaler` gradients are unscaled in the same pass, and a step in which it
        found infinities changes nothing.

        Args:
            closure: computes gradients anew, and gives the loss, which an optimizer that asks for
                it takes.
            given: what the optimizer asks for beside gradients, by name: ``step(loss=loss)``, the
                loss as it is before a scaler scales it.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
            if loss is not None:
                given = {LOSS: loss, **given}
        if torch.compiler.is_compiling():
            _advance_eagerly(self, given)
        else:
            self._advance(given)
        return loss

    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether there were any.

        As `adamas.Optimizer.flush`: for the end of an epoch, where calls do not fill a group of
        ``gradient_accumulation_steps``.

        Args:
            given: as of `step`, for the update.
        """
        opened = self._ready()
        updated = opened.session.flush(opened.named(given))
        opened.show()
        return updated

    def _advance(self, given: Mapping[str, Any]) -> None:
        if self._end_elsewhere is not None:
            self._end_elsewhere()
            return
        opened = self._ready()
        scale, found = getattr(self, "grad_scale", None), getattr(self, "found_inf", None)
        if scale is not None:
            opened.unscale()
        session = opened.session
        if given:
            given = opened.named(given)
        session.step([p.grad for p in opened.params], scale, found, given)
        opened.show()

    @property
    def steps_elsewhere(self) -> bool:
        """Whether somebody makes the steps by `step_alone` in place of `step`."""
        return self._end_elsewhere is not None

    def leave_steps(self, end: Callable[[], None] | None) -> None:
        """Leave the steps to somebody whose call `step` only ends from now on; None: take them."""
        self._end_elsewhere = end

    def step_alone(
        self, index: int, gradient: torch.Tensor, divisor: torch.Tensor | None = None
    ) -> float | torch.Tensor | None:
        """The part of a step that is one parameter's; gives the gradient's norm if a clip took it.

        Args:
            index: its number through all groups.
            gradient: its gradient.
            divisor: what it is divided by before all else.
        """
        opened = self._ready()
        if divisor is not None:
            opened.unscale()
        return opened.session.step_alone(index, gradient, divisor)

    def end_call(self, norm: float | torch.Tensor | None = None) -> None:
        """Count a call that was made of `step_alone`; `norm` is that of all its gradients."""
        opened = self._ready()
        opened.session.end_call(norm)
        opened.show()

    def largest_norm(self) -> float:
        """What `global_clipnorm` allows now."""
        return float(self._settings["global_clipnorm"])

    def asked_inputs(self) -> list[str]:
        """What steps must be given beside gradients, by name."""
        rules = (words.naming.declared for words in self._arguments.words)
        return list(dict.fromkeys(name for rule in rules for name in rule.inputs))

    @property
    def gradient_norm(self) -> float | torch.Tensor | None:
        """The L2 norm of all gradients in the last update, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them. On a GPU it is a 0-d
        tensor, for which nothing has waited yet.
        """
        return None if self._opened is None else self._opened.session.gradient_norm

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Evaluate with the averages: ``with optimizer.averaged(): ...`` swaps them in and out."""
        with self.ready().averaged():
            yield

    def finalize(self) -> None:
        """Write the averages into the parameters, if there are any; call it after training."""
        self.ready().finalize()


def _advance_eagerly(optimizer: Stepping, given: Mapping[str, Any]) -> None:
    """A step inside code that `torch.compile` compiles: the graph breaks here."""
    eagerly: Any = torch.compiler.disable(Stepping._advance)  # type: ignore[arg-type]
    eagerly(optimizer, given)
