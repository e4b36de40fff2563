"""The scalars of a step, on the device: what the host gives, and what follows from it.

A row has the numbers of those parameters that share them: how many updates they have had, the
optimizer's numbers, and what `prepare` remembers. At the head of a step one small kernel computes
everything in double precision that is the same for all weights of a row, for all passes: bias
corrections, rates. So no number is ever part of a kernel, a replayed graph counts on, and nothing
waits for the device.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...errors import StateError
from ...language.expression import Expression
from ...lowering import following
from ...plan import Plan
from .. import capture
from .addresses import send
from .text import Arithmetic, kernel_text

LOSS_SCALE = "loss_scale_factor"
"""The number that is multiplied by the factor that a scaler of gradients has on the device."""


class DeviceRows:
    """The rows of scalars of all calls of one optimizer.

    Attributes:
        names: what the columns of `numbers` are.
        numbers: float64 [rows, names] on the device; `write` sets it, and so may device code.
        counts: [rows], the updates made so far; of any dtype of floats.
        kept: float64 [rows, …], what is remembered, by `remembered`.
        sums: float64 [rows, …], the sums over all tensors of the step, by `totals`.
        adds_to: to whose sums the tensors of each row add.
        members: the member whose numbers each row has.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        rows: int,
        device: torch.device,
        counts: torch.Tensor | None = None,
        adds_to: Sequence[int] | None = None,
        members: Sequence[int] | None = None,
    ) -> None:
        self.names = tuple(dict.fromkeys(name for plan in plans for name in plan.numbers))
        self.remembered = tuple(dict.fromkeys(n for plan in plans for n in plan.remembered))
        self.totals = tuple(dict.fromkeys(name for plan in plans for name in plan.totals))
        self.adds_to = np.array([0] * rows if adds_to is None else adds_to, np.int64)
        self.members = np.array([0] * rows if members is None else members, np.int64)
        self.device = device
        self.sums = torch.zeros((rows, len(self.totals)), dtype=torch.float64, device=device)
        self.numbers = torch.zeros(
            (rows, max(len(self.names), 1)), dtype=torch.float64, device=device
        )
        self.kept = torch.zeros(
            (rows, max(len(self.remembered), 1)), dtype=torch.float64, device=device
        )
        if counts is None:
            counts = torch.zeros(rows, dtype=torch.float64, device=device)
        self.counts = counts
        self._written = np.full((rows, len(self.names)), np.nan)

    def write(self, numbers: Any) -> None:
        """Set the numbers, [rows, names], from now on; nothing is sent that is there already.

        A captured graph takes those that were written last before its replay.
        """
        new = np.asarray(numbers, np.float64).reshape(self._written.shape)
        if not np.array_equal(new, self._written):
            if capture.capturing(self.device):
                raise StateError(
                    "Numbers must be sent before a step is captured: a graph reads them anew at "
                    "each replay. Got: others than those of the last step. "
                    "Use optimizer.send_numbers() before."
                )
            send(new.reshape(-1), self.numbers[:, : new.shape[1]].view(-1))
            self._written = new.copy()

    def take(self, name: str, rows: torch.Tensor, number: torch.Tensor) -> None:
        """Set a number of some rows, bool [rows], to what stands in a tensor on the device.

        It is read when a call is made, and when a graph that has captured this is replayed.
        """
        column = self.numbers[:, self.names.index(name)]
        torch.where(rows, number.detach().to(column.dtype).reshape(()), column, out=column)

    @property
    def known(self) -> np.ndarray:
        """The numbers that were written last, [rows, names]."""
        return self._written


ARGUMENTS = ("entries", "counts", "numbers", "kept", "given", "stop")
"""entries: int64 [programs, 2], a row and whether its count moves on. given: float32 [2], a flag
that stops the step and the factor of the gradients. stop: int32 [1]."""


def scalars_text(
    plan: Plan,
    uniforms: Sequence[Mapping[Expression, int]],
    rows: DeviceRows,
) -> str:
    """The kernel that computes the scalars of each pass, and that counts.

    With STORES it begins a step, with ADVANCES it ends one, with both it does so at once. With
    AGAIN, which plans with sums over all tensors have, it computes the scalars anew.
    """
    names, remembered = rows.names, rows.remembered
    begins = "STORES and not AGAIN" if plan.totals else "STORES"
    body = [
        "    place = tl.program_id(0)",
        "    row = tl.load(entries + 2 * place)",
        "    go = tl.load(given) == 0",
        f"    if {begins}:",
        "        tl.store(stop, (go == 0).to(tl.int32), mask=place == 0)",
        "    else:",
        "        go = tl.load(stop) == 0",
        "    t = tl.load(counts + row).to(tl.float64) + 1",
    ]
    leaves = {"t": "t"}
    for name in plan.numbers:
        column = names.index(name)
        factor = " * tl.load(given + 1).to(tl.float64)" if name == LOSS_SCALE else ""
        text = f"tl.load(numbers + row * {max(len(names), 1)} + {column}){factor}"
        body.append(f"    n{column} = {text}")
        leaves[name] = f"n{column}"
    width = max(len(remembered), 1)
    for name in plan.remembered:
        column = remembered.index(name)
        body.append(f"    k{column} = tl.load(kept + row * {width} + {column})")
        leaves[name] = f"k{column}"
    for name in plan.totals:
        column = rows.totals.index(name)
        body.append(f"    s{column} = tl.load(sums + row * {len(rows.totals)} + {column})")
        leaves[name] = f"s{column}"
    body.append("    if STORES:")
    for place, uniform in enumerate(uniforms):
        arithmetic = Arithmetic("float64", "        ", _named(uniform, leaves), f"x{place}_")
        arithmetic.compute(uniform)
        body += arithmetic.lines
        for node, column in uniform.items():
            target = f"uniform{place} + row * {max(len(uniform), 1)} + {column}"
            body.append(f"        tl.store({target}, {arithmetic.number(node)})")
    body.append("        pass")
    body += ["    if ADVANCES:", "        go = go & (tl.load(entries + 2 * place + 1) != 0)"]
    next_ones = dict(zip(plan.remembered, following(plan), strict=True))
    arithmetic = Arithmetic("float64", "        ", _named(next_ones.values(), leaves), "next")
    arithmetic.compute(next_ones.values())
    body += arithmetic.lines
    for name, node in next_ones.items():
        target = f"kept + row * {width} + {remembered.index(name)}"
        body.append(f"        tl.store({target}, {arithmetic.number(node)}, mask=go)")
    body.append("        tl.store(counts + row, t, mask=go)")
    arguments = [*ARGUMENTS, *(f"uniform{place}" for place in range(len(uniforms)))]
    constants = ["STORES", "ADVANCES"]
    if plan.totals:
        arguments.append("sums")
        constants.append("AGAIN")
    return kernel_text("scalars", arguments, constants, "\n".join(body))


def _named(outputs: Any, leaves: Mapping[str, str]) -> dict[Expression, str]:
    """The names of the leaves of a graph."""
    found: dict[Expression, str] = {}
    waiting, seen = list(outputs), set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.operation == "leaf":
            found[node] = leaves[node.arguments[0]]
        waiting += [a for a in node.arguments if isinstance(a, Expression)]
    return found
