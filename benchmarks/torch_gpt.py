"""A small GPT in PyTorch, trained with adamas and with torch.optim: the same loss, step by step.

    python benchmarks/torch_gpt.py             trains, writes torch_gpt.json and the picture
    python benchmarks/torch_gpt.py --draw      only draws docs/images/torch_gpt.png again

It reads the docstrings of the standard library (`small_gpt.py`), character by character. All runs
have the same first weights, batches, schedule (PyTorch's OneCycleLR, which moves the rate and
beta_1), global clip, weight decay and average of the weights. PyTorch runs twice, with its fused
and its foreach AdamW: how far these two drift apart is what rounding alone does.
"""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import nn

import adamas.torch
import small_gpt
from adamas.measure import program, report
from adamas.measure.peers.torch import Recipe
from adamas.pictures import colour, legend, new_figure, plain_axes

RESULTS = Path(__file__).with_name("torch_gpt.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "torch_gpt.png"

WIDTH, LAYERS, HEADS, CONTEXT = 128, 4, 4, small_gpt.CONTEXT
STEPS, BATCH_SIZE, SEED = 300, 32, 0
RATE, DECAY, CLIP, MOMENTUM = 3e-3, 0.1, 1.0, 0.99
RUNS = ("adamas", "torch fused", "torch foreach")


class GPT(nn.Module):
    """Characters and places → blocks that look back → scores of the next character."""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.token = nn.Embedding(symbols, WIDTH)
        self.place = nn.Embedding(CONTEXT, WIDTH)
        block = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, LAYERS, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, symbols)
        mask = nn.Transformer.generate_square_subsequent_mask(CONTEXT)
        self.register_buffer("mask", mask)

    def forward(self, characters: torch.Tensor) -> torch.Tensor:
        """[batch, CONTEXT] → [batch, CONTEXT, symbols]."""
        places = torch.arange(characters.shape[1])
        x = self.token(characters) + self.place(places)
        return self.head(self.norm(self.blocks(x, mask=self.mask, is_causal=True)))


def loss_of(model: nn.Module, rows: torch.Tensor) -> torch.Tensor:
    """Nats per character."""
    scores = model(rows[:, :-1])
    return nn.functional.cross_entropy(scores.flatten(0, 1), rows[:, 1:].flatten())


@dataclass(frozen=True)
class Run:
    """One training: the loss before each step, the test loss of the averages, and the time.

    Attributes:
        step_ms: median milliseconds of clip, step and average together.
    """

    losses: list[float]
    test_loss: float
    step_ms: float


Step = Callable[[], None]


def with_adamas(model: nn.Module) -> tuple[torch.optim.Optimizer, Step, Callable[[], None]]:
    """One optimizer does it all."""
    optimizer = adamas.torch.AdamW(
        model.parameters(),
        lr=RATE,
        weight_decay=DECAY,
        global_clipnorm=CLIP,
        use_ema=True,
        ema_momentum=MOMENTUM,
    )
    # Not the bound method: the scheduler puts another in its place, to count steps.
    return optimizer, lambda: optimizer.step(), optimizer.finalize


def with_torch(
    model: nn.Module, **kind: bool
) -> tuple[torch.optim.Optimizer, Step, Callable[[], None]]:
    """The same by PyTorch's own means."""
    params = list(model.parameters())
    optimizer = torch.optim.AdamW(params, lr=RATE, weight_decay=DECAY, **kind)
    recipe = Recipe(params, [optimizer], clip=CLIP, momentum=MOMENTUM)

    @torch.no_grad()
    def finalize() -> None:
        torch._foreach_copy_(params, recipe.average)

    return optimizer, recipe.step, finalize


MAKE: dict[str, Callable[[nn.Module], Any]] = {
    "adamas": with_adamas,
    "torch fused": lambda model: with_torch(model, fused=True),
    "torch foreach": lambda model: with_torch(model, foreach=True),
}


def train(name: str, text: small_gpt.Text) -> Run:
    """Train from the seed, and evaluate the averages on the test text."""
    torch.manual_seed(SEED)
    model = GPT(len(text.symbols))
    optimizer, step, finalize = MAKE[name](model)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    order = np.random.default_rng(SEED).integers(len(text.train), size=(STEPS, BATCH_SIZE))
    losses, times = [], []
    for batch in order:
        optimizer.zero_grad()
        loss = loss_of(model, torch.from_numpy(text.train[batch]).long())
        loss.backward()
        before = perf_counter()
        step()
        times.append(perf_counter() - before)
        scheduler.step()
        losses.append(loss.item())
    finalize()
    model.eval()
    with torch.no_grad():
        test = loss_of(model, torch.from_numpy(text.test[:2000]).long()).item()
    return Run(losses, test, 1000 * float(np.median(times)))


def measure() -> dict[str, Any]:
    """Every run, one after the other, in this process."""
    text = small_gpt.load()
    runs = {name: train(name, text) for name in RUNS}
    model = GPT(len(text.symbols))
    return {
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "steps": STEPS,
        "runs": {name: asdict(run) for name, run in runs.items()},
    }


def apart(results: dict[str, Any], name: str) -> np.ndarray:
    """How far the loss of each step is from that of fused torch."""
    losses = {run: np.array(results["runs"][run]["losses"]) for run in (name, "torch fused")}
    return np.abs(losses[name] - losses["torch fused"])


def draw(results: dict[str, Any], path: Path) -> None:
    """The losses, one on the other, and how far they are apart."""
    figure = new_figure(8.4, 5.6)
    grid = figure.add_gridspec(2, 1, height_ratios=(1.7, 1))
    title = f"A small GPT, {results['weights']:,} weights, the same seed"
    falling = plain_axes(figure.add_subplot(grid[0]), title, ("", "training loss (nats)"))
    between = plain_axes(figure.add_subplot(grid[1]), "", ("step", "apart from torch fused (nats)"))
    styles = {
        "torch fused": {"color": colour(1), "linewidth": 5, "alpha": 0.45},
        "adamas": {"color": colour(0), "linewidth": 1.1},
    }
    for name, style in styles.items():
        run = results["runs"][name]
        label = f"{name}: {run['test_loss']:.4f} on the test text"
        falling.plot(run["losses"], label=label, **style)
    legend(falling, loc="upper right")
    for place, name in enumerate(("adamas", "torch foreach")):
        floor = np.maximum(apart(results, name), 1e-8)
        between.plot(floor, color=colour(2 * place), linewidth=1.1, label=name)
    between.set(yscale="log", ylim=(1e-8, 1))
    legend(between, loc="upper left", ncols=2)
    for panel in (falling, between):
        panel.set_xlim(0, results["steps"])
    figure.savefig(path)


def show(results: dict[str, Any]) -> None:
    """Print the table."""
    rows = [
        (
            name,
            f"{run['losses'][-1]:.4f}",
            f"{run['test_loss']:.4f}",
            f"{apart(results, name).max():.1e}",
            f"{run['step_ms']:.2f}",
        )
        for name, run in results["runs"].items()
    ]
    columns = ("", "last loss", "test loss", "largest distance", "ms: clip, step, average")
    report.show_table(f"{results['steps']} steps", columns, rows)


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=torch.get_num_threads(), **act))
