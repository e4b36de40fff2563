"""Importing adamas loads no framework and no compiler; a step loads only what it needs."""

import json

import pytest

from processes import output_of

HEAVY = (
    "llvmlite",
    "numba",
    "torch",
    "jax",
    "optax",
    "flax",
    "keras",
    "tensorflow",
    "scipy",
    "sklearn",
    "matplotlib",
    "tqdm",
    "rich",
    "safetensors",
    "autograd",
)


def loaded_after(code: str) -> set[str]:
    """The heavy modules in a fresh process that ran `code`."""
    report = f"import sys, json; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    return set(json.loads(output_of(f"{code}\n{report}").splitlines()[-1]))


def test_importing_adamas_loads_no_framework_and_no_compiler():
    assert loaded_after("import adamas") == set()


def test_declaring_an_optimizer_loads_no_compiler():
    code = "import adamas; adamas.Adam(adamas.schedules.CosineDecay(0.1, 10)).get_config()"
    assert loaded_after(code) == set()


def test_importing_adamas_loads_nothing_of_a_step():
    code = "import sys, adamas; print([m for m in sys.modules if m.startswith('adamas.')])"
    loaded = output_of(code)
    assert "'adamas.optimizer'" in loaded
    for later in ("plan", "lowering", "stages", "runtime.assignment", "runtime.recoding"):
        assert f"'adamas.{later}'" not in loaded, later


def test_a_step_loads_only_the_compiler():
    code = (
        "import adamas, numpy\n"
        "o = adamas.Adam(); o.build([numpy.ones(3)]); o.apply([numpy.ones(3)])"
    )
    assert loaded_after(code) == {"llvmlite"}


def test_a_check_loads_those_front_ends_that_are_asked_for():
    code = "from adamas import cli; cli.main(['check', 'sgd', '--on', 'numpy'])"
    assert loaded_after(code) == {"llvmlite"}


def test_steps_of_jax_need_neither_optax_nor_a_compiler_of_ours():
    pytest.importorskip("jax")
    code = (
        "import adamas, adamas.jax, jax.numpy as jnp\n"
        "step = adamas.jax.functional(adamas.Adam(global_clipnorm=1.0))\n"
        "step.apply([jnp.ones(3)], step.init([jnp.ones(3)]), [jnp.ones(3)])"
    )
    assert not loaded_after(code) & {"llvmlite", "optax", "flax", "torch", "keras"}


def test_the_look_at_loaded_modules_would_notice_one():
    assert loaded_after("import safetensors") == {"safetensors"}
