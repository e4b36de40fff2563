"""What GPUs will run: the kernels compiled for NVIDIA's, without one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from family import FAMILY
from places import PROGRAMS

pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

Kernels = list[dict[str, Any]]


def without_interpreter(program: str, *arguments: str) -> Any:
    """What a program prints."""
    environment = {**os.environ, "TRITON_INTERPRET": "0"}
    command = [sys.executable, str(PROGRAMS / program), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return json.loads(answer.stdout)


@cache
def compiled(which: str, capability: int) -> Kernels:
    """Every kernel of some optimizers."""
    return without_interpreter("compile_kernels.py", which, str(capability))


def of_adam(dtype: str, capability: int) -> dict[str, Any]:
    """The kernel that updates dense tensors."""
    (kernel,) = (
        kernel
        for kernel in compiled("adam", capability)
        if kernel["optimizer"] == f"Adam {dtype}"
        and kernel["kernel"] == "walk"
        and not kernel["constants"]["STRIDED"]
    )
    return kernel


def count(kernel: dict[str, Any], wanted: Callable[[str], bool]) -> int:
    """How many instructions are such."""
    return sum(n for name, n in kernel["instructions"].items() if wanted(name))


def approximate(name: str) -> bool:
    """Whether an instruction on float32 gives less than the nearest number, or fuses two.

    Powers and logarithms are functions in float64, which begin from an approximation.
    """
    marks = name.split(".")
    if marks[-1] not in ("f32", "f16", "bf16") or marks[0] in ("abs", "setp"):
        return False
    return bool({"approx", "full", "ftz"} & set(marks)) or marks[0] == "fma"


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize(
    ("dtype", "vector"), [("float32", "v4.b32"), ("float64", "v2.b64"), ("bfloat16", "v4.b32")]
)
def test_adam_loads_and_stores_sixteen_bytes_at_once(dtype, vector, capability):
    kernel = of_adam(dtype, capability)
    slots = 2 if dtype == "bfloat16" else 0  # its parameter and gradient: 8 bytes of 4 numbers
    assert count(kernel, lambda name: name == f"ld.global.{vector}") >= (slots or 4)
    assert count(kernel, lambda name: name == f"st.global.{vector}") >= (slots or 3)


@pytest.mark.parametrize("capability", [80, 90])
def test_adam_keeps_everything_in_registers(capability):
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        kernel = of_adam(dtype, capability)
        assert kernel["stack"] == 0
        assert count(kernel, lambda name: ".local" in name) == 0


@pytest.mark.parametrize("capability", [80, 90])
def test_adam_divides_and_takes_roots_rounded_to_nearest(capability):
    for dtype, kind in (("float32", "f32"), ("bfloat16", "f32"), ("float64", "f64")):
        kernel = of_adam(dtype, capability)
        divisions = count(kernel, lambda name: name.startswith("div"))
        assert divisions == count(kernel, lambda name, k=kind: name == f"div.rn.{k}") > 0
        roots = count(kernel, lambda name: "sqrt" in name)
        assert roots == count(kernel, lambda name, k=kind: name == f"sqrt.rn.{k}") > 0


@pytest.mark.parametrize("capability", [80, 90])
def test_narrow_weights_are_rounded_to_nearest(capability):
    for dtype, kind in (("bfloat16", "bf16"), ("float16", "f16")):
        narrowed = [
            name
            for name in of_adam(dtype, capability)["instructions"]
            if name.startswith("cvt") and name.split(".")[-2].startswith(kind)
        ]
        assert narrowed
        assert all(name.startswith("cvt.rn.") for name in narrowed), narrowed


def test_every_optimizer_compiles_and_approximates_nothing():
    kernels = compiled("family", 90)
    assert {kernel["optimizer"].split()[0] for kernel in kernels} >= set(FAMILY)
    assert {kernel["kernel"] for kernel in kernels} >= {"scalars", "walk", "add_up", "factors"}
    for kernel in kernels:
        found = {name: n for name, n in kernel["instructions"].items() if approximate(name)}
        assert not found, kernel


def test_an_approximation_would_be_noticed():
    for name in ("div.full.f32", "sqrt.approx.ftz.f32", "fma.rn.f32", "mul.ftz.f32"):
        assert approximate(name)
    for name in ("div.rn.f32", "sqrt.rn.f32", "fma.rn.f64", "mul.rn.f32", "ld.global.v4.b32"):
        assert not approximate(name)


def test_other_numbers_and_gradients_compile_nothing_and_launch_the_same():
    found = without_interpreter("launch_kernels.py")
    for notes in found.values():
        first, *others = notes["steps"]
        assert first
        assert others == [first, first]
        assert len(set(notes["variants"])) == 1
        first, *others = notes["tensors"]
        assert min(first) > 0
        assert not any(map(any, others))  # addresses, once what fits them is found
    kernels = {name: [kernel for kernel, *_ in notes["steps"][0]] for name, notes in found.items()}
    assert kernels["Adam"] == ["scalars", "walk"]
    assert kernels["clip, Adam, average"] == ["scalars", "walk", "add_up", "factors", "walk"]
    assert kernels["Lamb"] == ["scalars", "walk", "add_up", "between", "walk"]
