"""Models that train with optimizers of `adamas.keras`, on the backend that KERAS_BACKEND names."""

import functools
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest

import adamas.keras as ak
from adamas import schedules
from adamas.errors import ConfigurationError, StateError
from family import CROSSED, FAMILY
from keras_contract import BACKEND, COMMON, Heavy, digits, model, numpy_of, train

compiled = pytest.mark.skipif(BACKEND == "torch", reason="PyTorch runs each step anew")


@pytest.mark.parametrize("name", [*CROSSED, "one's own"])
def test_every_optimizer_trains_in_fit(name):
    known = name in FAMILY
    made, rate = (getattr(ak, name), FAMILY[name].rate / 10) if known else (ak.wrap(Heavy), 0.02)
    # Those that find their rate do not change a loss in float32 within four epochs from 1e-6.
    begun = FAMILY[name].begun if known else {}
    net = model(made(rate, **begun, **COMMON[list(FAMILY).index(name) % 2 if known else 0]))
    loss = train(net, epochs=4).history["loss"]
    assert loss[-1] < loss[0]
    assert net.evaluate(*digits(), verbose=0, return_dict=True)["loss"] < loss[0]


# -- kinds of models ------------------------------------------------------------------------------

EMBEDDED = {
    "plain": lambda: ak.Adam(0.01),
    "clip, decay and loss scale": lambda: ak.Adam(
        0.01, global_clipnorm=0.1, weight_decay=0.1, loss_scale_factor=8.0
    ),
    "accumulation and average": lambda: ak.Adam(
        0.01, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5
    ),
    "small slots": lambda: ak.Adafactor(0.01),
    "norms": lambda: ak.Lamb(0.01),
}


@pytest.mark.parametrize("eagerly", [False, True])
@pytest.mark.parametrize("name", EMBEDDED)
def test_rows_of_an_embedding_that_come_twice_count_twice(name, eagerly):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(11, 4), keras.layers.Flatten(), keras.layers.Dense(1)]
    net = keras.Sequential([keras.Input((5,), dtype="int32"), *layers])
    optimizer = EMBEDDED[name]()
    net.compile(optimizer=optimizer, loss="mse", run_eagerly=eagerly)
    chance = np.random.default_rng(0)
    words = chance.integers(0, 9, (64, 5))  # many come twice, 9 and 10 never
    wanted = chance.normal(size=(64, 1)).astype(np.float32)
    held = {w.path: numpy_of(w).astype(np.float32) for w in net.trainable_variables}
    reference = optimizer.declaration.from_config(optimizer.declared.get_config())
    net.fit(words, wanted, epochs=4, batch_size=64, verbose=0)
    for _ in range(4):
        table, weight, bias = held.values()
        seen = table[words].reshape(64, -1)
        slope = 2 * (seen @ weight + bias - wanted) / 64
        rows = np.zeros_like(table)
        np.add.at(rows, words, (slope @ weight.T).reshape(64, 5, 4))
        grads = (rows, seen.T @ slope, slope.sum(0))
        scale = reference.loss_scale_factor or 1.0
        reference.apply({n: scale * g for n, g in zip(held, grads, strict=True)}, held)
    reference.finalize_variable_values(held)
    for w in net.trainable_variables:
        np.testing.assert_allclose(numpy_of(w), held[w.path], atol=1e-6)


def sparse(rows, values, shape):
    """A sparse gradient as the backend has it, in which a row may come twice."""
    match BACKEND:
        case "torch":
            import torch

            return torch.sparse_coo_tensor(
                [rows], torch.tensor(values), shape, check_invariants=True
            )
        case "jax":
            from jax.experimental.sparse import BCOO

            return BCOO((np.asarray(values), np.asarray(rows)[:, None]), shape=shape)
    import tensorflow as tf

    return tf.IndexedSlices(tf.constant(values), tf.constant(rows), tf.constant(shape))


def test_sparse_gradients_are_dense_ones():
    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
    variable = keras.Variable(np.zeros((4, 2)), dtype="float32")
    ak.SGD(1.0, clipnorm=5.0).apply([sparse([2, 0, 2], values, (4, 2))], [variable])
    dense = np.array([[3.0, 4.0], [0, 0], [6.0, 8.0], [0, 0]])
    np.testing.assert_allclose(numpy_of(variable), -5 * dense / np.sqrt(125), rtol=1e-6)


def heads():
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    return keras.Model(
        inputs,
        {
            "digit": keras.layers.Dense(10, activation="softmax", name="digit")(hidden),
            "size": keras.layers.Dense(1, name="size")(hidden),
        },
    )


def test_models_with_several_outputs_train():
    net, (x, y) = heads(), digits()
    net.compile(
        optimizer=ak.AdamW(0.01, global_clipnorm=1.0, use_ema=True, ema_momentum=0.5),
        loss={"digit": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"digit": 1.0, "size": 0.1},
    )
    targets = {"digit": y, "size": y[:, None].astype(np.float32)}
    history = net.fit(x, targets, epochs=4, verbose=0).history
    for name in ("digit_loss", "size_loss"):
        assert history[name][-1] < history[name][0]


@pytest.mark.skipif(BACKEND == "jax", reason="JAX gives zeros where there is no gradient")
def test_an_output_without_a_loss_stays_and_is_named():
    net, (x, y) = heads(), digits()
    net.compile(
        optimizer=ak.AdamW(0.01, use_ema=True), loss={"digit": "sparse_categorical_crossentropy"}
    )
    before = numpy_of(net.get_layer("size").kernel)
    with pytest.warns(UserWarning, match="size/kernel"):
        net.fit(x, {"digit": y}, epochs=1, verbose=0)
    np.testing.assert_array_equal(numpy_of(net.get_layer("size").kernel), before)


def test_frozen_layers_stay_and_thaw():
    net = model("sgd")
    frozen, free = net.layers
    for trainable in (False, True):
        frozen.trainable = trainable
        net.compile(optimizer=ak.Adam(0.01, weight_decay=0.5, use_ema=True), loss=net.loss)
        before = [numpy_of(layer.kernel) for layer in (frozen, free)]
        train(net, epochs=1)
        moved = [
            (numpy_of(layer.kernel) != old).any()
            for layer, old in zip(net.layers, before, strict=True)
        ]
        assert moved == [trainable, True]


# -- precision ------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16", "float16", "mixed_float16"])
@pytest.mark.parametrize("make", [lambda: ak.Adam(0.03), lambda: ak.Muon(0.03, use_ema=True)])
def test_models_learn_in_low_precision(policy, make):
    keras.config.set_dtype_policy(policy)
    try:
        net = model(make())
        assert (type(net.optimizer).__name__ == "LossScaleOptimizer") == (policy == "mixed_float16")
        train(net, epochs=12)
        assert net.evaluate(*digits(), verbose=0, return_dict=True)["accuracy"] > 0.8
    finally:
        keras.config.set_dtype_policy("float32")


def test_a_loss_scale_that_is_too_great_falls_and_the_calls_do_not_count():
    inner = ak.Adam(0.01, use_ema=True)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=2.0**24)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        net = model(optimizer)
        train(net, epochs=1)
    finally:
        keras.config.set_dtype_policy("float32")
    halved = 24 - int(np.log2(float(optimizer.dynamic_scale)))
    assert 0 < halved < 10
    assert int(inner.iterations) == 10 - halved
    assert np.isfinite([np.abs(numpy_of(w)).max() for w in net.trainable_variables]).all()


# -- rates ----------------------------------------------------------------------------------------

RATES = {
    "Constant": lambda: schedules.Constant(0.01),
    "ExponentialDecay": lambda: schedules.ExponentialDecay(0.01, 3, 0.5, staircase=True),
    "PiecewiseConstantDecay": lambda: schedules.PiecewiseConstantDecay([3, 7], [0.01, 0.02, 0.03]),
    "PolynomialDecay": lambda: schedules.PolynomialDecay(0.01, 4, cycle=True),
    "InverseTimeDecay": lambda: schedules.InverseTimeDecay(0.01, 3, 0.5),
    "CosineDecay": lambda: schedules.CosineDecay(0.0, 6, warmup_target=0.01, warmup_steps=3),
    "CosineDecayRestarts": lambda: schedules.CosineDecayRestarts(0.01, 4),
    "InverseSquareRoot": lambda: schedules.InverseSquareRoot(0.01, 4),
    "WarmupStableDecay": lambda: schedules.WarmupStableDecay(0.01, 3, 4, 5),
    "OneCycle": lambda: schedules.OneCycle(0.01, 10),
    "Warmup": lambda: schedules.Warmup(schedules.ExponentialDecay(0.01, 5, 0.5), 4),
    "Chain": lambda: schedules.Chain(
        [0.01, schedules.Warmup(0.02, 3), lambda step: 0.03 / (1 + step)], [4, 8]
    ),
    "a function": lambda: lambda step: 0.01 * np.exp(-step / 5),
}


@pytest.mark.parametrize("name", RATES)
def test_every_schedule_is_followed_in_fit(name):
    # Steps of size 1 against a gradient of 1: the weight is the sum of the rates.
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    net.compile(optimizer=ak.SGD(RATES[name]()), loss=lambda wanted, found: found - 0 * wanted)
    before = numpy_of(net.layers[0].kernel)
    ones = np.ones((12, 1), np.float32)
    net.fit(ones, ones, batch_size=1, epochs=1, verbose=0)
    wanted = schedules.as_schedule(RATES[name]())(np.arange(12)).sum()
    np.testing.assert_allclose(before - numpy_of(net.layers[0].kernel), wanted, rtol=2e-5)


def test_callbacks_set_the_rate():
    net, rates = model(ak.Adam(0.01, use_ema=True)), []
    look = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(float(net.optimizer.learning_rate))
    )
    never = keras.callbacks.ReduceLROnPlateau(monitor="loss", min_delta=100, patience=1, factor=0.5)
    train(net, epochs=4, callbacks=[look, never])
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.005, 0.0025], rtol=1e-6)
    net = model(ak.Adam(0.01))
    before = [numpy_of(w) for w in net.trainable_variables]
    train(net, epochs=2, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 0.0)])
    for w, old in zip(net.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(numpy_of(w), old)


def test_a_rate_may_be_set_to_another_rate_or_schedule():
    optimizer = ak.SGD(0.5)
    variable = keras.Variable(np.zeros(()), dtype="float32")
    optimizer.build([variable])
    ours = schedules.ExponentialDecay(1.0, 1, 0.5)
    theirs = keras.optimizers.schedules.PiecewiseConstantDecay([4], [0.25, 8.0])
    for rate in (0.5, np.float32(0.25), ours, theirs, lambda step: step + 1.0):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.ones(())], [variable])
    # Call 2 of ours is 0.25, call 3 of theirs is 0.25, call 4 of the function 5.
    assert float(numpy_of(variable)) == -(0.5 + 0.25 + 0.25 + 0.25 + 5.0)
    with pytest.raises(ConfigurationError, match="learning_rate must be at least 0"):
        optimizer.learning_rate = -1.0


@compiled
def test_numbers_that_are_compiled_say_so_and_change_when_the_model_is_compiled_again():
    ends = {}
    for how in ("constant", "changed", "compiled again"):
        net = model(ak.SGD(0.05, momentum=0.9))
        train(net, epochs=1)
        if how != "constant":
            with pytest.warns(UserWarning, match="momentum is a constant of steps"):
                net.optimizer.momentum = 0.1
        if how == "compiled again":
            net.compile(optimizer=net.optimizer, loss=net.loss)
        train(net, epochs=1)
        ends[how] = numpy_of(net.layers[0].kernel)
    np.testing.assert_array_equal(ends["constant"], ends["changed"])
    assert np.abs(ends["constant"] - ends["compiled again"]).max() > 1e-3


# -- compilers and devices ------------------------------------------------------------------------


# What PyTorch says of Keras's trainer.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:The .grad attribute:UserWarning")
def test_compiled_models_train_as_others_do(monkeypatch):
    if BACKEND == "torch":
        import torch

        # The graphs of torch.compile without its C++, which takes a minute.
        monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    ends = []
    for options in ({"jit_compile": True}, {"run_eagerly": True}):
        net = model(ak.Adam(0.01, global_clipnorm=1.0, nonfinite="skip"), **options)
        train(net, epochs=1)
        ends.append([numpy_of(w) for w in net.trainable_variables])
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def divided():
    """Ways in which Keras divides a model among 4 devices of JAX."""
    mesh = keras.distribution.DeviceMesh((2, 2), ["batch", "model"])
    layout = keras.distribution.LayoutMap(mesh)
    layout[".*kernel"] = (None, "model")
    return (
        keras.distribution.DataParallel(),
        keras.distribution.ModelParallel(layout_map=layout, batch_dim_name="batch"),
    )


@pytest.mark.skipif(BACKEND != "jax", reason="keras.distribution is for JAX")
@pytest.mark.parametrize("name", ["AdamW", "Adafactor", "Muon", "Lamb"])
def test_models_divided_among_devices_train_as_others_do(name):
    ends = []
    for distribution in (None, *divided()):
        keras.distribution.set_distribution(distribution)
        try:
            net = model(getattr(ak, name)(0.01, global_clipnorm=1.0, use_ema=True))
            train(net, epochs=1)
        finally:
            keras.distribution.set_distribution(None)
        ends.append(numpy_of(net.layers[0].kernel))
    assert len(net.layers[0].kernel.value.sharding.device_set) == 4
    path = net.layers[0].kernel.path
    assert tuple(net.optimizer.slots["ema"][path].value.sharding.spec) == (None, "model")
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], atol=5e-6)


REPLICAS = """
import tensorflow as tf
host = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
tf.config.set_logical_device_configuration(host, two)
import keras, adamas.keras
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    net.compile(optimizer=adamas.keras.Adam(), loss="mse")
net.fit(tf.ones((4, 3)), tf.ones((4, 1)), verbose=0)
"""


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's replicas")
def test_replicas_of_tensorflow_are_refused():
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True)
    assert done.returncode != 0
    assert "UnsupportedError: adamas.keras does not sum gradients over replicas" in done.stderr


def dense(units, optimizer):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(units)])
    model.compile(optimizer, "mse")
    return model


def fitted(model):
    units = model.output_shape[-1]
    model.fit(np.ones((4, 2)), np.ones((4, units)), verbose=0)
    return model


def test_an_optimizer_has_one_model():
    optimizer = ak.Adam(0.1)
    first = fitted(dense(1, optimizer))
    with pytest.raises(StateError, match=r"Make a new one for another model: .*from_config"):
        optimizer.build(dense(1, "sgd").trainable_variables)
    optimizer.build(first.trainable_variables)
    fresh = type(optimizer).from_config(optimizer.get_config())
    fitted(dense(2, fresh))
    assert int(fresh.iterations) == 1
    on_jax = keras.backend.backend() == "jax"
    if on_jax:  # fit hands over values, which are told from others by their shapes alone
        with pytest.warns(UserWarning, match="those of another model"):
            fitted(dense(1, optimizer))
    fitted(first)
    with warnings.catch_warnings():  # Keras finalizes all the same
        warnings.simplefilter("ignore")
        with pytest.raises(StateError if on_jax else ValueError, match=r"[Nn]ew"):
            fitted(dense(2, optimizer))
