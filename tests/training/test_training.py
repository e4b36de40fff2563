"""fit(): the loop does what a loop by hand does, and says clearly what it cannot do."""

from collections import namedtuple

import numpy as np
import pytest

import adamas
from adamas.errors import (
    AdamasError,
    ArgumentError,
    ArrayError,
    ConfigurationError,
    NonFiniteError,
    StructureError,
)
from adamas.training import EarlyStopping, fit
from processes import output_of
from training_problem import (
    SlowerEachThirdStep,
    loss,
    make_data,
    make_params,
    mean_error,
    value_and_grad,
)


def train(data=None, params=None, function=value_and_grad, **options):
    params = make_params() if params is None else params
    arguments = {"optimizer": adamas.Adam(0.05), "epochs": 2, "batch_size": 8, "progress": False}
    history = fit(function, params, make_data() if data is None else data, **arguments | options)
    return params, history


def by_hand(epochs: int, batch_size: int, *, seed=0, optimizer=None, shuffle=True, drop=False):
    """The law of `fit` in a few lines, with the losses of the steps."""
    optimizer = optimizer or adamas.Adam(0.05)
    params, (x, y), losses = make_params(), make_data(), []
    for epoch in range(1, epochs + 1):
        order = np.arange(len(x))
        if shuffle:
            order = np.random.Generator(np.random.PCG64([seed, epoch])).permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            if drop and len(rows) < batch_size:
                break
            value, gradients = value_and_grad(params, (x[rows], y[rows]))
            optimizer.apply(gradients, params)
            losses.append(value)
    return params, losses


def same(left, right) -> bool:
    return all(left[name].tobytes() == right[name].tobytes() for name in right)


# The loop ----------------------------------------------------------------------------------------

LOOPS = {
    "shuffled": ({}, {}),
    "another seed": ({"seed": 11}, {"seed": 11}),
    "a large seed": ({"seed": 2**100}, {"seed": 2**100}),
    "in order": ({"shuffle": False}, {"shuffle": False}),
    "without the rest": ({"drop_remainder": True}, {"drop": True}),
}


@pytest.mark.parametrize("name", LOOPS)
def test_fit_is_the_loop_by_hand(name):
    options, hand = LOOPS[name]
    params, history = train(**options)
    expected, losses = by_hand(2, 8, **hand)
    assert same(params, expected)
    assert history.steps["loss"].tolist() == losses


@pytest.mark.parametrize("hand", [{"seed": 1}, {"shuffle": False}, {"drop": True}])
def test_a_loop_that_differs_is_noticed(hand):
    assert not same(train()[0], by_hand(2, 8, **hand)[0])


def test_without_a_batch_size_all_examples_are_one_batch_as_they_are():
    x, y = make_data()
    seen = []

    def look(params, batch):
        seen.append(batch)
        return value_and_grad(params, batch)

    train((x, y), function=look, batch_size=None, epochs=3)
    assert len(seen) == 3
    assert all(np.array_equal(batch[0], x) and batch[0].base is x for batch in seen)


def test_batches_in_order_are_views():
    x, y = make_data()
    owners = []

    def look(params, batch):
        owners.append(batch[0].base)
        return value_and_grad(params, batch)

    train((x, y), function=look, shuffle=False, epochs=1)
    assert all(owner is x for owner in owners)


def test_every_epoch_has_each_example_once_and_in_an_order_of_its_own():
    seen = []

    def look(params, batch):
        seen.extend(batch.tolist())
        return 0.0, {"w": np.zeros(2)}

    fit(
        look,
        {"w": np.zeros(2)},
        np.arange(30.0),
        optimizer="adam",
        epochs=3,
        batch_size=7,
        progress=False,
    )
    epochs = np.reshape(seen, (3, 30))
    assert (np.sort(epochs) == np.arange(30)).all()
    assert len({tuple(epoch) for epoch in epochs}) == 3


Pair = namedtuple("Pair", ["x", "y"])

FORMS = {
    "an array": (lambda x, y: np.column_stack([x, y]), lambda b: (b[:, :4], b[:, 4])),
    "a tuple": (lambda x, y: (x, y), lambda b: b),
    "a named tuple": (Pair, lambda b: (b.x, b.y)),
    "a mapping": (lambda x, y: {"x": x, "y": y}, lambda b: (b["x"], b["y"])),
    "a nested form": (lambda x, y: ({"x": x}, y), lambda b: (b[0]["x"], b[1])),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_batch_has_the_form_of_the_data(name):
    pack, unpack = FORMS[name]
    data = pack(*make_data())
    kinds = set()

    def function(params, batch):
        kinds.add(type(batch))
        return value_and_grad(params, unpack(batch))

    params, _ = train(data, function=function)
    assert same(params, by_hand(2, 8)[0])
    assert kinds == {type(data)}


def test_a_memory_mapped_array_is_read_in_batches(tmp_path):
    x, y = make_data()
    np.save(tmp_path / "x.npy", x)
    params, _ = train((np.load(tmp_path / "x.npy", mmap_mode="r"), y))
    assert same(params, by_hand(2, 8)[0])


def batches(epoch):
    x, y = make_data()
    order = np.random.Generator(np.random.PCG64([0, epoch])).permutation(len(x))
    for start in range(0, len(x), 8):
        rows = order[start : start + 8]
        yield x[rows], y[rows]


class Iterable:
    def __init__(self):
        self.epoch = 0

    def __iter__(self):
        self.epoch += 1
        return batches(self.epoch)


STREAMS = {
    "a function of the epoch": (batches, 2),
    "an iterable": (Iterable(), 2),
    "a list": (list(batches(1)), 1),
    "an iterator, for one epoch": (batches(1), 1),
    "a function of nothing": (lambda: batches(1), 1),
}


@pytest.mark.parametrize("name", STREAMS)
def test_batches_may_come_ready_made(name):
    data, epochs = STREAMS[name]
    params, history = train(data, batch_size=None, epochs=epochs)
    expected, losses = by_hand(epochs, 8)
    assert same(params, expected)
    assert history.steps["loss"].tolist() == losses
    # The mean over examples: the last batch, of 2, counts a quarter of the others.
    sizes = [8] * 6 + [2]
    assert history["loss"][0] == pytest.approx(np.average(losses[:7], weights=sizes), rel=1e-12)


def test_parameters_may_be_nested_and_of_several_dtypes():
    params = {"layer": {"w": np.zeros(4, np.float64)}, "rest": [np.zeros((), np.float16)]}

    def function(params, batch):
        flat = {"w": params["layer"]["w"], "b": params["rest"][0]}
        value, gradients = value_and_grad(flat, batch)
        return value, {"layer": {"w": gradients["w"]}, "rest": [gradients["b"]]}

    _, history = train(params=params, function=function, epochs=20)
    assert history["loss"][-1] < 0.5 * history["loss"][0]


def test_gradients_may_come_from_autograd():
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")

    def differentiable(params, batch):
        x, y = batch
        return anp.mean((anp.sum(x * params["w"], axis=1) + params["b"] - y) ** 2)

    def wide():
        return {"w": np.zeros(4), "b": np.zeros(())}

    found, history = train(params=wide(), function=autograd.value_and_grad(differentiable))
    expected, _ = train(params=wide())
    # The same gradients up to rounding: sums in another order, float32 data.
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4)
    assert history.steps.rows == 14


def test_a_second_fit_goes_on_with_the_optimizer_s_state():
    optimizer = adamas.Adam(0.05)
    params, _ = train(optimizer=optimizer, epochs=1)
    train(params=params, optimizer=optimizer, epochs=1)
    reference = adamas.Adam(0.05)
    expected = make_params()
    for _ in range(2):
        for batch in batches(1):
            reference.apply(value_and_grad(expected, batch)[1], expected)
    assert same(params, expected)
    assert optimizer.iterations == 14


def test_an_optimizer_built_for_other_arrays_goes_on_with_these():
    optimizer = adamas.Adam(0.05, use_ema=True)
    optimizer.build(make_params())
    params, _ = train(optimizer=optimizer)
    fresh, _ = train(optimizer=adamas.Adam(0.05, use_ema=True))
    assert same(params, fresh)


def test_the_optimizer_may_be_given_by_name_or_description():
    description = adamas.serialize(adamas.Adam(0.001))
    assert same(train(optimizer="adam")[0], train(optimizer=description)[0])


# Averages, accumulation, scaled losses ------------------------------------------------------------


def test_training_ends_with_the_averages():
    optimizer = adamas.Adam(0.05, use_ema=True, ema_momentum=0.9)
    params, _ = train(optimizer=optimizer)
    assert same(params, optimizer.state["ema"])
    assert not same(params, by_hand(2, 8)[0])


@pytest.mark.parametrize("averaged", [True, False])
def test_validation_uses_the_averages_if_it_is_told_to(averaged):
    optimizer = adamas.Adam(0.05, use_ema=True, ema_momentum=0.9)
    expected = []

    def look(run):
        values = run.optimizer.state["ema"] if averaged else run.params
        expected.append(loss(values, make_data(20, seed=1)))

    _, history = train(
        optimizer=optimizer,
        validation_data=make_data(20, seed=1),
        validate_with_averages=averaged,
        batch_size=50,
        callbacks=look,
    )
    assert history["val_loss"].tolist() == pytest.approx(expected, rel=1e-12)


def test_micro_batches_that_do_not_fill_a_group_make_an_update_at_the_end_of_an_epoch():
    optimizer = adamas.Adam(0.05, gradient_accumulation_steps=4, global_clipnorm=1.0)
    measured = []
    params, history = train(
        optimizer=optimizer, shuffle=False, callbacks=lambda run: measured.append(copies(run))
    )
    plain, gradients = adamas.Adam(0.05, global_clipnorm=1.0), make_params()
    (x, y), rows = make_data(), list(range(0, 50, 8))
    for group in (rows[:4], rows[4:]) * 2:
        every = [value_and_grad(gradients, (x[r : r + 8], y[r : r + 8]))[1] for r in group]
        mean = {name: sum(one[name] for one in every) / len(every) for name in gradients}
        plain.apply(mean, gradients)
    assert (optimizer.calls, optimizer.iterations, optimizer.pending) == (14, 4, 0)
    for name, array in params.items():
        np.testing.assert_allclose(array, gradients[name], rtol=1e-5, atol=1e-7)
    assert same(measured[-1], params)  # before anything is measured
    assert np.isfinite(history["gradient_norm"]).all()


def copies(run):
    return {name: array.copy() for name, array in run.params.items()}


def test_micro_batches_may_wait_for_the_next_epoch_and_the_next_fit():
    optimizer = adamas.Adam(0.05, gradient_accumulation_steps=4, global_clipnorm=1.0)
    _, history = train(optimizer=optimizer, accumulate_across_epochs=True)
    assert (optimizer.calls, optimizer.iterations, optimizer.pending) == (14, 3, 2)
    updates = np.flatnonzero(np.isfinite(history.steps["gradient_norm"])) + 1
    assert updates.tolist() == [4, 8, 12]


def test_a_scaled_loss_is_recorded_without_its_scale():
    optimizer = adamas.Adam(0.05, loss_scale_factor=1024.0)

    def scaled(params, batch):
        value, gradients = value_and_grad(params, batch)
        factor = np.float32(1024)
        return optimizer.scale_loss(value), {n: factor * g for n, g in gradients.items()}

    data = make_data(20, seed=1)
    params, history = train(function=scaled, optimizer=optimizer, validation_data=data)
    plain, expected = train(validation_data=data)
    assert same(params, plain)  # a power of two: no bit changes
    assert history["loss"].tolist() == expected["loss"].tolist()
    assert history["val_loss"].tolist() == expected["val_loss"].tolist()


# What is measured ---------------------------------------------------------------------------------


def test_validation_is_the_mean_over_all_examples():
    data = make_data(21, seed=1)  # three batches, the last of 5
    params, history = train(validation_data=data, metrics={"error": mean_error})
    assert history["val_loss"][-1] == pytest.approx(loss(params, data), rel=1e-6)
    assert history["val_error"][-1] == pytest.approx(mean_error(params, data), rel=1e-6)
    unweighted = np.mean([mean_error(params, [a[i : i + 8] for a in data]) for i in (0, 8, 16)])
    assert abs(history["val_error"][-1] - unweighted) > 1e-4


def test_without_validation_data_metrics_are_measured_on_the_data():
    params, history = train(metrics={"error": mean_error})
    assert history["error"][-1] == pytest.approx(mean_error(params, make_data()), rel=1e-6)


def test_the_loss_alone_serves_the_validation():
    calls = []

    def counted(params, batch):
        calls.append(1)
        return value_and_grad(params, batch)

    data = make_data(20, seed=1)
    _, history = train(function=counted, loss=loss, validation_data=data)
    assert len(calls) == history.steps.rows
    assert history["val_loss"].tolist() == train(validation_data=data)[1]["val_loss"].tolist()


def test_validation_data_may_be_a_stream():
    _, history = train(validation_data=lambda: batches(1))
    assert np.isfinite(history["val_loss"]).all()


def test_validation_changes_no_bit_of_the_training():
    assert same(train(validation_data=make_data(20), metrics={"e": mean_error})[0], train()[0])


# Early stopping -----------------------------------------------------------------------------------


def made_up(values, **law):
    """A run whose validation loss is what a list says; with the weights of each epoch."""
    epochs = iter(values)
    weights = []

    _, history = result = train(
        epochs=len(values),
        batch_size=None,
        validation_data=make_data(20),
        loss=lambda params, batch: next(epochs),
        early_stopping=EarlyStopping(**law),
        callbacks=lambda run: weights.append(run.params["w"].copy()),
    )
    return (*result, weights, history.best_epoch)


NAN = float("nan")
GOES_ON = ["falling", "too little is none"]
STOPS = {
    "falling": ([5, 4, 3, 2], {"patience": 1}, 4, 4),
    "rising": ([1, 2, 3, 4, 5], {"patience": 2}, 3, 1),
    "one worse is forgiven": ([3, 4, 2, 3, 1, 2, 3, 9], {"patience": 2}, 7, 5),
    "equal is no improvement": ([1, 1, 1, 1], {"patience": 2}, 3, 1),
    "too little is none": ([1, 0.9, 0.8, 0.5, 0.45], {"patience": 3, "min_delta": 0.3}, 5, 4),
    "larger is better": (
        [1, 2, 1, 1, 9],
        {"patience": 2, "mode": "max", "monitor": "val_loss"},
        4,
        2,
    ),
    "NaN is never better": ([NAN, 3, NAN, NAN, 1], {"patience": 2}, 4, 2),
    "infinity can be bettered": ([np.inf, 3, 4, 5], {"patience": 2}, 4, 2),
}


@pytest.mark.parametrize("name", STOPS)
def test_training_stops_when_nothing_improves_and_ends_with_the_best(name):
    values, law, epochs, best = STOPS[name]
    params, history, weights, best_epoch = made_up(values, **law)
    assert (len(history), best_epoch) == (epochs, best)
    assert np.array_equal(params["w"], weights[best - 1])
    assert (history.stopped is None) == (name in GOES_ON)


def test_without_restore_best_training_ends_with_the_last():
    params, _, weights, best = made_up([1, 2, 3], patience=2, restore_best=False)
    assert best == 1
    assert np.array_equal(params["w"], weights[2])


def test_the_best_weights_are_averages_where_averages_were_measured():
    optimizer = adamas.Adam(0.05, use_ema=True, ema_momentum=0.5)
    averages = []
    values = iter([3, 1, 2, 2, 2])
    params, history = train(
        optimizer=optimizer,
        epochs=5,
        validation_data=make_data(20),
        batch_size=None,
        loss=lambda params, batch: next(values),
        early_stopping=2,
        callbacks=lambda run: averages.append(run.optimizer.state["ema"]["w"].copy()),
    )
    assert history.best_epoch == 2
    assert len(history) == 4
    assert np.array_equal(params["w"], averages[1])


def test_without_validation_data_the_training_loss_is_watched():
    _, history = train(early_stopping=EarlyStopping(1, min_delta=100.0), epochs=5)
    assert len(history) == 2
    assert history.stopped is not None
    assert "loss has not improved for 1 epochs" in history.stopped


WRONG_LAWS = {
    "no patience": (lambda: EarlyStopping(0), ConfigurationError, "at least 1"),
    "half an epoch": (lambda: EarlyStopping(1.5), ArgumentError, "number of epochs"),  # type: ignore[arg-type]
    "no such mode": (lambda: EarlyStopping(mode="best"), ConfigurationError, "'min' or 'max'"),
    "negative": (lambda: EarlyStopping(min_delta=-1.0), ConfigurationError, "at least 0"),
    "undirected": (
        lambda: EarlyStopping(monitor="val_error"),
        ConfigurationError,
        "smaller or larger",
    ),
    "not measured": (
        lambda: train(
            early_stopping=EarlyStopping(monitor="val_eror", mode="min"),
            metrics={"error": mean_error},
            validation_data=make_data(),
        ),
        ConfigurationError,
        "Did you mean 'val_error'",
    ),
    "something else": (lambda: train(early_stopping="soon"), ArgumentError, "patience"),
}


@pytest.mark.parametrize("name", WRONG_LAWS)
def test_a_law_that_means_nothing_is_refused(name):
    make, kind, message = WRONG_LAWS[name]
    with pytest.raises(kind, match=message):
        make()


# Callbacks ----------------------------------------------------------------------------------------


class Recorder:
    def __init__(self):
        self.seen = []

    def note(self, hook, run):
        self.seen.append((hook, run.epoch, run.batch, run.step, len(run.history)))

    def on_start(self, run):
        self.note("start", run)

    def on_step(self, run):
        self.note("step", run)

    def on_epoch(self, run):
        self.note("epoch", run)

    def on_end(self, run):
        self.note("end", run)


def test_hooks_are_called_in_order_and_see_what_has_been_done():
    recorder = Recorder()
    train(batch_size=30, callbacks=recorder)
    assert recorder.seen == [
        ("start", 1, 0, 0, 0),
        ("step", 1, 1, 1, 0),
        ("step", 1, 2, 2, 0),
        ("epoch", 1, 2, 2, 1),
        ("step", 2, 1, 3, 1),
        ("step", 2, 2, 4, 1),
        ("epoch", 2, 2, 4, 2),
        ("end", 2, 0, 4, 2),
    ]


def test_a_callback_sees_the_run_and_may_change_the_rate():
    seen = []

    def halve(run):
        seen.append((run.loss, run.epochs, run.history["loss"][-1]))
        run.optimizer.learning_rate /= 2

    optimizer = adamas.Adam(0.08)
    _, history = train(callbacks=[halve], optimizer=optimizer, epochs=3)
    assert history["learning_rate"].tolist() == [0.08, 0.04, 0.02]
    assert optimizer.learning_rate == 0.01
    assert [losses for *_, losses in seen] == history["loss"].tolist()


def test_a_callback_may_stop_after_an_epoch():
    _, history = train(callbacks=lambda run: run.epoch == 3 and run.stop("enough"), epochs=9)
    assert len(history) == 3
    assert history.stopped == "enough"


def test_a_stop_within_an_epoch_still_validates_and_records_it():
    class Stop:
        def on_step(self, run):
            if run.step == 9:
                run.stop()

    _, history = train(callbacks=Stop(), epochs=9, validation_data=make_data(20))
    assert (len(history), history.steps.rows) == (2, 9)
    assert np.isfinite(history["val_loss"]).all()
    assert history["step"].tolist() == [7, 9]


def test_a_stop_before_the_first_step_makes_none():
    class Stop:
        def on_start(self, run):
            run.stop()

    params, history = train(callbacks=Stop())
    assert len(history) == history.steps.rows == 0
    assert same(params, make_params())


def test_an_error_in_a_callback_comes_through():
    def fail(run):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        train(callbacks=fail)


def test_a_hook_with_a_wrong_name_is_refused():
    class Wrong:
        def on_epoch_end(self, run):
            pass

    with pytest.raises(ArgumentError, match="Did you mean 'on_epoch'"):
        train(callbacks=[Wrong()])


def test_what_is_no_callback_is_refused():
    with pytest.raises(ArgumentError, match="function of the run"):
        train(callbacks=[3])
    with pytest.raises(ArgumentError, match=r"the class Recorder. Give Recorder\(...\)"):
        train(callbacks=[Recorder])


# Not finite ---------------------------------------------------------------------------------------


def poisoned(step: int, *, loss_too: bool = True):
    calls = iter(range(1, 1000))

    def function(params, batch):
        value, gradients = value_and_grad(params, batch)
        if next(calls) == step:
            gradients["w"][1] = NAN
            value = NAN if loss_too else value
        return value, gradients

    return function


@pytest.mark.parametrize("loss_too", [True, False])
def test_nan_ends_the_training_and_names_parameter_and_step(loss_too):
    params = make_params()
    optimizer = adamas.Adam(0.05)
    with pytest.raises(NonFiniteError) as caught:
        train(params=params, optimizer=optimizer, function=poisoned(9, loss_too=loss_too))
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert "'w'" in text
    assert "'b'" not in text
    assert "in step 9 (epoch 2, batch 2)" in text
    assert ("The loss must be finite" in text) == loss_too
    assert np.isfinite(params["w"]).all()
    assert optimizer.calls == 8
    assert optimizer.nonfinite == "propagate"


def test_a_loss_that_is_not_finite_is_reported_even_if_the_gradients_are():
    def function(params, batch):
        return np.inf, value_and_grad(params, batch)[1]

    params = make_params()
    with pytest.raises(NonFiniteError, match=r"loss must be finite. Got: inf in step 1"):
        train(params=params, function=function)
    assert same(params, make_params())


@pytest.mark.parametrize("where", ["fit", "optimizer"])
def test_steps_that_are_not_finite_are_skipped_if_one_says_so(where):
    optimizer = adamas.Adam(0.05, nonfinite="skip" if where == "optimizer" else "propagate")
    options = {"nonfinite": "skip"} if where == "fit" else {}
    params, history = train(optimizer=optimizer, function=poisoned(3), **options)
    assert np.isfinite(params["w"]).all()
    assert history["skipped"].tolist() == [1, 0]
    assert np.isnan(history.steps["loss"][2])
    assert np.isfinite(history["loss"]).all()
    assert optimizer.calls == 13


def test_nan_is_stored_if_one_says_so():
    params, history = train(function=poisoned(3), nonfinite="propagate")
    assert np.isnan(params["w"][1])
    assert np.isnan(history["loss"]).tolist() == [True, True]


def test_what_the_optimizer_does_to_nan_is_restored_even_after_an_error():
    optimizer = adamas.Adam(0.05, nonfinite="propagate")
    with pytest.raises(ArgumentError):
        train(optimizer=optimizer, function=lambda params, batch: 3.0)
    assert optimizer.nonfinite == "propagate"


# Refusals -----------------------------------------------------------------------------------------

X, Y = make_data()
REFUSED = {
    "no function": ({"function": 3}, ArgumentError, "value_and_grad must be a function"),
    "no loss function": ({"loss": 3.0}, ArgumentError, "loss must be a function"),
    "gradients alone": (
        {"function": lambda p, b: value_and_grad(p, b)[1]},
        ArgumentError,
        "loss must be a single number. Got: str",
    ),
    "the loss alone": ({"function": loss}, ArgumentError, r"pair \(loss, gradients\). Got: float"),
    "three values": ({"function": lambda p, b: (1, 2, 3)}, ArgumentError, "Got: 3 values"),
    "losses of examples": (
        {"function": lambda p, b: (np.zeros(8), {})},
        ArgumentError,
        r"single number. Got: shape \(8,\)",
    ),
    "gradients of another form": (
        {"function": lambda p, b: (1.0, [np.zeros(4)])},
        StructureError,
        "mapping",
    ),
    "no data": ({"data": 5}, ArgumentError, "data must be an array"),
    "text": ({"data": "digits.csv"}, ArgumentError, "data must be an array"),
    "no arrays": ({"data": ()}, ArgumentError, "at least one array"),
    "lists as arrays": ({"data": (X, Y.tolist())}, ArgumentError, "data/1 must be an array"),
    "a number among arrays": ({"data": (X, np.float32(3))}, ArrayError, "data/1 must have a first"),
    "unequal lengths": (
        {"data": {"x": X, "y": Y[:-1]}},
        ArrayError,
        "data/x has 50, data/y has 49",
    ),
    "no examples": ({"data": X[:0]}, ArrayError, "at least one example"),
    "a list of arrays": ({"data": [X, Y]}, ArgumentError, "tuple"),
    "a batch size for batches": ({"data": batches}, ArgumentError, "batch_size cuts arrays"),
    "an iterator for two epochs": (
        {"data": batches(1), "batch_size": None},
        ArgumentError,
        "once",
    ),
    "a stream without batches": ({"data": [], "batch_size": None}, ArrayError, "none in epoch 1"),
    "no batch is full": (
        {"batch_size": 51, "drop_remainder": True},
        ConfigurationError,
        "at most the 50",
    ),
    "no epochs": ({"epochs": 0}, ConfigurationError, "epochs must be at least 1"),
    "half an epoch": ({"epochs": 1.5}, ArgumentError, "epochs must be a whole number"),
    "no batch size": ({"batch_size": 0}, ConfigurationError, "batch_size must be at least 1"),
    "a flag": ({"batch_size": True}, ArgumentError, "batch_size must be a whole number"),
    "a negative seed": ({"seed": -1}, ConfigurationError, "seed must be at least 0"),
    "no seed": ({"seed": None}, ArgumentError, "seed must be a whole number"),
    "no optimizer": ({"optimizer": 3}, ArgumentError, "optimizer"),
    "a metric that is none": ({"metrics": {"e": 3}}, ArgumentError, "metric must be a function"),
    "metrics without names": ({"metrics": [loss]}, ArgumentError, "mapping"),
    "a name that is taken": ({"metrics": {"loss": loss}}, ConfigurationError, "other than loss"),
    "metrics of a stream": (
        {"data": batches, "batch_size": None, "metrics": {"e": loss}},
        ArgumentError,
        "validation_data",
    ),
    "a metric of each example": (
        {"metrics": {"e": lambda p, b: b[1]}},
        ArgumentError,
        r"e must be a single number. Got: shape \(8,\)",
    ),
    "validation data of unequal length": (
        {"validation_data": (X, Y[:3])},
        ArrayError,
        "validation_data/0 has 50",
    ),
    "nonsense for NaN": ({"nonfinite": "ignore"}, ConfigurationError, "nonfinite must be one of"),
    "one array of parameters": ({"params": np.zeros(4)}, StructureError, "Put it in a list"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_work_is_refused_with_the_way_out(what):
    options, kind, message = REFUSED[what]
    params = options.get("params", make_params())
    before = (
        {name: np.copy(array) for name, array in params.items()} if "params" not in options else {}
    )
    with pytest.raises(kind, match=message) as caught:
        train(**{**options, "params": params})
    assert isinstance(caught.value, AdamasError)
    if what != "a metric of each example":  # found after the first epoch
        assert same(params, before)


def test_a_table_of_pandas_is_refused():
    class Table:  # looks like a DataFrame's column
        shape, dtype, iloc = (50,), np.dtype(float), None

    with pytest.raises(ArgumentError, match=r"numpy.asarray"):
        train(data=(X, Table()))


# Rates --------------------------------------------------------------------------------------------


def test_the_rate_of_a_schedule_is_recorded_as_it_was_used():
    schedule = adamas.schedules.CosineDecay(0.1, 14)
    _, history = train(optimizer=adamas.Adam(schedule))
    assert history.steps["learning_rate"].tolist() == [schedule(step) for step in range(14)]


def test_a_callable_rate_is_called_once_in_a_step():
    calls = []

    def rate():
        calls.append(1)
        return 0.05

    params, history = train(optimizer=adamas.Adam(rate))
    assert len(calls) == history.steps.rows
    assert "learning_rate" not in history.steps
    assert same(params, by_hand(2, 8)[0])


# Lightness ----------------------------------------------------------------------------------------


def test_importing_training_loads_neither_bar_nor_pictures_nor_compiler():
    script = (
        "import sys, adamas.training; "
        "heavy = {'tqdm', 'matplotlib', 'llvmlite', 'safetensors', 'ml_dtypes'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    output_of(script)


def test_a_run_with_everything_trains():
    _, history = train(
        epochs=30,
        validation_data=make_data(20, seed=1),
        metrics={"error": mean_error},
        callbacks=[SlowerEachThirdStep()],
        early_stopping=10,
    )
    assert history["val_loss"].min() < 0.6 * history["val_loss"][0]
