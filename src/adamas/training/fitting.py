"""fit(): the door to the loop. What it is given is checked and put together here."""

import operator
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import Any

from ..errors import ArgumentError, ConfigurationError
from ..optimizer import Optimizer
from ..serialization import get
from .batches import Arrays, Source, open_data
from .callbacks import Callbacks, Run
from .checkpoints import Checkpoints
from .evaluation import Evaluation, Measure, check_metrics
from .history import History
from .identity import identity
from .interruption import Interruption
from .loop import Loop, ValueAndGrad, judging, unscaled
from .parameters import Parameters
from .progress import open_progress
from .state import State
from .stopping import EarlyStopping, Watch


def fit(
    value_and_grad: ValueAndGrad,
    params: Any,
    data: Any,
    *,
    optimizer: str | Mapping[str, Any] | Optimizer,
    epochs: int = 1,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    drop_remainder: bool = False,
    validation_data: Any = None,
    loss: Measure | None = None,
    metrics: Mapping[str, Measure] | None = None,
    validate_with_averages: bool = True,
    early_stopping: int | EarlyStopping | None = None,
    callbacks: Any = (),
    progress: bool = True,
    checkpoint: str | PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    resume: bool = False,
    nonfinite: str | None = None,
    accumulate_across_epochs: bool = False,
) -> History:
    """Train parameters in place, batch by batch, epoch by epoch.

    Args:
        value_and_grad: function of (params, batch) that returns (loss, gradients): the mean loss
            of the batch as a number, and its gradients in the structure of the parameters.
            Hand-written, or ``autograd.value_and_grad(loss)``. If the optimizer has a
            ``loss_scale_factor``, both are of ``optimizer.scale_loss(loss)``.
        params: NumPy arrays in a sequence or (nested) mapping; updated in place.
        data: an array, or a tuple or mapping (nested too) of arrays with equally many rows:
            examples. A batch has the same form. Or batches that come ready-made: an iterable, or
            a function of the epoch (from 1), or of nothing, that returns one.
        optimizer: the optimizer, its name (``"adam"``) or its description.
        epochs: how often to go through the data, those of a resumed run included.
        batch_size: examples in a batch of arrays; None takes all of them at once. Leave it out
            for data that come in batches.
        shuffle: whether each epoch takes the examples of arrays in another random order.
        seed: of these orders; they are a function of seed and epoch alone.
        drop_remainder: leave out the last batch of an epoch if it is not full.
        validation_data: like `data`; measured after each epoch, in order, in batches of the same
            size. Gives the columns ``val_loss`` and ``val_`` + the name of each metric.
        loss: function of (params, batch) that returns the unscaled loss alone, for the
            validation: quicker than `value_and_grad`, which is used without it.
        metrics: functions of (params, batch) by name that return a number, the mean over the
            batch's examples. They are measured after each epoch on the validation data, or,
            without any, on the data.
        validate_with_averages: validation and metrics use the averages, where there are any.
        early_stopping: an `EarlyStopping`, or its patience in epochs. The best weights are put
            back at the end.
        callbacks: functions of the `Run`, called after each epoch, or objects with any of
            ``on_start``, ``on_step``, ``on_epoch``, ``on_end``; ``run.stop()`` ends the training.
        progress: show a bar (on a terminal, with tqdm) or a line per epoch, on stderr.
        checkpoint: folder for a checkpoint of the run; made if missing. It is written at the
            start and after each epoch, atomically.
        checkpoint_every: also write it every so many steps.
        resume: go on from the checkpoint if there is one. The run then ends with the bits that
            it would have had without interruption.
        nonfinite: what to do about NaN and infinity during the run: ``"raise"``, ``"skip"`` or
            ``"propagate"``, as the optimizer's argument. None raises, unless the optimizer says
            to skip.
        accumulate_across_epochs: what becomes of batches that do not fill a group of the
            optimizer's ``gradient_accumulation_steps`` at the end of an epoch. False makes an
            update with the mean of those that came (`Optimizer.flush`), before anything is measured
            or saved; True carries them over into the next epoch, and after the last one they wait
            in the optimizer.

    Returns:
        The history. The parameters then hold their averages (if there are any), or the best ones
        (with early stopping).

    Raises:
        ArgumentError, ConfigurationError, ArrayError: an argument that is not allowed; nothing
            is changed then.
        NonFiniteError: the loss, or what a step would store, is not finite.
        CheckpointError: the checkpoint is damaged or of another run, or there is one and
            `resume` is False; nothing is changed then.
        KeyboardInterrupt: Ctrl-C, after the step under way, with the history so far as its
            attribute ``history``. With `checkpoint` the run is saved and can be resumed. The
            averages are not written. A second Ctrl-C stops at once, without all this.
    """
    _check_functions(value_and_grad, loss)
    epochs = _whole("epochs", epochs, 1)
    batch_size = None if batch_size is None else _whole("batch_size", batch_size, 1)
    seed = _whole("seed", seed, 0)
    if checkpoint_every is not None:
        checkpoint_every = _whole("checkpoint_every", checkpoint_every, 1)
    if checkpoint is None and (resume or checkpoint_every is not None):
        raise ArgumentError("resume and checkpoint_every need a folder. Add checkpoint='folder'.")
    carries = bool(accumulate_across_epochs)
    optimizer = get(optimizer)
    order = {"shuffle": shuffle, "seed": seed, "drop_remainder": drop_remainder}
    source = open_data(data, batch_size, epochs=epochs, **order)
    run = Run(params, optimizer, epochs)
    state = State(run, Parameters(params), source, Callbacks(callbacks), watch=None)
    evaluation = _evaluation(
        run,
        _measured_data(validation_data, data, source, batch_size, metrics, epochs),
        _measures(value_and_grad, loss, metrics, optimizer, validation_data is not None),
        with_averages=validate_with_averages,
    )
    early = _early_stopping(early_stopping, evaluation)
    state.watch = early and Watch(early)
    with judging(optimizer, nonfinite):
        if not optimizer.built:
            optimizer.build(params)
        checkpoints = None
        if checkpoint is not None:
            checkpoints = Checkpoints(checkpoint, identity(optimizer, source, early, carries))
            if not resume:
                checkpoints.refuse_to_replace()
        shown = open_progress(progress)
        try:
            with Interruption(silent=not progress) as interruption:
                return Loop(
                    value_and_grad,
                    state,
                    evaluation=evaluation,
                    checkpoints=checkpoints,
                    checkpoint_every=checkpoint_every,
                    resume=resume,
                    progress=shown,
                    interruption=interruption,
                    accumulate_across_epochs=carries,
                ).train()
        finally:
            shown.close()


def _check_functions(value_and_grad: Any, loss: Any) -> None:
    if not callable(value_and_grad):
        raise ArgumentError(
            "value_and_grad must be a function of (params, batch) that returns (loss, gradients). "
            f"Got: {type(value_and_grad).__name__}."
        )
    if loss is not None and not callable(loss):
        raise ArgumentError(
            "loss must be a function of (params, batch) that returns a number. "
            f"Got: {type(loss).__name__}."
        )


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ArgumentError(f"{name} must be a whole number. Got: {value!r}.")
    if number < least:
        raise ConfigurationError(f"{name} must be at least {least}. Got: {number}.")
    return number


def _measured_data(
    validation_data: Any,
    data: Any,
    source: Source,
    batch_size: int | None,
    metrics: Any,
    epochs: int,
) -> Source | None:
    if validation_data is not None:
        return open_data(validation_data, batch_size, epochs=epochs, what="validation_data")
    if not metrics:
        return None
    if not isinstance(source, Arrays):
        raise ArgumentError(
            "metrics of streamed data need validation_data to be measured on. Got: none."
        )
    return open_data(data, batch_size, epochs=epochs)


def _measures(
    value_and_grad: ValueAndGrad,
    loss: Measure | None,
    metrics: Any,
    optimizer: Optimizer,
    validating: bool,
) -> dict[str, Measure]:
    def without_gradients(params: Any, batch: Any) -> Any:
        return unscaled(value_and_grad(params, batch)[0], optimizer)

    checked = check_metrics(metrics)
    if not validating:
        return checked
    named = {f"val_{name}": metric for name, metric in checked.items()}
    return {"val_loss": loss or without_gradients, **named}


def _evaluation(
    run: Run, source: Source | None, measures: dict[str, Measure], *, with_averages: bool
) -> Evaluation | None:
    if source is None:
        return None
    weights: Callable[[], AbstractContextManager[None]] = nullcontext
    if with_averages and run.optimizer.averages():

        def averages() -> AbstractContextManager[None]:
            return run.optimizer.averaged(run.params)

        weights = averages
    return Evaluation(source, measures, weights)


def _early_stopping(given: Any, evaluation: Evaluation | None) -> EarlyStopping | None:
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        given = EarlyStopping(given)
    if not isinstance(given, EarlyStopping):
        raise ArgumentError(
            "early_stopping must be a patience in epochs, or an EarlyStopping. "
            f"Got: {type(given).__name__}."
        )
    columns: Iterable[str] = evaluation.columns if evaluation else ()
    return given.fitted(["loss", *columns])
