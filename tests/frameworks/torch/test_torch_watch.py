"""What a step of `adamas.torch` notices: tensors that have changed their form since the last."""

from unittest import mock

import numpy as np
import pytest

import adamas
from torch_cases import assert_close, optim, same_bits, torch


@pytest.fixture(params=["compiled look", "python"])
def look(request):
    """Tensors are looked at by compiled code, or by Python where that is not to be had."""
    from adamas.compilers.llvm import tensor_guard
    from adamas.frameworks.torch import watch

    if request.param == "python":
        with mock.patch.object(watch, "available", return_value=False):
            yield watch.slow_look
    else:
        assert tensor_guard.available()
        yield tensor_guard.Look


def rearranged(tensor):
    """The same numbers with other strides."""
    wide = torch.zeros(*tensor.shape[:-1], 2 * tensor.shape[-1], dtype=tensor.dtype)
    view = wide[..., ::2]
    return view.copy_(tensor)


def alike(count=3):
    """Tensors to know; the first is the one that will change."""
    return [torch.zeros(4, 6) for _ in range(count)]


# -- the look itself ------------------------------------------------------------------------------

DIFFERENT = {
    "dtype": lambda t: t.view(torch.int32),
    "float dtype": lambda t: t.double(),
    "fewer rows": lambda t: t[:2],
    "other shape": lambda t: t.view(6, 4),
    "more axes": lambda t: t.view(2, 2, 6),
    "other strides": lambda t: t.as_strided((4, 6), (1, 4)),
    "no stride": lambda t: t.as_strided((4, 6), (0, 1)),
    "other memory": torch.clone,
    "sparse": torch.Tensor.to_sparse,
    "type": lambda t: torch.nn.Parameter(t),
    "missing": lambda t: None,
    "array": lambda t: t.numpy(),
}


@pytest.mark.parametrize("change", DIFFERENT)
@pytest.mark.parametrize("place", [0, 2])
def test_every_change_of_a_tensor_is_seen(look, change, place, capfd):
    tensors = alike()
    addresses = np.array([t.data_ptr() for t in tensors], np.int64)
    known = look(tensors, addresses, moves=False)
    assert known(tensors)
    changed = list(tensors)
    changed[place] = DIFFERENT[change](tensors[place])
    assert not known(changed)
    assert known(tensors)
    assert capfd.readouterr().err == ""  # PyTorch's interface prints what it cannot answer


def test_new_addresses_are_taken_where_tensors_may_move(look):
    tensors = alike()
    addresses = np.zeros(3, np.int64)
    known = look(tensors, addresses, moves=True)
    moved = [t.clone() for t in tensors]
    assert known(moved)
    assert addresses.tolist() == [t.data_ptr() for t in moved]


def test_strides_of_axes_of_one_element_do_not_matter(look):
    one = torch.zeros(1, 6)
    known = look([one], np.zeros(1, np.int64), moves=True)
    assert known([torch.zeros(6).as_strided((1, 6), (100, 1))])
    assert not known([torch.zeros(12).as_strided((1, 6), (6, 2))])


def test_tensors_without_elements_and_without_axes_are_known(look):
    tensors = [torch.zeros(2, 0), torch.zeros(())]
    known = look(tensors, np.zeros(2, np.int64), moves=True)
    assert known([torch.zeros(2, 0), torch.ones(())])
    assert not known([torch.zeros(0, 2), torch.ones(())])


# -- steps ----------------------------------------------------------------------------------------


def twins(make):
    """A step function over two equal models: one is given gradients as they come, one copies."""
    ones, others = ([torch.ones(8, 6), torch.ones(9)] for _ in range(2))
    one, other = make(ones), make(others)

    def step(gradients):
        one(gradients)
        other(
            [
                None if g is None else g.clone(memory_format=torch.contiguous_format).float()
                for g in gradients
            ]
        )
        assert same_bits(ones, others)

    return step


def declared(params):
    optimizer = adamas.Adam(0.1)
    optimizer.build(params)
    return optimizer.apply


def by_torch(params):
    leaves = [p.requires_grad_() for p in params]
    optimizer = optim.Adam(leaves, lr=0.1)

    def step(gradients):
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.grad = gradient
        optimizer.step()

    return step


def forms(seed, dtypes):
    """Gradients of one step in every form that they may have."""
    chance = torch.Generator().manual_seed(seed)
    # So few bits that every dtype holds them exactly.
    g, h = (torch.randint(-8, 8, shape, generator=chance).float() for shape in ((8, 6), (9,)))
    cases = [(g, h), (g.t().contiguous().t(), h), (rearranged(g), rearranged(h)), (g, h)]
    cases.append((torch.full((), 2.0).expand(8, 6), h))
    return cases + [(g.to(one), h.to(other)) for one, other in dtypes]


@pytest.mark.parametrize("make", [declared, by_torch])
def test_gradients_may_change_their_form_at_every_step(look, make):
    step = twins(make)
    for seed in range(20):
        cases = forms(seed, ())
        step(cases[seed % len(cases)])


def test_gradients_may_change_their_dtype_at_every_step(look):
    dtypes = [(torch.float64, torch.bfloat16), (torch.bfloat16, torch.float32)]
    step = twins(declared)
    for seed in range(20):
        cases = forms(seed, dtypes)
        step(cases[seed % len(cases)])


def test_gradients_may_come_and_go(look):
    step = twins(by_torch)
    for seed in range(12):
        g, h = forms(seed, ())[0]
        step([(g, h), (g, None), (None, h)][seed % 3])


def test_data_that_is_turned_over_in_its_place_is_seen(look):
    """Memory of the same length at the same address, in which the indices lie otherwise."""
    ends = []
    for library in (optim, torch.optim):
        parameter = torch.arange(36.0, dtype=torch.float64).view(6, 6).clone().requires_grad_()
        optimizer = library.Adam([parameter], lr=0.1)
        for step in range(6):
            if step in (2, 3):
                parameter.data = parameter.data.t()
            parameter.grad = (torch.arange(36.0, dtype=torch.float64) - 7 * step).view(6, 6)
            optimizer.step()
        ends.append([parameter])
    assert_close(ends[0], ends[1], 1e-13)
