"""Each front end of the support table as a function that tries one optimizer with one feature.

Run as a program, ``support_trials.py keras-jax`` prints what differs from the table, as JSON.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

import adamas
from adamas import support
from adamas.errors import AdamasError
from adamas.optimizer import Convention
from cases import BFLOAT16

DTYPES = {
    "float64": np.dtype(np.float64),
    "float16": np.dtype(np.float16),
    "bfloat16": BFLOAT16,
    "complex parameters": np.dtype(np.complex64),
}
KINDS = ("Adam", "Lamb", "Muon", support.OWN)
"""A rule of one weight, one with sums, one of whole matrices, and one of the user's."""

Trial = Callable[[str, str], None]


class Mine(adamas.Optimizer):
    """An optimizer of one's own."""

    learning_rate: adamas.Rate = 0.01
    beta: adamas.Hyperparameter = 0.9
    conventions = {"torch": Convention(), "optax": Convention()}

    @staticmethod
    def update(p, g, m, /, *, learning_rate, beta, turned):
        """One weight."""
        m = beta * m + (1 - beta) * g
        u = np.sign(m) if turned is None else np.arctan2(m, turned * np.abs(m))
        return p - learning_rate * u, m


# -- what all front ends share --------------------------------------------------------------------


def difference(front_end: str, trial: Trial, name: str, feature: str) -> str | None:
    """How a trial departs from the table, if it does."""
    reasons = support.reasons(name, front_end, feature)
    try:
        trial(name, feature)
    except AdamasError as error:
        laws = [reason.split(". ")[0].split(" Got: ")[0] for reason in reasons]
        if any(law in str(error) for law in laws):
            return None
        return f"{front_end}, {name}, {feature}: refused: {error} Expected: {reasons}"
    return f"{front_end}, {name}, {feature}: works. Expected: {reasons}" if reasons else None


def differences(front_end: str, trial: Trial, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """How trials of (optimizer, feature) depart from the table."""
    found = (difference(front_end, trial, *pair) for pair in pairs if applies(front_end, pair[1]))
    return [text for text in found if text]


def applies(front_end: str, feature: str) -> bool:
    """Whether the table has an entry."""
    return front_end in support.FEATURES[feature].front_ends


def every() -> list[tuple[str, str]]:
    """Every optimizer with every feature."""
    return [(name, feature) for name in support.NAMES for feature in support.FEATURES]


def across() -> list[tuple[str, str]]:
    """Every optimizer as it is, and every feature with one optimizer of each kind."""
    pairs = [(name, "float32") for name in support.NAMES]
    return [*pairs, *((name, feature) for feature in support.FEATURES for name in KINDS)]


def made(name: str, feature: str) -> adamas.Optimizer:
    """The optimizer, declared."""
    arguments = support.FEATURES[feature].arguments
    return Mine(**arguments) if name == support.OWN else support.declared(name, arguments)


def kind_of(name: str) -> type[adamas.Optimizer]:
    """Its class."""
    return Mine if name == support.OWN else getattr(adamas, name)


def start(feature: str) -> dict[str, np.ndarray]:
    """A matrix and a vector, of the dtype that the feature is about."""
    chance = np.random.default_rng(0)
    dtype = DTYPES.get(
        "bfloat16" if feature.startswith("master") else feature, np.dtype(np.float32)
    )
    shapes: dict[str, tuple[int, ...]] = {"w": (4, 3), "bias": (3,)}
    return {name: chance.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def tensors(feature: str) -> dict[str, Any]:
    """The same as tensors of PyTorch."""
    import torch

    found = {}
    for name, array in start(feature).items():
        wide = torch.tensor(array if array.dtype.kind == "c" else array.astype(np.float64))
        found[name] = wide.to(getattr(torch, str(array.dtype)))
    return found


def exclude(optimizer: Any, feature: str, array: Any, name: str = "bias") -> None:
    """Leave a parameter out of weight decay, if the feature is about that."""
    if feature == "exclusions by name":
        optimizer.exclude_from_weight_decay(var_names=[name])
    if feature == "exclusions by array":
        optimizer.exclude_from_weight_decay([array])


def gradient_like(tensor: Any, feature: str) -> Any:
    """A gradient for a tensor, sparse if the feature is about it."""
    gradient = tensor.detach().clone()
    return gradient.to_sparse() if feature == "sparse gradients" else gradient


def beside(name: str, grads: Any, feature: str = "") -> dict[str, Any]:
    """What a call of an optimizer must be given beside gradients: they stand for other arrays."""
    kind = kind_of(name)
    inputs = {} if kind.update_without else dict(kind.inputs)
    inputs |= {"loss": "number"} if "plateau" in feature else {}
    return {n: 1.0 if what == "number" else grads for n, what in inputs.items()}


# -- in place -------------------------------------------------------------------------------------


def _in_place(name: str, feature: str, params: dict[str, Any], grads: dict[str, Any]) -> None:
    optimizer = made(name, feature)
    exclude(optimizer, feature, params["bias"])
    optimizer.build(params, compiler="reference" if feature.startswith("compiler") else None)
    if feature == "gradients that are None":
        grads["bias"] = None
    for _ in range(2):
        optimizer.apply(grads, params, **beside(name, grads, feature))
    match feature:
        case "numbers set between steps":
            optimizer.learning_rate = 0.5  # type: ignore[attr-defined]
            optimizer.apply(grads, params, **beside(name, grads))
        case "averages swapped in":
            with optimizer.averaged():
                pass
        case "averages at the end":
            optimizer.finalize_variable_values()
        case "files":
            _there_and_back(optimizer)


def _there_and_back(optimizer: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        optimizer.save(Path(folder) / "state.safetensors")
        optimizer.load(Path(folder) / "state.safetensors")


def numpy_trial(name: str, feature: str) -> None:
    """Arrays of NumPy, by `apply`."""
    _in_place(name, feature, start(feature), start(feature))


def tensors_trial(name: str, feature: str) -> None:
    """Tensors of PyTorch, by `apply`."""
    params = tensors(feature)
    _in_place(name, feature, params, {n: gradient_like(t, feature) for n, t in params.items()})


# -- adamas.torch ---------------------------------------------------------------------------------


def torch_trial(
    name: str,
    feature: str,
    form: Callable[[Any], Any] = lambda tensor: tensor,
    **arguments: Any,
) -> None:
    """`adamas.torch`, with parameters and gradients of some form of tensors."""
    optimizer, params = _torch_optimizer(name, feature, form, arguments)
    for _ in range(2):
        _give_gradients(params, feature, form)
        optimizer.step(**beside(name, [p.grad for p in params.values()], feature))
    match feature:
        case "numbers set between steps":
            optimizer.param_groups[0]["lr"] = 0.5
            optimizer.step(**beside(name, [p.grad for p in params.values()]))
        case "averages swapped in":
            with optimizer.averaged():
                pass
        case "averages at the end":
            optimizer.finalize()
        case "files":
            _there_and_back(optimizer)


def _torch_optimizer(
    name: str, feature: str, form: Callable[[Any], Any], arguments: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    import adamas.torch as optim

    params = {n: form(tensor).requires_grad_() for n, tensor in tensors(feature).items()}
    given = {**support.FEATURES[feature].arguments, **arguments}
    given.pop("name", None)  # a class of PyTorch has none
    if feature == "steps that are differentiated":
        given["differentiable"] = True
    if feature == "compiler='reference'":
        given["compiler"] = "reference"
    if feature == "offload='cpu'":
        given = {name: value for name, value in given.items() if name != "compiler"}
        given["offload"] = "cpu"
    if name == "MultiOptimizer":
        of_step = {n: value for n, value in given.items() if optim.MultiOptimizer.takes(n)}
        inner = {n: value for n, value in given.items() if n not in of_step}
        optimizer = optim.MultiOptimizer(params.items(), {"": adamas.Adam(**inner)}, **of_step)
    else:
        optimizer = optim.wrap(kind_of(name))(params.items(), **given)
    exclude(optimizer, feature, params["bias"])
    return optimizer, params


def _give_gradients(
    params: dict[str, Any], feature: str, form: Callable[[Any], Any] = lambda tensor: tensor
) -> None:
    for name, tensor in tensors(feature).items():
        params[name].grad = form(gradient_like(tensor, feature))
    if feature == "gradients that are None":
        params["bias"].grad = None


def device_trial(name: str, feature: str) -> None:
    """The same on the GPU, or in Triton's interpreter."""
    from device_steps import DEVICE

    torch_trial(name, feature, lambda tensor: tensor.to(DEVICE), compiler="triton")


def backward_trial(name: str, feature: str) -> None:
    """Steps in the backward pass."""
    import torch

    import adamas.torch as optim

    optimizer, params = _torch_optimizer(name, feature, lambda tensor: tensor, {})
    model = torch.nn.ParameterDict()
    model._parameters.update(params)
    optim.apply_in_backward(model, optimizer)
    for _ in range(2):
        used = [params["w"]]
        if feature == "sparse gradients":
            used = [torch.nn.functional.embedding(torch.arange(4), params["w"], sparse=True)]
        if feature != "gradients that are None":
            used.append(params["bias"])
        torch.stack([tensor.abs().sum() for tensor in used]).sum().backward()
        optimizer.step()


def divided_trial(name: str, feature: str) -> None:
    """Rows divided among processes, as `fully_shard` does it."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import DTensor, Shard

    mesh = init_device_mesh("cpu", (2,))

    def form(tensor: Any) -> Any:
        return DTensor.from_local(tensor, mesh, [Shard(0)], run_check=False)

    torch_trial(name, feature, form)


def flat_trial(name: str, feature: str) -> None:
    """Stretches of flat parameters, marked as FSDP1 marks them."""
    import torch.distributed as dist

    def form(tensor: Any) -> Any:
        stretch = tensor.flatten()
        stretch._fsdp_flattened = True
        return stretch

    torch_trial(name, feature, form, process_group=dist.group.WORLD)


def shared_trial(name: str, feature: str) -> None:
    """Whole parameters, others in each process, as ZeRO has them."""
    import torch.distributed as dist

    torch_trial(name, feature, process_group=dist.group.WORLD)


# -- JAX ------------------------------------------------------------------------------------------


def jax_trial(name: str, feature: str) -> None:
    """`adamas.jax.functional`, traced: what is refused is refused then."""
    import jax
    import jax.numpy as jnp

    import adamas.jax

    def steps() -> Any:
        params = {n: jnp.asarray(a) for n, a in start(feature).items()}
        step = adamas.jax.functional(_for_jax(name, feature, params))
        state, grads = step.init(params), _jax_gradients(params, feature)
        if feature == "steps that are differentiated":
            return jax.grad(
                lambda p: step.apply(grads, state, p, **beside(name, grads))[0]["w"].sum()
            )(params)
        for _ in range(2):
            params, state = step.apply(grads, state, params, **beside(name, grads, feature))
        if feature.startswith("averages"):
            return step.averages(state, params)
        if feature == "numbers set between steps":
            return step.apply(grads, state, params, learning_rate=0.5, **beside(name, grads))
        if feature == "files":
            with tempfile.TemporaryDirectory() as folder:
                adamas.jax.save(Path(folder) / "state.safetensors", step, state)
                adamas.jax.load(Path(folder) / "state.safetensors", step, params)
        return params

    _traced(steps, feature)


def optax_trial(name: str, feature: str) -> None:
    """`adamas.jax.transformation`, traced."""
    import jax
    import jax.numpy as jnp

    import adamas.jax

    def steps() -> Any:
        params = {n: jnp.asarray(a) for n, a in start(feature).items()}
        transformation = adamas.jax.transformation(_for_jax(name, feature, params))
        state, grads = transformation.init(params), _jax_gradients(params, feature)
        if feature == "steps that are differentiated":
            return jax.grad(
                lambda p: transformation.update(grads, state, p, **beside(name, grads))[0][
                    "w"
                ].sum()
            )(params)
        for _ in range(2):
            updates, state = transformation.update(
                grads, state, params, **beside(name, grads, feature)
            )
        return updates

    _traced(steps, feature)


def _for_jax(name: str, feature: str, params: Any) -> adamas.Optimizer:
    optimizer = made(name, feature)
    exclude(optimizer, feature, params["bias"])
    return optimizer


def _jax_gradients(params: Any, feature: str) -> Any:
    return {**params, "bias": None} if feature == "gradients that are None" else dict(params)


def _traced(steps: Callable[[], Any], feature: str) -> None:
    import jax

    if feature == "files":  # which need values
        steps()
    elif feature == "float64":
        with jax.enable_x64(True):
            jax.eval_shape(steps)
    else:
        jax.eval_shape(steps)


# -- Keras and SciPy ------------------------------------------------------------------------------


def keras_trial(name: str, feature: str) -> None:
    """A class of `adamas.keras`, on the backend that runs."""
    import keras

    import adamas.keras

    cls = adamas.keras.wrap(kind_of(name))
    dtypes = {n: str(array.dtype) for n, array in start(feature).items()}
    values = {
        n: a if a.dtype != BFLOAT16 else a.astype(np.float32) for n, a in start(feature).items()
    }
    params = {n: keras.Variable(a, dtype=dtypes[n], name=n) for n, a in values.items()}
    grads = {n: keras.ops.convert_to_tensor(a, dtypes[n]) for n, a in values.items()}
    given = dict(support.FEATURES[feature].arguments)
    if name == "MultiOptimizer":
        of_step = {n: given.pop(n) for n in tuple(given) if n in cls.declaration.fields}
        given = {"optimizers": {"": adamas.Adam(**given)}, **of_step}
    optimizer = cls(**given)
    exclude(optimizer, feature, params["bias"])
    optimizer.build(list(params.values()))
    if feature == "gradients that are None":
        grads["bias"] = None
    for _ in range(2):
        optimizer.apply(list(grads.values()), **beside(name, list(grads.values()), feature))
    match feature:
        case "numbers set between steps":
            optimizer.learning_rate = 0.5
            optimizer.apply(list(grads.values()), **beside(name, list(grads.values())))
        case "averages at the end":
            optimizer.finalize_variable_values(list(params.values()))
        case "files":
            _there_and_back(optimizer)


def scipy_trial(name: str, feature: str) -> None:
    """`adamas.scipy.minimizer`."""
    from scipy.optimize import minimize

    from adamas.scipy import minimizer

    point, optimizer = start(feature)["bias"], made(name, feature)
    exclude(optimizer, feature, point, "x")
    method = minimizer(optimizer)
    minimize(lambda x: (x @ x, 2 * x), point, jac=True, method=method, options={"maxiter": 2})


TRIALS: dict[str, Trial] = {
    "numpy": numpy_trial,
    "tensors": tensors_trial,
    "torch": torch_trial,
    "cuda": device_trial,
    "backward": backward_trial,
    "divided": divided_trial,
    "flat": flat_trial,
    "shared": shared_trial,
    "jax": jax_trial,
    "optax": optax_trial,
    "keras-jax": keras_trial,
    "keras-torch": keras_trial,
    "keras-tensorflow": keras_trial,
    "scipy": scipy_trial,
}

# -- scenarios of several processes (see `gloo`) --------------------------------------------------


def divided_parameters_are_as_the_table_says() -> None:
    """DTensors."""
    assert differences("divided", divided_trial, across()) == []


def flat_parameters_are_as_the_table_says() -> None:
    """FSDP1."""
    assert differences("flat", flat_trial, across()) == []


def shared_out_parameters_are_as_the_table_says() -> None:
    """ZeRO."""
    assert differences("shared", shared_trial, across()) == []


if __name__ == "__main__":
    print(json.dumps(differences(sys.argv[1], TRIALS[sys.argv[1]], across())))
