"""The loop: epochs of steps, and what comes between them."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import perf_counter
from typing import Any

from ..errors import ArgumentError, NonFiniteError
from ..optimizer import Optimizer
from ..schedules import Schedule
from .checkpoints import Checkpoints
from .evaluation import Evaluation, number
from .history import History
from .interruption import Interruption, interrupt
from .progress import Silent
from .state import State, Sums

ValueAndGrad = Callable[[Any, Any], tuple[Any, Any]]


class _CtrlC(Exception):  # noqa: N818 (no error: it ends the loop from within a `with`)
    """The first Ctrl-C came, and this is a place to stop at."""


class Loop:
    """One call of `fit`: its settings, and the state that they act upon."""

    def __init__(
        self,
        value_and_grad: ValueAndGrad,
        state: State,
        *,
        evaluation: Evaluation | None,
        checkpoints: Checkpoints | None,
        checkpoint_every: int | None,
        resume: bool,
        progress: Silent,
        interruption: Interruption,
        accumulate_across_epochs: bool = False,
    ) -> None:
        self._value_and_grad = value_and_grad
        self._state = state
        self._run = state.run
        self._optimizer = state.run.optimizer
        self._session = state.run.optimizer.session
        self._evaluation = evaluation
        self._checkpoints = checkpoints
        self._every = checkpoint_every
        self._resume = resume
        self._progress = progress
        self._interruption = interruption
        self._carries = accumulate_across_epochs
        clips = (self._optimizer.clipnorm, self._optimizer.global_clipnorm)
        self._normed = any(limit is not None for limit in clips)

    def train(self) -> History:
        """All epochs that are left."""
        self._begin()
        try:
            while not self._state.finished:
                self._steps()
                self._end_epoch()
        except _CtrlC:
            raise self._interrupted() from None
        self._finish()
        if self._interruption.came:
            raise interrupt("Training had ended already when Ctrl-C came.", self._run.history)
        return self._run.history

    # -- before and after

    def _begin(self) -> None:
        run, kept = self._run, self._checkpoints
        if kept is not None:
            if self._resume and kept.restore(self._state):
                self._progress.note(f"Resumed from {kept.folder} after step {run.step}.")
            else:
                kept.write(self._state)
        self._state.callbacks.call("on_start", run)
        self._progress.start(run, self._state.source.steps)

    def _finish(self) -> None:
        run, watch = self._run, self._state.watch
        run.epoch = len(run.history)
        run.history.stopped = self._state.verdict
        if watch is not None:
            run.history.best_epoch = watch.best_epoch or None
        if watch is not None and watch.weights is not None:
            self._state.parameters.put(watch.weights)
        else:
            self._optimizer.finalize_variable_values(run.params)
        if run.history.stopped:
            self._progress.note(f"Stopped after epoch {run.epoch}: {run.history.stopped}.")
        self._state.callbacks.call("on_end", run)

    def _interrupted(self) -> KeyboardInterrupt:
        run, kept = self._run, self._checkpoints
        run.history.interrupted = True
        place = f"Training was interrupted after step {run.step} (epoch {run.epoch}/{run.epochs})."
        if kept is None:
            advice = (
                "No checkpoint folder was given, so nothing was saved: parameters and optimizer "
                "hold this step, as long as the program runs."
            )
        else:
            kept.write(self._state)
            advice = (
                f"It is saved in {str(kept.folder)!r}: the same call with resume=True goes on "
                "from here."
            )
        return interrupt(f"{place} {advice}", run.history)

    def _look_out(self) -> None:
        if self._interruption.came:
            raise _CtrlC

    # -- steps

    def _steps(self) -> None:
        """The steps that are left of an epoch."""
        run, sums, progress = self._run, self._state.sums, self._progress
        hooks = self._state.callbacks if self._state.callbacks.each_step else None
        last = perf_counter()
        due = last + progress.interval
        self._look_out()
        for batch, examples in self._state.source.batches(run.epoch, run.batch):
            if run.stopped:
                break
            row = self._step(batch, examples)
            run.batch += 1
            run.step += 1
            now = perf_counter()
            row["seconds"] = now - last
            sums.seconds += now - last
            last = now
            run.history.steps.add(row)
            if now >= due:
                due = now + progress.interval
                progress.step(run, {**row, "loss": sums.mean_loss})
            if hooks is not None:
                hooks.call("on_step", run)
            if self._interruption.came:
                raise _CtrlC
            if self._every is not None and run.step % self._every == 0:
                assert self._checkpoints is not None
                self._checkpoints.write(self._state)

    def _step(self, batch: Any, examples: int) -> dict[str, float]:
        """One step, and what was measured in it."""
        run, sums, optimizer = self._run, self._state.sums, self._optimizer
        result = self._value_and_grad(run.params, batch)
        try:
            loss, gradients = result
        except (TypeError, ValueError):
            raise ArgumentError(
                f"value_and_grad must return a pair (loss, gradients). Got: {_described(result)}."
            ) from None
        loss = unscaled(number(loss, "The loss"), optimizer)
        if not math.isfinite(loss) and optimizer.nonfinite == "raise":
            raise self._not_finite(loss, gradients)
        row = {"loss": loss}
        rate = current_rate(optimizer)
        if rate is not None:
            row["learning_rate"] = rate
        session = self._session
        calls, updates = session.calls, session.updates
        try:
            optimizer.apply(gradients, run.params, loss=loss)
        except NonFiniteError as error:
            error.add_note(f"It was {self._place()}.")
            raise
        run.loss = loss
        sums.skipped += session.calls == calls
        if math.isfinite(loss) or optimizer.nonfinite == "propagate":
            sums.add_loss(loss, examples)
        if self._normed:
            row["gradient_norm"] = self._norm(updates)
        return row

    def _norm(self, before: int) -> float:
        """The norm of the update since so many; NaN if it made none."""
        norm = self._session.gradient_norm
        if norm is None or self._session.updates == before:
            return math.nan
        self._state.sums.norm += norm
        self._state.sums.norms += 1
        return norm

    def _not_finite(self, loss: float, gradients: Any) -> NonFiniteError:
        names = self._state.parameters.not_finite(gradients)
        listed = f" So is the gradient of {', '.join(map(repr, names[:10]))}." if names else ""
        return NonFiniteError(
            f"The loss must be finite. Got: {loss} {self._place()}.{listed} Parameters and state "
            "are those of the step before. nonfinite='skip' passes over steps whose gradients are "
            "not finite, nonfinite='propagate' over nothing."
        )

    def _place(self) -> str:
        run = self._run
        return f"in step {run.step + 1} (epoch {run.epoch}, batch {run.batch + 1})"

    # -- epochs

    def _end_epoch(self) -> None:
        """Close a group of batches, validate, record, judge, call back, save."""
        state, run, sums = self._state, self._run, self._state.sums
        began = perf_counter()
        if not self._carries:
            self._close_group()
        measured = {}
        if self._evaluation is not None:
            measured = self._evaluation(run.params, run.epoch, self._look_out)
        sums.seconds += perf_counter() - began
        row = self._row(measured)
        run.history.epochs.add(row)
        self._judge(row)
        self._progress.epoch(run, row)
        state.callbacks.call("on_epoch", run)
        run.epoch += 1
        run.batch = 0
        state.sums = Sums()
        if self._checkpoints is not None:
            self._checkpoints.write(state)

    def _close_group(self) -> None:
        """An update with the batches that do not fill a group; nothing where none is open."""
        updates = self._session.updates
        try:
            self._optimizer.flush(loss=self._run.loss)
        except NonFiniteError as error:
            error.add_note(f"It was at the end of epoch {self._run.epoch}.")
            raise
        if self._normed:
            self._norm(updates)

    def _row(self, measured: dict[str, float]) -> dict[str, float]:
        run, sums = self._run, self._state.sums
        row = {"loss": sums.mean_loss, **measured}
        rate = run.history.steps.row(-1).get("learning_rate")
        if rate is not None:
            row["learning_rate"] = rate
        if self._normed:
            row["gradient_norm"] = sums.mean_norm
        if self._optimizer.nonfinite.startswith("skip"):
            row["skipped"] = sums.skipped
        return {**row, "step": run.step, "seconds": sums.seconds}

    def _judge(self, row: dict[str, float]) -> None:
        watch = self._state.watch
        if watch is None or not watch.improves(self._run.epoch, row):
            return
        if watch.law.restore_best:
            measured = (
                self._evaluation is not None and watch.law.monitor in self._evaluation.columns
            )
            weights = self._evaluation.weights if measured and self._evaluation else nullcontext
            with weights():
                watch.weights = self._state.parameters.copies()


def unscaled(loss: Any, optimizer: Optimizer) -> Any:
    """A loss that went through `Optimizer.scale_loss`, without the factor."""
    if optimizer.loss_scale_factor is None:
        return loss
    return loss / optimizer.scale_loss(1.0)


def current_rate(optimizer: Optimizer) -> float | None:
    """The learning rate of the next step; None if only a callable of the user's knows.

    Such a callable is left to the step itself: one that counts must be called once in a step.
    """
    source = vars(optimizer).get("learning_rate")
    if isinstance(source, float):
        return source
    if source is None or (callable(source) and not isinstance(source, Schedule)):
        return None
    return optimizer.learning_rate  # type: ignore[attr-defined]


@contextmanager
def judging(optimizer: Optimizer, nonfinite: str | None) -> Iterator[None]:
    """What the optimizer does to steps that are not finite, for the time of a run."""
    before = optimizer.nonfinite
    wanted = nonfinite or ("raise" if before == "propagate" else before)
    if wanted == before:
        yield
        return
    optimizer.nonfinite = wanted
    try:
        yield
    finally:
        optimizer.nonfinite = before


def _described(result: Any) -> str:
    if isinstance(result, tuple | list):
        return f"{len(result)} values"
    return (
        f"an array of shape {result.shape}" if hasattr(result, "shape") else type(result).__name__
    )
