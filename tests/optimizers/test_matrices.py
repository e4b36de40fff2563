"""Optimizers that know rows and columns: what Muon does to matrices, what Adafactor remembers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import adamas
import torch_peer
from adamas import Adafactor, AdamW, Muon
from adamas.errors import ConfigurationError
from cases import leaves, parameters
from family import Wrong, make_wrong
from keras_peer import noise

MATRICES = ((3, 4), (5, 2), (1, 6), (4, 1), (6, 6))


def train(optimizer: Any, params: Any, calls: int = 3) -> Any:
    """Gradients of seeds 0, 1, … for parameters of any structure, in the order of their leaves."""
    optimizer.build(params)
    for seed in range(calls):
        grads = noise(leaves(params), seed)
        named = isinstance(params, Mapping)
        optimizer.apply(dict(zip(params, grads, strict=True)) if named else grads)
    return optimizer


# -- Muon -----------------------------------------------------------------------------------------


def check_singular_values(kind: type, shape: tuple[int, ...], **arguments: Any) -> None:
    """From 0, p becomes the gradient with each singular value put through the polynomial."""
    muon = kind(1.0, weight_decay=None, momentum=0.0, rms_rate=None, **arguments)
    p, g = np.zeros(shape), noise([np.zeros(shape)], 1)[0]
    muon.apply([g], [p])
    u, values, v = np.linalg.svd(g, full_matrices=False)
    values = values / (np.linalg.norm(g) + 1e-7)
    for _ in range(muon.ns_steps):
        values = muon.muon_a * values + muon.muon_b * values**3 + muon.muon_c * values**5
    np.testing.assert_allclose(p, -(u * values) @ v, rtol=1e-11, atol=1e-11)


CHOSEN = [{"ns_steps": steps} for steps in (0, 1, 5, 9)]
COEFFICIENTS: list[dict[str, Any]] = [{"muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5}]


@pytest.mark.parametrize("arguments", [*CHOSEN, *COEFFICIENTS], ids=str)
def test_muon_moves_by_polynomials_of_singular_values(arguments):
    for shape in MATRICES:
        check_singular_values(Muon, shape, **arguments)


@pytest.mark.parametrize("new", ["muon_b, muon_c, ns_steps + 1,", "muon_c, muon_b, ns_steps,"])
def test_another_polynomial_is_seen(new):
    wrong = make_wrong("Muon", Wrong("(u, muon_a, muon_b, muon_c, ns_steps,", f"(u, muon_a, {new}"))
    with pytest.raises(AssertionError):
        check_singular_values(wrong, (3, 4))


SCALES = [
    ("keras", None, lambda n, m: 1),
    ("torch", None, lambda n, m: max(1, n / m) ** 0.5),
    ("optax", None, lambda n, m: max(1, m / n) ** 0.5),
    *((convention, 0.3, lambda n, m: 0.3 * max(n, m) ** 0.5) for convention in ("keras", "torch")),
]


@pytest.mark.parametrize(("convention", "rms_rate", "scale"), SCALES)
def test_muon_scales_its_step_by_the_form_of_the_matrix(convention, rms_rate, scale):
    """The gradient has orthogonal rows or columns, and the polynomial is the identity."""
    for n, m in MATRICES:
        p, g = np.zeros((n, m)), np.eye(n, m)
        Muon(1.0, ns_steps=0, rms_rate=rms_rate, convention=convention).apply([g], [p])
        wanted = -scale(n, m) * np.eye(n, m) / min(n, m) ** 0.5
        # 1e-7 is added to the norm of u, which is 1 − μ² = 0.0975 of g's where means are kept
        np.testing.assert_allclose(p, wanted, rtol=2e-6)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 2, 4, 3)])
def test_each_matrix_of_a_stack_gets_what_it_would_get_alone(shape):
    (stack,) = parameters(shapes=[shape], dtypes=[np.float64])
    alone = [matrix.copy() for matrix in stack.reshape(-1, *shape[-2:])]
    optimizer, one = Muon(0.1, stacked=True), Muon(0.1)
    optimizer.build([stack])
    one.build(alone)
    for seed in range(3):
        (g,) = noise([stack], seed)
        optimizer.apply([g])
        one.apply(list(g.reshape(-1, *shape[-2:])))
    np.testing.assert_allclose(stack.reshape(-1, *shape[-2:]), alone, rtol=1e-11)
    np.testing.assert_allclose(np.ravel(leaves(optimizer.state)[0]), np.ravel(leaves(one.state)))


BLOCKS: list[tuple[dict[str, Any], tuple[int, int]]] = [
    ({"block_rows": 2}, (2, 9)),  # heads of attention in the rows
    ({"block_columns": 3, "polar_express": True}, (4, 3)),
    ({"block_rows": 2, "block_columns": 3, "rms_rate": None, "convention": "optax"}, (2, 3)),
    ({"block_columns": 3, "rms_rate": None, "convention": "torch"}, (4, 3)),
]


def check_blocks(kind: type, arguments: Mapping[str, Any], block: tuple[int, int]) -> None:
    """Of two matrices of 4 × 9, and two as a stack."""
    rows, columns = block
    whole = parameters(shapes=[(4, 9), (4, 9), (2, 4, 9)], dtypes=[np.float64])
    cuts = [(..., slice(r, r + rows), slice(c, c + columns))
            for r in range(0, 4, rows) for c in range(0, 9, columns)]  # fmt: skip
    blocks = [p[cut].copy() for p in whole for cut in cuts]
    alone = {n: a for n, a in arguments.items() if not n.startswith("block")}
    optimizer, one = kind(0.1, stacked=True, **arguments), Muon(0.1, stacked=True, **alone)
    for seed in range(3):
        grads = noise(whole, seed)
        optimizer.apply(grads, whole)
        one.apply([g[cut].copy() for g in grads for cut in cuts], blocks)
    for got, wanted in zip([p[cut] for p in whole for cut in cuts], blocks, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-11)


@pytest.mark.parametrize(("arguments", "block"), BLOCKS)
def test_each_block_of_a_matrix_gets_what_it_would_get_alone(arguments, block):
    check_blocks(Muon, arguments, block)


def test_blocks_that_are_cut_otherwise_are_seen():
    kind = make_wrong("Muon", Wrong("(block_rows, block_columns) if", "(block_columns, 3) if"))
    with pytest.raises(AssertionError):
        check_blocks(kind, {"block_rows": 4, "block_columns": 1}, (4, 1))


def test_blocks_must_divide_matrices_and_no_others():
    muon = Muon(0.1, block_rows=2, block_columns=3, exclude_layers=["odd"])
    muon.build({"even": np.zeros((4, 6)), "odd": np.zeros((5, 6)), "bias": np.zeros(5)})
    for shape, words in (((5, 6), "block_rows must divide"), ((4, 5), "block_columns must")):
        with pytest.raises(ConfigurationError, match=f"{words}.*'w'"):
            Muon(0.1, block_rows=2, block_columns=3).build({"w": np.zeros(shape)})


NAMES = ("dense/kernel", "Embedding_1/table", "head/kernel", "bias", "stack")
EXCLUDING: list[tuple[dict[str, Any], Sequence[int]]] = [
    ({}, (1, 3, 4)),
    ({"exclude_embeddings": False}, (3, 4)),
    ({"exclude_layers": ["head"]}, (1, 2, 3, 4)),
    ({"exclude_layers": ["^head", "k.rnel$"], "exclude_embeddings": False}, (0, 2, 3, 4)),
    ({"stacked": True}, (1, 3)),
    ({"stacked": True, "exclude_layers": ["sta"]}, (1, 3, 4)),
]


@pytest.mark.parametrize(("arguments", "excluded"), EXCLUDING)
def test_what_muon_leaves_out_takes_adamw(arguments, excluded):
    shapes = ((3, 4), (5, 2), (4, 3), (4,), (2, 3, 4))
    made = [parameters(shapes=shapes, dtypes=[np.float64]) for _ in range(2)]
    params, others = (dict(zip(NAMES, each, strict=True)) for each in made)
    optimizer = train(Muon(0.1, adam_lr_ratio=0.5, adam_weight_decay=0.2, **arguments), params)
    train(AdamW(0.05, 0.4), others)  # half the rate, and the decay of the whole rate
    same = [index for index, name in enumerate(NAMES) if np.allclose(params[name], others[name])]
    assert tuple(same) == tuple(excluded)
    assert list(optimizer.state["v"]) == [NAMES[index] for index in excluded]
    assert list(optimizer.state["m"]) == list(NAMES)


@pytest.mark.parametrize(("matrices", "rest"), [(0.3, 0.1), (None, 0.1), (0.3, None), (None, None)])
def test_matrices_and_the_rest_decay_each_by_its_own(matrices, rest):
    params = [np.ones((3, 4)), np.ones(5)]
    optimizer = Muon(0.1, weight_decay=matrices, adam_weight_decay=rest, adam_lr_ratio=0.5)
    for _ in range(3):
        optimizer.apply([np.zeros((3, 4)), np.zeros(5)], params)
    np.testing.assert_allclose(params[0], (1 - 0.1 * (matrices or 0)) ** 3, rtol=1e-12)
    np.testing.assert_allclose(params[1], (1 - 0.1 * (rest or 0)) ** 3, rtol=1e-12)


def check_against_bfloat16(kind: type) -> None:
    """PyTorch as it is: bfloat16, of 8 bits, in each of some 15 products in each of 6 steps.

    The errors, 2⁻⁹ each, add up to less than a tenth of a step.
    """
    params = parameters(shapes=torch_peer.PEERS["Muon"].shapes, dtypes=[np.float64])
    grads = [noise(params, seed) for seed in range(6)]
    arguments = {"learning_rate": 0.02, "weight_decay": 0.1}
    wanted, _ = torch_peer.run("Muon", arguments, params, grads, exact=False)
    optimizer = kind(**arguments, convention="torch")
    for gradients in grads:
        optimizer.apply(gradients, params)
    for one, other in zip(params, wanted, strict=True):
        n, m = one.shape
        np.testing.assert_allclose(one, other, atol=0.1 * 0.02 * max(1, n / m) ** 0.5, rtol=0)


def test_muon_follows_pytorch_in_bfloat16_to_a_tenth_of_a_step():
    check_against_bfloat16(Muon)
    with pytest.raises(AssertionError):
        check_against_bfloat16(make_wrong("Muon", Wrong("u_of_g * g + u_of_m * m", "g")))


# -- Adafactor ------------------------------------------------------------------------------------

REMEMBERED = {
    (7,): 7,
    (): 1,
    (30, 40): 30 + 40,
    (1, 6): 1 + 6,
    (6, 1): 6 + 1,
    (2, 3, 4): 2 * (3 + 4),
    (2, 5, 3, 4): 2 * 5 * (3 + 4),
}


@pytest.mark.parametrize("shape", REMEMBERED)
def test_adafactor_remembers_rows_and_columns_only(shape):
    for convention in ("keras", "torch"):
        optimizer = Adafactor(0.1, convention=convention)
        optimizer.build([np.ones(shape)])
        assert sum(array.size for array in leaves(optimizer.state)) == REMEMBERED[shape]
        assert list(optimizer.state) == (["r", "c"] if len(shape) > 1 else ["v"])


@pytest.mark.parametrize("shape", [(127, 300), (128, 128), (2, 128, 130), (130, 5, 140)])
def test_adafactor_of_optax_factors_large_matrices(shape):
    optimizer = Adafactor(0.1, convention="optax")
    if min(shape) == 5:
        with pytest.raises(ConfigurationError, match="two longest axes"):
            optimizer.build([np.ones(shape)])
        return
    optimizer.build([np.ones(shape)])
    assert list(optimizer.state) == (["v"] if 127 in shape else ["r", "c"])


def textbook(params: Sequence[np.ndarray], calls: int, rate: float) -> list[np.ndarray]:
    """Algorithm 5 of Shazeer and Stern with δ = −0.8, d = 1 and ρ as given; sums, as they have."""
    ends = []
    for index, start in enumerate(params):
        p, rows, columns, v = start.copy(), 0.0, 0.0, 0.0
        for t in range(1, calls + 1):
            g = noise(params, t - 1)[index]
            square, keep = g**2 + 1e-30, 1 - t**-0.8
            if g.ndim > 1:
                rows = keep * rows + (1 - keep) * square.sum(-1)
                columns = keep * columns + (1 - keep) * square.sum(-2)
                v = np.einsum("...i,...j->...ij", rows, columns) / rows.sum(-1)[..., None, None]
            else:
                v = keep * v + (1 - keep) * square
            u = g / np.sqrt(v)
            u = u / max(1.0, float(np.linalg.norm(u)) / u.size**0.5)
            p = p - max(1e-3, float(np.linalg.norm(p)) / p.size**0.5) * rate * u
        ends.append(p)
    return ends


def test_adafactor_takes_the_rate_as_given_without_relative_step():
    shapes = ((7,), (), (3, 4), (2, 3, 4), (2, 2, 3, 2))
    wanted = textbook(parameters(shapes=shapes, dtypes=[np.float64]), 5, 0.9)
    for relative in (False, True):
        params = parameters(shapes=shapes, dtypes=[np.float64])
        train(Adafactor(0.9, relative_step=relative), params, 5)
        near = [np.allclose(p, w, rtol=1e-10) for p, w in zip(params, wanted, strict=True)]
        assert near == [not relative] * len(shapes)


def test_adafactor_stays_finite_where_a_row_and_a_column_never_had_a_gradient():
    """Keras divides 0 by 0 there: the product of two means of 1e-30 is 0 in float32."""
    params = [np.ones((6, 5), np.float32)]
    gradient = np.ones((6, 5), np.float32)
    gradient[2], gradient[:, 1] = 0, 0
    optimizer = adamas.Adafactor(0.01)
    for _ in range(3):
        optimizer.apply([gradient], params)
    assert (params[0][gradient == 0] == 1).all()
    assert (params[0][gradient == 1] < 1).all()
