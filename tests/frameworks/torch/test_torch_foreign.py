"""States of bitsandbytes, torchao and flashoptim are taken over, decoded.

They are built here by the formats of those libraries from values that are known; where a library is
installed, its own state and its own decoder are beside ours, and the next step.
"""

import io
from typing import Any
from unittest import mock

import pytest

from adamas.errors import CheckpointError
from torch_cases import optim, torch

SHAPE = (50, 90)  # not a whole number of blocks
TABLE = torch.linspace(-1, 1, 256)
ROOTS = torch.linspace(0, 1, 256)


def values(seed: int, positive: bool = False) -> Any:
    found = torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed)) * torch.logspace(
        -3, 0, SHAPE[1]
    )
    return found.square() if positive else found


def blocks(value: Any, size: int) -> Any:
    flat = value.reshape(-1)
    return torch.nn.functional.pad(flat, (0, -len(flat) % size)).reshape(-1, size)


def coded(value: Any, table: Any, size: int) -> tuple[Any, Any, Any]:
    """Codes, scales, and what they stand for."""
    cut = blocks(value, size)
    scales = cut.abs().amax(1)
    codes = (cut / scales[:, None])[..., None].sub(table).abs().argmin(-1)
    meant = (table[codes] * scales[:, None]).reshape(-1)[: value.numel()]
    return codes.reshape(-1)[: value.numel()], scales, meant.reshape(SHAPE)


def bitsandbytes(wrapped: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    m, largest, mean = coded(values(1), TABLE, 256)
    v, most, square = coded(values(2, positive=True), ROOTS, 256)
    entry = {"state1": m.to(torch.uint8).reshape(SHAPE), "qmap1": TABLE, "absmax1": largest}
    entry |= {"state2": v.to(torch.uint8).reshape(SHAPE), "qmap2": ROOTS, "absmax2": most}
    entry = {"__bnb_optimizer_quant_state__": entry} if wrapped else entry
    return {"step": 3, **entry}, {"exp_avg": mean, "exp_avg_sq": square}


def plain_bitsandbytes() -> tuple[dict[str, Any], dict[str, Any]]:
    m, v = values(1), values(2, positive=True)
    return {"step": 3, "state1": m, "state2": v}, {"exp_avg": m, "exp_avg_sq": v}


class Coded(torch.Tensor):
    """What a tensor of torchao shows: `codes`, `scale`, `qmap`."""


def torchao(bits: int) -> tuple[dict[str, Any], dict[str, Any]]:
    entry: dict[str, Any] = {"step": torch.tensor(3.0)}
    found = {}
    for seed, slot in enumerate(("exp_avg", "exp_avg_sq")):
        table = (TABLE, ROOTS)[seed] if bits == 8 else torch.linspace(-1 + seed, 1, 16)
        codes, scales, meant = coded(values(seed, positive=seed == 1), table, 180)
        codes = codes.to(torch.uint8)
        packed = codes.reshape(SHAPE) if bits == 8 else codes[::2] << 4 | codes[1::2]
        shown: Any = torch.zeros(SHAPE).as_subclass(Coded)
        shown.codes, shown.scale, shown.qmap = packed, scales, table
        entry[slot], found[slot] = shown, meant
    return entry, found


def flashoptim(weight_bytes: int = 4) -> tuple[dict[str, Any], dict[str, Any]]:
    entry: dict[str, Any] = {"step": torch.tensor(3.0)}
    found = {}
    for slot, value in (("exp_avg", values(1)), ("exp_avg_sq", values(2, positive=True).sqrt())):
        cut = blocks(value, 32)
        scales = cut.abs().amax(1).half()
        share = cut / scales.float()[:, None]
        if slot == "exp_avg":
            codes = (127 * 2 * share / (1 + share.abs())).round().clamp(-127, 127).to(torch.int8)
            part = codes / 127
            meant = part / (2 - part.abs()) * scales.float()[:, None]
        else:
            codes = (255 * share).round().clamp(0, 255).to(torch.uint8)
            meant = (codes / 255 * scales.float()[:, None]).square()
        entry[f"{slot}::quantized"] = codes.reshape(-1)[: value.numel()].reshape(SHAPE)
        entry[f"{slot}::scales"] = scales.view(torch.bfloat16)  # beside parameters of bfloat16
        found[slot] = meant.reshape(-1)[: value.numel()].reshape(SHAPE)
    weight = values(3)
    narrow = weight.to(torch.bfloat16)
    most = 127 if weight_bytes == 3 else 32767
    half = torch.ldexp(torch.ones(SHAPE), torch.frexp(narrow.float()).exponent - 9)
    share = ((weight - narrow.float()) / half * most).round()
    entry["error_bits"] = (
        share.to(torch.bfloat16)
        if weight_bytes == 3
        else share.to(torch.int16).view(torch.bfloat16)
    )
    return entry, {**found, "master": narrow.float() + share / most * half}


STATES = {
    "bitsandbytes": bitsandbytes,
    "bitsandbytes, before it wrapped": lambda: bitsandbytes(wrapped=False),
    "bitsandbytes, 32 bits": plain_bitsandbytes,
    "torchao, 8 bits": lambda: torchao(8),
    "torchao, 4 bits": lambda: torchao(4),
    "flashoptim": flashoptim,
    "flashoptim, 24 bits": lambda: flashoptim(3),
}


def taken(entry: Any, weight_bytes: int | None = None, **arguments: Any) -> tuple[Any, Any]:
    parameter = torch.nn.Parameter(values(3))
    if weight_bytes:
        parameter = torch.nn.Parameter(values(3).to(torch.bfloat16))
    optimizer = optim.AdamW([parameter], lr=0.1, **arguments)
    group = {"lr": 0.01, "betas": (0.8, 0.9), "eps": 1e-6, "weight_decay": 0.1, "params": [0]}
    group |= {"master_bytewidth": weight_bytes} if weight_bytes else {}
    optimizer.load_state_dict({"state": {0: entry}, "param_groups": [group]})
    return optimizer, parameter


@pytest.mark.parametrize("name", STATES)
def test_codes_are_taken_over_as_the_numbers_that_they_stand_for(name):
    entry, expected = STATES[name]()
    wide = {"flashoptim": 4, "flashoptim, 24 bits": 3}.get(name)
    optimizer, parameter = taken(entry, wide, **({"master": "float32"} if wide else {}))
    found = optimizer.state[parameter]
    assert found.keys() == {*expected, "step"}
    for slot, value in expected.items():
        torch.testing.assert_close(found[slot], value, rtol=1e-6, atol=0)
    assert optimizer.param_groups[0]["lr"] == 0.01
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    assert optimizer.iterations == 4


def test_they_go_on_in_any_precision_and_by_name():
    entry, expected = bitsandbytes()
    with pytest.warns(UserWarning, match="rounded once"):
        optimizer, parameter = taken(entry, states="bfloat16")
    assert optimizer.state[parameter]["exp_avg"].equal(expected["exp_avg"].bfloat16())
    other = torch.nn.Parameter(torch.zeros(SHAPE))
    by_name = optim.AdamW([("w", other)], lr=0.1)
    group = {"lr": 0.01, "params": [0, 1], "param_names": ["v", "w"]}
    saved = {"state": {0: entry, 1: entry}, "param_groups": [group]}
    assert by_name.load_state_dict(saved, strict=False).taken == ("w",)
    assert by_name.state[other]["exp_avg"].equal(expected["exp_avg"])


def test_weights_of_flashoptim_are_exact_in_a_remainder():
    entry, expected = flashoptim()
    optimizer, parameter = taken(entry, 4, master="remainder")
    assert "master" not in optimizer.state[parameter]
    optimizer.convert(master="float32")
    off = optimizer.state[parameter]["master"] - expected["master"]
    assert (off != 0).float().mean() < 1e-3  # what lies half-way is one spacing off


@pytest.mark.parametrize("lacking", ["absmax2", "qmap1"])
def test_what_does_not_fit_is_refused(lacking):
    entry, _ = bitsandbytes(wrapped=False)
    short = {**entry, "absmax1": entry["absmax1"][:5]}
    del entry[lacking]
    for wrong in (entry, short):
        with pytest.raises(CheckpointError, match="must have codes and scales for shape"):
            taken(wrong)


# -- beside the libraries themselves, where they are installed ------------------------------------


def saved(optimizer: Any) -> Any:
    """Its state after three steps, through a file of plain tensors where it has no others."""
    for seed in range(3):
        step(optimizer, seed)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def step(optimizer: Any, seed: int) -> None:
    chance = torch.Generator().manual_seed(seed)
    for p in optimizer.param_groups[0]["params"]:
        p.grad = torch.randn(p.shape, generator=chance)
    optimizer.step()


def goes_on(theirs: Any, ours: Any, near: float) -> None:
    parameter = theirs.param_groups[0]["params"][0]
    before = parameter.detach().clone()
    step(theirs, 9)
    expected = parameter.detach().clone()
    with torch.no_grad():
        parameter.copy_(before)
    step(ours, 9)
    assert (parameter - expected).abs().max() <= near * (expected - before).abs().max()


@pytest.mark.parametrize(
    ("there", "here", "slots", "arguments"),
    [
        ("AdamW8bit", "AdamW", ("exp_avg", "exp_avg_sq"), {}),
        ("Lion8bit", "Lion", ("m",), {}),
        ("RMSprop8bit", "RMSprop", ("square_avg",), {}),
        ("SGD8bit", "SGD", ("momentum_buffer",), {"momentum": 0.9}),
        ("Adagrad8bit", "Adagrad", ("sum",), {}),
    ],
)
def test_bitsandbytes_goes_on(there, here, slots, arguments):
    library = pytest.importorskip("bitsandbytes")
    parameter = torch.nn.Parameter(values(3))
    theirs = getattr(library.optim, there)([parameter], lr=0.01, **arguments)
    ours = getattr(optim, here)([parameter], lr=0.01, **arguments)
    ours.load_state_dict(saved(theirs))
    known = theirs.state[parameter]
    for number, slot in enumerate(slots, 1):
        code, scales = known[f"qmap{number}"], known[f"absmax{number}"]
        decode = library.functional.dequantize_blockwise
        right = decode(known[f"state{number}"], absmax=scales, code=code, blocksize=256)
        assert ours.state[parameter][slot].equal(right)
    goes_on(theirs, ours, 1e-4)


@pytest.mark.parametrize("there", ["AdamW8bit", "AdamW4bit", "AdamWFp8"])
def test_torchao_goes_on(there):
    library = pytest.importorskip("torchao.optim")
    parameter = torch.nn.Parameter(torch.ones(64, 128))
    theirs = getattr(library, there)([parameter], lr=0.01)
    ours = optim.AdamW([parameter], lr=0.01)
    with mock.patch.object(torch, "compile", lambda function, **_: function):
        ours.load_state_dict(saved(theirs))
        for slot in ("exp_avg", "exp_avg_sq"):
            assert ours.state[parameter][slot].equal(theirs.state[parameter][slot].dequantize())
        goes_on(theirs, ours, 1e-4)
