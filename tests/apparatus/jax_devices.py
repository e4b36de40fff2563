"""What `test_jax_devices` runs in a process of its own, with eight devices that are one processor.

Prints one JSON object: the name of each check, and what was found.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import adamas
import adamas.jax
from adamas.language import blocks
from barzilai_borwein import BarzilaiBorwein

MESH = jax.make_mesh((4, 2), ("data", "model"), axis_types=(AxisType.Auto,) * 2)
SPECS = {"kernel": P("data", "model"), "bias": P("model"), "stack": P(None, "data", None)}
SHAPES = {"kernel": (16, 8), "bias": (8,), "stack": (2, 8, 6)}
COLLECTIVES = "all-gather|all-to-all|collective-permute|reduce-scatter|all-reduce"

OPTIMIZERS = {
    "Adam": lambda: adamas.Adam(0.05),
    "states in bfloat16": lambda: adamas.Adam(0.05, states="bfloat16"),
    "everything": lambda: adamas.AdamW(
        0.05,
        global_clipnorm=1.0,
        use_ema=True,
        gradient_accumulation_steps=2,
        nonfinite="skip",
    ),
    "clipnorm": lambda: adamas.SGD(0.05, momentum=0.9, clipnorm=0.5),
    "Lamb": lambda: adamas.Lamb(0.05),
    "Adafactor": lambda: adamas.Adafactor(0.05),
    "Muon": lambda: adamas.Muon(0.05, stacked=True),
    # Of 16 rows with 8 columns some eigenvectors are any: that side is left out.
    "SOAP": lambda: adamas.SOAP(0.05, max_size=8, precondition_frequency=1),
    "Prodigy": lambda: adamas.Prodigy(first_distance=0.01, weight_decay=0.1),
    "several": lambda: adamas.MultiOptimizer({"bias": adamas.Lion(0.01), "": adamas.Nadam(0.05)}),
}

OTHERS = {
    "DAdaptAdam": lambda: adamas.DAdaptAdam(first_distance=0.01, weight_decay=0.1),
    "GaLore": lambda: adamas.GaLore(0.05, rank=2, update_proj_gap=2),
    "KLSOAP": lambda: adamas.KLSOAP(0.05, max_size=8, precondition_frequency=1),
    "Mechanic": lambda: adamas.AdamW(1.0, mechanic=0.01, weight_decay=0.1),
    "Muon by blocks": lambda: adamas.Muon(0.05, block_rows=4),
    "NorMuon": lambda: adamas.NorMuon(0.05),
    "PSGDKron": lambda: adamas.PSGDKron(0.05, seed=7, max_size=8),
    "Shampoo": lambda: adamas.Shampoo(0.05, max_size=8, precondition_frequency=1),
}
"""Those of which only the numbers are looked at."""


def params(seed: int = 0) -> dict[str, Any]:
    """Arrays on one device."""
    chance = np.random.default_rng(seed)
    return {n: np.float32(chance.standard_normal(shape)) for n, shape in SHAPES.items()}


def placed(tree: Any, specs: Any = SPECS, mesh: Any = MESH) -> Any:
    """Arrays sharded by `specs`."""
    return {n: jax.device_put(a, NamedSharding(mesh, specs[n])) for n, a in tree.items()}


def trained(step: Any, values: Any, place: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Parameters and state after four calls."""
    state, apply = step.init(values), jax.jit(step.apply)
    for seed in range(1, 5):
        values, state = apply(place(params(seed)), state, values)
    return values, state


def largest_difference(left: Any, right: Any) -> float:
    """The largest difference of two trees, as a share of the largest weights."""
    pairs = zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


def spec_of(array: Any) -> str:
    """The axes of the mesh that each axis of an array is cut along."""
    spec = array.sharding.spec
    return str([*spec, *[None] * (array.ndim - len(spec))])


def collectives(step: Any, values: Any, state: Any, **options: Any) -> list[str]:
    """What devices tell each other in a compiled step: ``"all-reduce f32[]"`` and so on."""
    return told_by(jax.jit(step.apply, **options).lower(values, state, values))


def told_by(lowered: Any) -> list[str]:
    """The same of a program that is not compiled yet."""
    lines = lowered.compile().as_text().splitlines()
    pattern = rf"= \(?(\w+\[[\d,]*\]).* ({COLLECTIVES})(?:-start)?\("
    found = (re.search(pattern, line) for line in lines)
    return sorted(f"{match[2]} {match[1]}" for match in found if match)


def same_numbers() -> dict[str, float]:
    """How far eight devices are from one."""
    found = {}
    for name, make in {**OPTIMIZERS, **OTHERS}.items():
        step = adamas.jax.functional(make())
        alone, _ = trained(step, jax.tree.map(jnp.asarray, params()), lambda tree: tree)
        together, _ = trained(step, placed(params()), placed)
        found[name] = largest_difference(together, alone)
    wrong = adamas.jax.functional(adamas.Adam(0.051))
    right = adamas.jax.functional(adamas.Adam(0.05))
    one, other = (trained(s, placed(params()), placed)[0] for s in (wrong, right))
    found["wrong"] = largest_difference(one, other)
    return found


def searches() -> dict[str, Any]:
    """Searches on eight devices: how far they are from one, and what devices tell each other."""
    wanted = params(1)

    def loss(values: Any, scale: Any) -> Any:
        parts = [jnp.mean((a - b) ** 2 * (1 + b * b)) for a, b in zip(
            jax.tree.leaves(values), jax.tree.leaves(wanted), strict=True)]  # fmt: skip
        return sum(parts) + scale * jnp.sum(jnp.sin(values["kernel"])) / 50

    found: dict[str, Any] = {}
    for name, driver in {
        "strong Wolfe": adamas.LBFGS(max_iter=3, history_size=2),
        "no search": adamas.LBFGS(0.5, 3, history_size=2, line_search=None),
        "one's own": BarzilaiBorwein(0.5, 2),
    }.items():
        step = adamas.jax.functional(driver)
        call = jax.jit(lambda s, p, x: step.apply(jax.value_and_grad(loss), s, p, x))  # noqa: B023
        ends = []
        for place in (partial(jax.tree.map, jnp.asarray), placed):
            values = place(params())
            state = step.init(values)
            for _ in range(3):
                values, state = call(state, values, 1.0)
            ends.append((values, int(state.iterations), values["kernel"].sharding))
        found[name] = {
            "difference": largest_difference(ends[0][0], ends[1][0]),
            "moved": largest_difference(ends[0][0], params()),
            "iterations": ends[0][1] == ends[1][1],
            "told": told_by(call.lower(state, values, 1.0)),
        }
        other = call(step.init(placed(params())), placed(params()), 1.001)[0]
        right = call(step.init(placed(params())), placed(params()), 1.0)[0]
        found[name]["wrong"] = largest_difference(other, right)
    return found


def inherited() -> dict[str, Any]:
    """How the state is sharded: made step by step, made by a compiled `init`, and after steps."""
    step, values = adamas.jax.functional(OPTIMIZERS["everything"]()), placed(params())
    states = {
        "eager": step.init(values),
        "compiled": jax.jit(step.init)(values),
        "later": trained(step, values, placed)[1],
    }
    found: dict[str, Any] = {
        how: {s: {n: spec_of(a) for n, a in tree.items()} for s, tree in state.slots.items()}
        for how, state in states.items()
    }
    small = adamas.jax.functional(adamas.Adafactor()).init(values).slots
    found["small"] = {slot: spec_of(small[slot]["kernel"]) for slot in ("r", "c")}
    found["stack"] = {slot: spec_of(small[slot]["stack"]) for slot in ("r", "c")}
    return found


def told() -> dict[str, list[str]]:
    """What devices tell each other in one step of each optimizer."""
    found = {}
    for name, make in OPTIMIZERS.items():
        step, values = adamas.jax.functional(make()), placed(params())
        found[name] = collectives(step, values, step.init(values))
    return found


WIDE = {"kernel": (16, 512), "bias": (8, 300), "stack": (2, 8, 130)}
CUT = {"kernel": P("data", "model"), "bias": P("data"), "stack": P("model", "data", None)}


def in_blocks() -> dict[str, Any]:
    """Slots of 8 bits on eight devices: what differs from one, what they tell each other, and how
    scales are cut."""
    step, chance = adamas.jax.functional(adamas.Adam(0.05, states="8bit")), np.random.default_rng(0)
    ends = []
    trees = [
        {n: np.float32(chance.standard_normal(shape)) for n, shape in WIDE.items()}
        for _ in range(4)
    ]
    with mock.patch.object(blocks, "FROM", 500):
        for place in (partial(jax.tree.map, jnp.asarray), partial(placed, specs=CUT)):
            values, apply = place(trees[0]), jax.jit(step.apply)
            state = step.init(values)
            for tree in trees[1:]:
                values, state = apply(place(tree), state, values)
            ends.append((values, state))
        told = collectives(step, values, state)
    pairs = zip(*map(jax.tree.leaves, ends), strict=True)
    return {
        "different": sum(int(np.count_nonzero(np.asarray(a) != np.asarray(b))) for a, b in pairs),
        "told": told,
        "dtypes": sorted({leaf.dtype.name for leaf in jax.tree.leaves(state.slots)}),
        "scales": {n: spec_of(a) for n, a in state.slots["m_scales"].items()},
    }


def zero() -> dict[str, Any]:
    """ZeRO-1: parameters on every device, state cut along the data axis."""
    step = adamas.jax.functional(adamas.Adam(0.05, use_ema=True))
    whole = NamedSharding(MESH, P())
    cut = {"kernel": P("data"), "bias": P("data"), "stack": P(None, "data")}
    values = {n: jax.device_put(a, whole) for n, a in params().items()}
    state = step.init(values)
    shards = jax.tree.map(lambda _: whole, state)._replace(
        slots={s: {n: NamedSharding(MESH, cut[n]) for n in cut} for s in state.slots}
    )
    state = jax.device_put(state, shards)
    options = {"out_shardings": (jax.tree.map(lambda _: whole, values), shards)}
    apply = jax.jit(step.apply, **options)
    alone, _ = trained(step, jax.tree.map(jnp.asarray, params()), lambda tree: tree)
    messages = collectives(step, values, state, **options)
    for seed in range(1, 5):
        values, state = apply(params(seed), state, values)
    return {
        "difference": largest_difference(values, alone),
        "told": messages,
        "weights of a shard": [
            state.slots[s]["kernel"].addressable_shards[0].data.size for s in ("m", "v", "ema")
        ],
    }


def explicit() -> dict[str, Any]:
    """A mesh whose axes are part of types."""
    mesh = jax.make_mesh((4, 2), ("data", "model"), axis_types=(AxisType.Explicit,) * 2)
    found = {}
    with jax.set_mesh(mesh):
        for name in ("Adam", "everything", "Adafactor"):
            step = adamas.jax.functional(OPTIMIZERS[name]())
            alone, _ = trained(step, jax.tree.map(jnp.asarray, params()), lambda tree: tree)
            place = lambda tree: placed(tree, SPECS, mesh)  # noqa: E731
            together, state = trained(step, place(params()), place)
            found[name] = largest_difference(together, alone)
            found[f"{name}, compiled init"] = [
                spec_of(array)
                for slot in jax.jit(step.init)(place(params())).slots.values()
                for array in jax.tree.leaves(slot["kernel"])
            ]
    return found


def mapped() -> float:
    """How far a step within shard_map, on each device's own rows, is from one device."""
    step = adamas.jax.functional(adamas.AdamW(0.05, use_ema=True))
    alone, _ = trained(
        step, {"w": jnp.asarray(params()["kernel"])}, lambda tree: {"w": tree["kernel"]}
    )
    values = {"w": params()["kernel"]}
    state = step.init(values)
    specs = jax.tree.map(lambda a: P("data") if a.ndim else P(), (values, state))
    apply = jax.jit(
        jax.shard_map(
            step.apply, mesh=MESH, in_specs=(specs[0], specs[1], specs[0]), out_specs=specs
        )
    )
    for seed in range(1, 5):
        values, state = apply({"w": params(seed)["kernel"]}, state, values)
    return largest_difference(values, alone)


def shards_alone() -> dict[str, int]:
    """Within shard_map, where the state is made there too: how many numbers of parameters and
    states differ from those of a model that is one shard."""
    chance, found = np.random.default_rng(0), {}
    trees = [{"w": np.float32(chance.standard_normal((32, 512)))} for _ in range(4)]
    for name in ("bfloat16", "8bit"):
        step = adamas.jax.functional(adamas.Adam(0.05, states=name))
        shard = {"w": trees[0]["w"][:8]}
        specs = jax.tree.map(lambda a: P("data") if a.ndim else P(), (shard, step.init(shard)))
        map_of = partial(jax.shard_map, mesh=MESH)
        values = trees[0]
        state = map_of(step.init, in_specs=specs[:1], out_specs=specs[1])(values)
        apply = jax.jit(
            map_of(step.apply, in_specs=(specs[0], specs[1], specs[0]), out_specs=specs)
        )
        for tree in trees[1:]:
            values, state = apply(tree, state, values)
        for rows in (slice(0, 8), slice(24, 32)):
            own = {"w": trees[0]["w"][rows]}
            known = step.init(own)
            for tree in trees[1:]:
                own, known = jax.jit(step.apply)({"w": tree["w"][rows]}, known, own)
            pairs = zip(
                jax.tree.leaves((own, known)), jax.tree.leaves((values, state)), strict=True
            )
            found[f"{name} of {rows.start}"] = sum(
                int(np.count_nonzero(np.asarray(a) != np.asarray(b)[rows] if a.ndim else a != b))
                for a, b in pairs
            )
    return found


def loaded(path: str) -> dict[str, Any]:
    """A state that was saved from shards and loaded into shards."""
    step = adamas.jax.functional(OPTIMIZERS["Adam"]())
    values, state = trained(step, placed(params()), placed)
    adamas.jax.save(path, step, state)
    again = adamas.jax.load(path, step, values)
    return {
        "difference": largest_difference(again, state),
        "specs": {n: spec_of(a) for n, a in again.slots["m"].items()},
    }


if __name__ == "__main__":
    checks = (
        same_numbers,
        searches,
        inherited,
        told,
        in_blocks,
        zero,
        explicit,
        mapped,
        shards_alone,
    )
    report = {check.__name__: check() for check in checks}
    report["loaded"] = loaded(sys.argv[1])
    print(json.dumps(report))
