"""Which optimizer is first at a loss? A small GPT in PyTorch reads the sources of Python's library.

    python benchmarks/language_model.py             measures, writes language_model.json, draws
    python benchmarks/language_model.py --draw      only draws docs/images/language_model.png again

Every training has the same model, first weights, batches, clip, and a rate that rises for a while
and falls along a cosine. Rates are half a decade apart: beginning with the one in `CENTRES`, each
optimizer tries its neighbours until the best has a worse one on each side, by the loss on a text
for validation after training from one seed. It is then trained from other seeds and judged by
another text. Arguments are defaults but for those in `OPTIONS`; AdamW alone has weight decay.

Each training is kept as soon as it is done. Called again, the program goes on where it was ended;
to measure anew, remove language_model.json.
"""

import json
import math
import sys
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import adamas.torch
from adamas.measure import machine, program, report
from adamas.pictures import INK, colour, legend, new_figure, plain_axes

RESULTS = Path(__file__).with_name("language_model.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "language_model.png"

WIDTH, LAYERS, HEADS, CONTEXT, SYMBOLS = 64, 2, 4, 64, 256
STEPS, WARMUP, BATCH_SIZE, CLIP = 300, 30, 16, 1.0
TEXT, JUDGED, EVERY = 1_000_000, 96, 10
"""Bytes to learn from, rows that a loss is the mean of, and updates between two looks at it."""

SWEEP_SEED, TEST_SEEDS = 0, (10, 11, 12)
RATES = tuple(float(f"{digit}e{power}") for power in range(-6, 3) for digit in (1, 3))
MOST = 7
"""Rates that one optimizer tries at most."""

YARDSTICK = "AdamW"
"""Whose last loss is the one that all are to reach."""

CENTRES = {
    "SGD": 0.3,
    "Adam": 0.01,
    "AdamW": 0.01,
    "Lamb": 0.01,
    "RAdam": 0.01,
    "Shampoo": 0.01,
    "Adan": 0.01,
    "Lion": 1e-3,
    "Sophia": 1e-3,
    "Prodigy": 1.0,
    "StableAdamW": 0.01,
    "ScheduleFreeAdamW": 0.01,
    "AdEMAMix": 3e-3,
    "SOAP": 0.01,
    "Muon": 0.01,
    "ADOPT": 0.01,
    "MARS": 0.01,
    "NorMuon": 0.01,
}
"""The optimizers, in the order of publication, and the rate that each begins with."""

MATRICES = {"weight_decay": None, "adam_weight_decay": None, "exclude_layers": ("head",)}
OPTIONS: dict[str, dict[str, Any]] = {
    # Training is short: means of squares that keep 0.999 would be those of all of it.
    **{name: {"beta_2": 0.99} for name in ("Adam", "Lamb", "RAdam", "Prodigy", "ADOPT")},
    "ScheduleFreeAdamW": {"beta_2": 0.99, "warmup_steps": WARMUP},
    "AdamW": {"beta_2": 0.99, "weight_decay": 0.1},
    "AdEMAMix": {"beta_2": 0.99, "beta_3": 0.999, "warmup_steps": STEPS},
    "SGD": {"momentum": 0.9, "nesterov": True},
    "StableAdamW": {"weight_decay": None},
    "Shampoo": {**MATRICES, "beta_2": 0.99},
    "SOAP": {**MATRICES, "adam_beta_2": 0.99},
    **{name: {**MATRICES, "adam_beta_2": 0.99} for name in ("Muon", "NorMuon")},
}
"""Arguments that are not the defaults."""

CONSTANT = ("ScheduleFreeAdamW",)
"""Those whose rate does not fall, as their averages do what that is for."""

HESSIANS = {"Sophia": 10}
"""Those that are given an estimate of the diagonal of the Hessian in every so many updates."""


# The text and the model -------------------------------------------------------------------------


@cache
def text() -> dict[str, torch.Tensor]:
    """Bytes of the library's modules by name; of ten, one is for validation, one for the test."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    contents = [path.read_bytes() for path in paths]
    parts = {
        "train": [text for place, text in enumerate(contents) if place % 10 not in (3, 7)],
        "validation": contents[3::10],
        "test": contents[7::10],
    }
    joined = {name: bytearray(b"".join(part)) for name, part in parts.items()}
    return {name: torch.frombuffer(part[:TEXT], dtype=torch.uint8) for name, part in joined.items()}


def rows(part: str, starts: Sequence[int]) -> torch.Tensor:
    """CONTEXT + 1 bytes from each of these places on."""
    return torch.stack([text()[part][start : start + CONTEXT + 1] for start in starts]).long()


class Block(nn.Module):
    """Attention to what came before, then a perceptron; each adds to what it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in range(2)])
        names = ("query", "key", "value", "out")
        self.attention = nn.ModuleDict({n: nn.Linear(WIDTH, WIDTH, bias=False) for n in names})
        self.wide = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, places, WIDTH], as it gives."""
        normed = self.norms[0](x)
        heads = [
            self.attention[name](normed).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        ]
        with sdpa_kernel(SDPBackend.MATH):  # the one with second derivatives
            seen = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.attention["out"](seen.transpose(1, 2).flatten(-2))
        return x + self.narrow(nn.functional.gelu(self.wide(self.norms[1](x))))


class GPT(nn.Module):
    """Bytes and places → blocks → scores of the next byte."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, WIDTH)
        self.embedding_of_places = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, SYMBOLS, bias=False)
        for p in self.parameters():
            if p.ndim == 2:
                nn.init.normal_(p, std=0.02)

    def forward(self, symbols: torch.Tensor) -> torch.Tensor:
        """[batch, places] → [batch, places, SYMBOLS]."""
        places = torch.arange(symbols.shape[1])
        x = self.embedding(symbols) + self.embedding_of_places(places)
        return self.head(self.norm(self.blocks(x)))


def loss_of(model: nn.Module, given: torch.Tensor) -> torch.Tensor:
    """Nats for each byte."""
    scores = model(given[:, :-1])
    return nn.functional.cross_entropy(scores.flatten(0, 1), given[:, 1:].flatten())


@torch.no_grad()
def judged(model: nn.Module, part: str) -> float:
    """The loss on rows of a text that are spread over it evenly."""
    last = len(text()[part]) - CONTEXT - 1
    return loss_of(model, rows(part, np.linspace(0, last, JUDGED).astype(int).tolist())).item()


# One training -----------------------------------------------------------------------------------


def make(name: str, rate: float, model: nn.Module) -> Any:
    """The optimizer over a model's parameters."""
    given = {"lr": rate, "global_clipnorm": CLIP, **OPTIONS.get(name, {})}
    return getattr(adamas.torch, name)(model.named_parameters(), **given)


def share(name: str, step: int) -> float:
    """How much of the rate an update has."""
    if name in CONSTANT:
        return 1.0
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))


def train(name: str, rate: float, seed: int) -> dict[str, Any]:
    """Losses on the validation text, the one on the test text, and what an update takes.

    A training whose loss is not finite, or no better than guessing after a third, is given up.
    """
    torch.manual_seed(seed)
    model, chance = GPT(), np.random.default_rng(seed)
    optimizer = make(name, rate, model)
    curve, times = [], []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate * share(name, step)
        starts = chance.integers(TEXT - CONTEXT - 1, size=BATCH_SIZE)
        loss = loss_of(model, rows("train", starts.tolist()))
        given = {}
        if step % HESSIANS.get(name, STEPS + 1) == 0 and name in HESSIANS:
            given = {"hessian": adamas.torch.hessian_diagonal(loss, model.parameters())}
        loss.backward()
        began = process_time()
        optimizer.step(**given)
        times.append(process_time() - began)
        optimizer.zero_grad()
        if (step + 1) % EVERY == 0:
            with optimizer.averaged() if name in CONSTANT else nullcontext():
                curve.append(round(judged(model, "validation"), 4))
            if not curve[-1] < (math.log(SYMBOLS) if step > STEPS // 3 else math.inf):
                return {"curve": [], "validation": None, "test": None, "step_ms": None}
    with optimizer.averaged() if name in CONSTANT else nullcontext():
        test = judged(model, "test")
    step_ms = round(1000 * float(np.median(times)), 3)
    return {"curve": curve, "validation": curve[-1], "test": round(test, 4), "step_ms": step_ms}


# The sweep --------------------------------------------------------------------------------------


class Kept:
    """Trainings by optimizer, rate and seed, in a file that is written after each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs: dict[str, dict[str, Any]] = {}
        self.seconds = 0.0
        if path.exists():
            known = json.loads(path.read_text(encoding="utf-8"))
            self.runs, self.seconds = known["runs"], known["seconds"]

    def run(self, name: str, rate: float, seed: int) -> dict[str, Any]:
        """The training, which is made if nobody has made it."""
        key = f"{name} {rate:g} {seed}"
        if key not in self.runs:
            began = process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of losses that are not finite
                self.runs[key] = train(name, rate, seed)
            self.seconds += process_time() - began
            figures = {"runs": self.runs, "seconds": self.seconds}
            about = program.as_json(machine.describe(1), figures)
            self._path.with_suffix(".part").write_text(about, encoding="utf-8")
            self._path.with_suffix(".part").replace(self._path)
            print(key, self.runs[key]["validation"], file=sys.stderr, flush=True)
        return self.runs[key]


def rate_of(name: str, kept: Kept) -> tuple[float, dict[str, float | None]]:
    """The best rate, and the validation loss at each that was tried."""
    tried: dict[float, float] = {}
    best = RATES.index(CENTRES[name])
    while len(tried) < MOST:
        new = [RATES[n] for n in (best, best - 1, best + 1) if RATES[n] not in tried]
        if not new:
            break
        for rate in new:
            loss = kept.run(name, rate, SWEEP_SEED)["validation"]
            tried[rate] = math.inf if loss is None else loss
        best = RATES.index(min(tried, key=tried.__getitem__))
    found = {f"{r:g}": tried[r] if math.isfinite(tried[r]) else None for r in sorted(tried)}
    return RATES[best], found


def measure() -> dict[str, Any]:
    """The whole sweep, as JSON holds it."""
    torch.set_num_threads(1)
    adamas.set_num_threads(1)
    kept = Kept(RESULTS)
    chosen = {name: rate_of(name, kept) for name in CENTRES}
    for seed in TEST_SEEDS:
        for name, (rate, _) in chosen.items():
            kept.run(name, rate, seed)
    optimizers = {
        name: {
            "options": OPTIONS.get(name, {}),
            "tried": tried,
            "rate": rate,
            "curves": [kept.run(name, rate, seed)["curve"] for seed in TEST_SEEDS],
            "test": [kept.run(name, rate, seed)["test"] for seed in TEST_SEEDS],
            "step_ms": float(np.median([kept.run(name, rate, s)["step_ms"] for s in TEST_SEEDS])),
        }
        for name, (rate, tried) in chosen.items()
    }
    return {
        "steps": STEPS,
        "every": EVERY,
        "batch_size": BATCH_SIZE,
        "test_seeds": TEST_SEEDS,
        "optimizers": optimizers,
        "seconds": kept.seconds,
        "runs": kept.runs,
    }


# Shown ------------------------------------------------------------------------------------------


def steps_to(curve: Sequence[float], loss: float, every: int) -> float:
    """Updates until a curve has come down to a loss, between two looks along a line."""
    before = math.log(SYMBOLS)
    for place, after in enumerate(curve):
        if after <= loss:
            return every * (place + (before - loss) / (before - after))
        before = after
    return math.inf


def order(results: dict[str, Any]) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Each optimizer, the fastest first, with the updates it takes to the yardstick's last loss."""
    members = results["optimizers"]
    goal = float(np.mean(members[YARDSTICK]["curves"], 0)[-1])
    found = {
        name: steps_to(np.mean(member["curves"], 0).tolist(), goal, results["every"])
        for name, member in members.items()
    }
    last = {name: float(np.mean(member["curves"], 0)[-1]) for name, member in members.items()}
    for name in sorted(found, key=lambda name: (found[name], last[name])):
        yield name, found[name], members[name]


def draw(results: dict[str, Any], path: Path) -> None:
    """Bars of updates to the loss, and the curves of the first ones beside all others."""
    ordered = list(order(results))
    figure = new_figure(10.5, 0.8 + 0.27 * len(ordered))
    bars, curves = figure.subplots(1, 2, width_ratios=(1, 1.25))
    steps = results["steps"]
    goal = float(np.mean(results["optimizers"][YARDSTICK]["curves"], 0)[-1])
    plain_axes(bars, f"Updates to {goal:.2f} nats per byte", ("update", ""))
    for place, (name, reached, member) in enumerate(ordered):
        kind = {"color": colour(0 if name != YARDSTICK else 1), "height": 0.62}
        if math.isfinite(reached):
            bars.barh(place, reached, **kind)
            bars.text(reached + 4, place, f"{reached:.0f}", va="center", fontsize=8, color=INK)
        else:
            last = float(np.mean(member["curves"], 0)[-1])
            note = f"not within {steps}: {last:.2f} nats"
            bars.text(4, place, note, va="center", fontsize=8, color=INK)
    bars.set_yticks(range(len(ordered)), [name for name, _, _ in ordered])
    bars.set(xlim=(0, steps * 1.1), ylim=(len(ordered) - 0.4, -0.6))
    plain_axes(curves, "Loss on text that was not learnt", ("update", "nats per byte"))
    shown = [name for name, _, _ in ordered if name != YARDSTICK][:4] + [YARDSTICK]
    x = results["every"] * (1 + np.arange(steps // results["every"]))
    for name, _, member in ordered[::-1]:
        mean = np.mean(member["curves"], 0)
        if name not in shown:
            curves.plot(x, mean, color=INK, alpha=0.4, linewidth=0.7)
    places = {name: n for n, name in enumerate([YARDSTICK, *shown[:-1]], 1)}
    for name in shown:
        values = np.array(results["optimizers"][name]["curves"])
        own = colour(places[name] % 5)
        curves.fill_between(x, values.min(0), values.max(0), color=own, alpha=0.2, linewidth=0)
        curves.plot(x, values.mean(0), color=own, linewidth=1.8, label=name)
    curves.set(xlim=(0, steps), ylim=(goal - 0.45, goal + 1.2))
    legend(curves)
    figure.savefig(path)


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    cells = [
        (
            name,
            f"{member['rate']:g}",
            f"{reached:.0f}" if math.isfinite(reached) else "-",
            f"{np.mean(member['curves'], 0)[-1]:.3f}",
            *(f"{of(member['test']):.3f}" for of in (np.mean, np.min, np.max)),
            f"{member['step_ms']:.2f}",
        )
        for name, reached, member in order(results)
    ]
    headings = ("", "rate", "updates", "validation", "test", "least", "most", "ms an update")
    report.show_table(f"{results['steps']} updates, nats per byte", headings, cells)
    print(f"\nAll trainings took {results['seconds'] / 60:.0f} minutes of core time.")


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=1, **act))
