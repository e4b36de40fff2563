"""The parts of `benchmarks/gpu.py` that need no GPU. No test here asserts a time."""

import importlib.util
import json
import math
import sys
from typing import Any

import pytest

from adamas.measure.workloads import gpt2_shapes
from places import ROOT

torch: Any = pytest.importorskip("torch", reason="needs PyTorch")

FILE = ROOT / "benchmarks" / "gpu.py"


@pytest.fixture(scope="module")
def gpu() -> Any:
    specification = importlib.util.spec_from_file_location("benchmark_gpu", FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["benchmark_gpu"] = module
    specification.loader.exec_module(module)
    return module


def test_without_a_gpu_it_says_so_and_ends(gpu, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main([]) == 1
    assert "no CUDA device" in capsys.readouterr().out


def test_rounds_are_interleaved_and_every_block_has_its_gradients(gpu):
    diary = []
    taken = {"a": 0.001, "b": 0.002}
    steps = {name: (lambda name=name: diary.append(name)) for name in taken}

    def seconds(step, calls):
        for _ in range(calls):
            step()
        return taken[diary[-1]]

    times = gpu.interleaved(steps, 6, seconds, lambda name, which: diary.append((name, which)))
    assert times == {"a": [0.001] * 6, "b": [0.002] * 6}
    blocks = [entry for entry in diary if isinstance(entry, tuple)][2:]
    assert sorted(blocks) == [(name, which) for name in "ab" for which in (0, 0, 0, 1, 1, 1)]
    assert {name for name, _ in blocks[::2]} == {"a", "b"}  # neither always comes first
    assert diary.count("a") == gpu.WARM_UP + 1 + 6 * 100  # 0.2 s of the slower, in steps


def test_the_table_says_what_is_met(gpu, tmp_path, capsys):
    spread = {"median": 0.4, "low": 0.3, "high": 0.5}
    seconds = {"median": 2e-3, "low": 1e-3, "high": 3e-3}
    common = {"workload": "gpt2", "weights": 124_439_808, "seconds": seconds, "bandwidth": 2500.0}
    about = {"device": "a GPU", "capability": "9.0", "cuda": "13.0", "system": "Linux"}
    figures = [
        {**common, "what": gpu.RECIPE, "library": "adamas", "of_copy": 0.9, "ratio": None},
        {**common, "what": gpu.RECIPE, "library": "torch", "of_copy": 0.4, "ratio": spread},
        {
            **common,
            "what": f"{gpu.PLAIN}, CUDA graph",
            "library": "torch",
            "of_copy": 0.5,
            "ratio": {**spread, "median": 1.2},
        },
    ]
    file = tmp_path / "gpu.json"
    saved = {
        "about": {**about, "python": "3.11", "versions": {"torch": "2.13"}},
        "copy": 2800.0,
        "left_out": ["billion"],
        "figures": figures,
    }
    file.write_text(json.dumps(saved))
    assert gpu.main(["--read", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "A copy moves 2800 GB/s" in shown
    assert "billion: left out" in shown
    assert [gpu.cells(figure)[-1] for figure in figures] == [
        "≥ 0.85 of a copy met",
        "≤ 0.50 met",
        "≤ 1.00 missed",
    ]


def test_a_billion_weights_are_a_billion(gpu):
    weights = sum(math.prod(shape) for shape in gpu.workloads(quick=False)["billion"])
    assert 0.95e9 < weights < 1.05e9
    assert gpu.workloads(quick=False)["gpt2"] == gpt2_shapes()
