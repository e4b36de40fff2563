"""The parts of `benchmarks/gpu.py` that need no GPU. No test here asserts a time."""

import importlib.util
import json
import math
import sys
from types import SimpleNamespace
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
    assert diary.count("a") == gpu.WARM_UP + 1 + 6 * 50  # 0.1 s of the slower, in steps
    times = gpu.interleaved(steps, 6, seconds, lambda *_: None, until=0.0)
    assert times == {"a": [0.001], "b": [0.002]}  # no time is left: one round


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
        {
            **common,
            "workload": "thousand",
            "what": f"{gpu.RECIPE}, CUDA graph",
            "library": "torch",
            "of_copy": 0.5,
            "ratio": spread,
        },
    ]
    file = tmp_path / "gpu.json"
    saved = {
        "about": {**about, "python": "3.11", "versions": {"torch": "2.13"}},
        "copy": 2800.0,
        "left_out": {"billion plain": "it does not fit in memory"},
        "figures": figures,
    }
    file.write_text(json.dumps(saved))
    assert gpu.main(["--read", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "A copy moves 2800 GB/s" in shown
    assert "billion plain: left out: it does not fit" in shown
    assert [gpu.cells(figure)[-1] for figure in figures] == [
        "≥ 0.9 of a copy met",
        "≤ 0.80 met",
        "≤ 1.00 missed",
        "≤ 0.30 missed",
    ]


def test_a_billion_weights_are_a_billion(gpu):
    weights = sum(math.prod(shape) for shape in gpu.workloads(quick=False)["billion"])
    assert 0.95e9 < weights < 1.05e9
    assert gpu.workloads(quick=False)["gpt2"] == gpt2_shapes()


def test_figures_are_saved_after_each_stage_and_a_stage_that_fails_is_left_behind(
    gpu, tmp_path, capsys, monkeypatch
):
    pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")
    file = tmp_path / "gpu.json"
    every, seen = gpu.stages(), []

    def fails(_: Any) -> Any:
        seen.append([figure["what"] for figure in json.loads(file.read_text())["figures"]])
        raise RuntimeError("out of luck\nand more")

    changed = {**every, "gpt2 plain": fails}
    order = ["thousand plain", "gpt2 plain", "host"]
    monkeypatch.setattr(gpu, "stages", lambda: {name: changed[name] for name in order})
    assert gpu.main(["--rehearse", "--quick", "--save", str(file)]) == 0
    assert seen == [[gpu.PLAIN] * 2]
    saved = json.loads(file.read_text())
    assert [figure["what"] for figure in saved["figures"]] == [gpu.PLAIN] * 2 + [gpu.NEW_RATE] * 2
    assert saved["left_out"] == {"gpt2 plain": "RuntimeError: out of luck"}
    assert "out of luck" in capsys.readouterr().out


def test_a_context_that_is_broken_is_left_to_its_process(gpu, tmp_path, monkeypatch):
    file, asked = tmp_path / "gpu.json", []

    def fails(_: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(gpu, "stages", lambda: dict.fromkeys(("gpt2 plain", "host", "Muon"), fails))
    done = SimpleNamespace(returncode=0)
    monkeypatch.setattr(gpu.subprocess, "run", lambda words, check: asked.append(words) or done)
    assert gpu.main(["--rehearse", "--quick", "--save", str(file)]) == 0
    [words] = asked
    assert words[2:6] == ["host", "Muon", "--go-on", "--save"]
    assert "--rehearse" in words
    assert "illegal memory" in json.loads(file.read_text())["left_out"]["gpt2 plain"]


def test_no_stage_begins_when_time_is_out(gpu, tmp_path):
    file = tmp_path / "gpu.json"
    assert gpu.main(["--rehearse", "--quick", "--seconds", "0", "--save", str(file), "Lion"]) == 0
    assert json.loads(file.read_text())["left_out"] == {"Lion": "no time was left"}
    with pytest.raises(SystemExit, match="No stage 'lion'. There are: gpt2 plain"):
        gpu.main(["--rehearse", "lion"])
