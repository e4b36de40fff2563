"""States that earlier sources wrote load, and a run goes on from them as it would have then."""

import json

import numpy as np
import pytest

from make_files_of_before import (
    ON_ARRAYS,
    ON_TENSORS,
    arrays,
    gradients,
    optimizer_of_tensors,
    step_of_tensors,
)
from places import PROGRAMS

FOLDER = PROGRAMS / "files_of_before"
KEPT = json.loads((FOLDER / "kept.json").read_text(encoding="utf-8"))
CLOSE = 1e-6
"""Libraries of C differ in the last bits of powers; the parameters are float32 in part."""


def check(title: str, params) -> None:
    for name, wanted in KEPT[title]["after"].items():
        assert np.allclose(params[name].tolist(), wanted, rtol=CLOSE, atol=CLOSE), name
        moved = np.subtract(wanted, KEPT[title]["before"][name])
        assert (np.abs(moved) > 10 * CLOSE).all(), "the last steps are seen"


@pytest.mark.parametrize("title", ON_ARRAYS)
def test_files_of_arrays(title):
    optimizer, params = ON_ARRAYS[title](), arrays()
    for name, values in KEPT[title]["before"].items():
        params[name][...] = values
    optimizer.build(params)
    optimizer.load(FOLDER / f"{title}.safetensors")
    for call in range(5, 8):
        optimizer.apply(gradients(call), params)
    check(title, params)


@pytest.mark.parametrize("form", ["pt", "safetensors"])
@pytest.mark.parametrize("title", ON_TENSORS)
def test_files_of_tensors(title, form):
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    optimizer, params = optimizer_of_tensors(title)
    with torch.no_grad():
        for name, values in KEPT[title]["before"].items():
            params[name].copy_(torch.tensor(values, dtype=torch.float64))
    if form == "pt":
        optimizer.load_state_dict(torch.load(FOLDER / f"{title}.pt", weights_only=True))
    else:
        optimizer.load(FOLDER / f"{title}.safetensors")
    for call in range(5, 8):
        step_of_tensors(optimizer, params, call)
    check(title, {name: parameter.detach() for name, parameter in params.items()})
