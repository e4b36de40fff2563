"""Products of matrices that may be coarser than float32: who takes the permission, and how far."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adamas import Muon, Optimizer, Rate, Shape, whole_tensor
from adamas.errors import ConfigurationError, RuleError
from adamas.language.matrices import HALVED, PRODUCTS, Whole, halved, plus_product
from cases import gradients, parameters
from rules import optimizer_of

SEEN: list[str] = []


@whole_tensor
def noted(x: Any) -> Any:
    """x, of which the dtype is noted."""
    SEEN.append(str(x.dtype))
    return x


def called(function: Any, products: str) -> Whole:
    """A function of one tensor, as graphs have it."""
    return Whole(function, takes=1, gives=(0,), products=products)


def optimizer(products: str) -> Any:
    def update(p, g, /, *, learning_rate):
        return p - learning_rate * noted(g, products=products)

    return optimizer_of(update)(0.1)


def seen_by_numpy(products: str, dtype: str) -> str:
    SEEN.clear()
    params = [np.ones((2, 3), dtype)]
    optimizer(products).apply([params[0].copy()], params)
    return SEEN[-1]


@pytest.mark.parametrize("products", PRODUCTS)
def test_numpy_multiplies_as_it_can(products):
    assert seen_by_numpy(products, "float32") == "float32"
    assert seen_by_numpy(products, "float64") == "float64"


@pytest.mark.parametrize("hardware", [True, False])
def test_pytorch_takes_bfloat16_where_there_is_hardware_for_it(hardware, monkeypatch):
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    from adamas.compilers import products

    monkeypatch.setattr(products, "multiplies_bfloat16", lambda _: hardware)
    found = {}
    for allowed in PRODUCTS:
        for dtype in (torch.float32, torch.bfloat16, torch.float64):
            SEEN.clear()
            params = [torch.ones(2, 3, dtype=dtype)]
            optimizer(allowed).apply([torch.ones(2, 3, dtype=dtype)], params)
            found[allowed, str(dtype)] = SEEN[-1]
            torch.testing.assert_close(params[0], torch.full((2, 3), 0.9, dtype=dtype))
    narrow = {key for key, dtype in found.items() if dtype == "torch.bfloat16"}
    floats = {("bfloat16", "torch.float32"), ("bfloat16", "torch.bfloat16")}
    assert narrow == (floats if hardware else set())
    wide = {dtype for (_, own), dtype in found.items() if own == "torch.float64"}
    assert wide == {"float64"}


def test_tf32_is_a_setting_for_as_long_as_a_function_runs():
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    from adamas.compilers.products import applied

    setting = torch.backends.cuda.matmul
    name = "fp32_precision" if hasattr(setting, "fp32_precision") else "allow_tf32"
    stack: Any = SimpleNamespace(dtype=torch.float32, device=torch.device("cuda"))
    during: list[Any] = []

    def function(x: Any) -> Any:
        during.append(getattr(setting, name))
        return x

    before = getattr(setting, name)
    for allowed in ("float32", "tf32"):
        assert applied(called(function, allowed), [stack], ()) == (stack,)
        assert getattr(setting, name) == before
    assert during[0] == before
    assert during[1] in ("tf32", True)

    with pytest.raises(ZeroDivisionError):
        applied(called(lambda _: 1 // 0, "tf32"), [stack], ())
    assert getattr(setting, name) == before


def test_jax_is_told_what_is_allowed():
    jax = pytest.importorskip("jax", reason="needs JAX")
    from adamas.compilers.xla import JAX

    def text(function: Any) -> str:
        return str(jax.make_jaxpr(lambda x: JAX.whole(function, [x], ()))(np.ones((2, 2), "f4")))

    def square(x: Any) -> Any:
        return x @ x

    usual, *told = (text(called(square, each)) for each in PRODUCTS)
    assert " precision=" not in usual, usual
    assert all(" precision=" in each for each in told), told
    assert len({usual, *told}) == 3


def test_a_product_and_a_sum_are_rounded_once_where_the_library_can():
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    chance = np.random.default_rng(0)
    x, y, z = (chance.standard_normal((2, 1, 5, 5)) for _ in range(3))
    x = x.swapaxes(-1, -2)  # in another order in memory
    wanted = 2 * x + 3 * (y @ z)
    assert (plus_product(2, x, y, z, 3) == wanted).all()
    assert (plus_product(2, x, y, z) == 2 * x + y @ z).all()
    tensors = [torch.from_numpy(each) for each in (x, y, z)]
    np.testing.assert_allclose(plus_product(2, *tensors, 3), wanted, rtol=1e-12)
    np.testing.assert_allclose(plus_product(2, *tensors), 2 * x + y @ z, rtol=1e-12)
    one = tensors[1][0, 0]  # a matrix for all of a stack
    np.testing.assert_allclose(plus_product(2, tensors[0], one, one), 2 * tensors[0] + one @ one)


def test_half_of_the_square_of_a_large_symmetric_matrix_is_the_other_half():
    x = np.random.default_rng(0).standard_normal((HALVED, 300)).astype(np.float32)
    for rows in (3, HALVED):
        square = x[:rows] @ x[:rows].mT
        assert np.shares_memory(halved(square), square)
        assert (halved(square) is square) == (rows < HALVED)
        other = square @ halved(square)
        assert (other == other.mT).all() or rows < HALVED
        np.testing.assert_allclose(other, square @ square, rtol=1e-4, atol=1e-2)


def test_muon_is_as_coarse_as_pytorchs_and_no_coarser():
    """bfloat16 has 8 bits: a step is within two hundredths of PyTorch's, in float32 too."""
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    import adamas.torch as optim

    start = parameters(shapes=((40, 30), (30, 90)), dtypes=[np.float32])
    grads = [gradients(start, seed) for seed in range(4)]

    def end(make: Any) -> Any:
        params = [torch.nn.Parameter(torch.from_numpy(p.copy())) for p in start]
        stepper = make(params)
        for each in grads:
            for p, g in zip(params, each, strict=True):
                p.grad = torch.from_numpy(g)
            stepper.step()
        ways = [p.detach() - torch.from_numpy(s) for p, s in zip(params, start, strict=True)]
        return torch.cat([way.flatten() for way in ways])

    theirs = end(lambda params: torch.optim.Muon(params, lr=0.02, weight_decay=0.0))

    def apart(**arguments: Any) -> float:
        own = end(lambda p: optim.Muon(p, lr=0.02, weight_decay=0.0, **arguments))
        return float((own - theirs).norm() / theirs.norm())

    exact = apart(ns_precision="float32")
    assert apart() == apart(ns_precision="bfloat16")
    assert 1e-4 < apart() <= exact < 0.02
    assert apart(ns_steps=6) > 0.05


def test_what_is_no_precision_is_refused():
    with pytest.raises(ConfigurationError, match="'tf32', 'bfloat16'. Got: 'float16'"):
        Muon(ns_precision="float16")  # pyright: ignore[reportArgumentType]
    with pytest.raises(RuleError, match="products must be one of .*'bfloat16'. Got: 'half'"):
        optimizer("half").build([np.ones((2, 2))])


def test_the_precision_is_part_of_the_configuration():
    kept = Muon.from_config(Muon(ns_precision="tf32").get_config())
    assert kept.ns_precision == "tf32"
    assert [Muon(convention=c, learning_rate=0.1).ns_precision for c in Muon.conventions] == [
        *("float32", "bfloat16", "float32")
    ]


@pytest.mark.parametrize("name", ["eigh", "qr"])
def test_each_matrix_is_decomposed_on_one_thread_whatever_pytorch_has(name, monkeypatch):
    """Other numbers of threads give other last bits."""
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    from adamas.compilers import decompositions

    threads: list[int] = []
    known = getattr(torch.linalg, name)

    def noted(matrix: Any) -> Any:
        threads.append(torch.get_num_threads())
        return known(matrix)

    monkeypatch.setattr(torch.linalg, name, noted)
    g = np.random.default_rng(0).standard_normal((7, 40, 40)).astype(np.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        getattr(decompositions.Decompositions(), name)(g @ g.mT)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert threads == [1] * 7


@pytest.mark.parametrize("name", ["eigh", "qr"])
def test_pytorchs_decompositions_do_not_depend_on_the_place_in_a_stack(name):
    """Its LAPACK gives other last bits for a matrix that begins elsewhere in memory."""
    pytest.importorskip("torch", reason="needs PyTorch")
    from adamas.compilers.decompositions import Decompositions

    g = np.random.default_rng(0).standard_normal((5, 1, 7, 12)).astype(np.float32)
    for stack in (g @ g.mT, g.mT @ g):
        decompose, known = getattr(Decompositions(), name), getattr(np.linalg, name)(stack)
        together = decompose(stack)
        for place in range(len(stack)):
            alone = decompose(stack[place : place + 1])
            for one, all_of_them in zip(alone, together, strict=True):
                np.testing.assert_array_equal(one[0], all_of_them[place])
        assert [part.shape for part in together] == [part.shape for part in known]
        assert type(together)._fields == type(known)._fields


def test_a_large_tensor_is_given_to_functions_as_it_lies():
    """Neither what a function takes nor what it hands on is copied."""
    seen: list[bool] = []

    @whole_tensor(gives="left")
    def looked(left: Any, g: Any) -> Any:
        seen.append(np.shares_memory(left, optimizer.state["left"]["0"]))
        return left

    @whole_tensor(gives="left")
    def never(left: Any, g: Any) -> Any:
        raise AssertionError("it is not called")

    class Looks(Optimizer):
        learning_rate: Rate = 0.1
        shapes = {"left": Shape("rows", "rows")}

        @staticmethod
        def update(p, g, left, /, *, t, learning_rate):
            return p - learning_rate * g, never(looked(left, g), g, when=t < 0)

    optimizer = Looks()
    params = [np.ones((512, 513), np.float32)]
    optimizer.build(params)
    for _ in range(2):
        optimizer.apply([np.ones_like(params[0])], params)
    assert seen == [True, True]
