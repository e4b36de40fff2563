"""Writes the files in `files_of_before`: states after five calls, and where three more lead.

    python tests/apparatus/make_files_of_before.py FOLDER

It is run when a form of files is about to change, by the sources that still write the old one.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import adamas

ON_ARRAYS: dict[str, Callable[[], Any]] = {
    "adam": lambda: adamas.Adam(
        0.01, use_ema=True, gradient_accumulation_steps=2, amsgrad=True, weight_decay=0.01
    ),
    "nadam": lambda: adamas.Nadam(0.01),
    "adafactor": lambda: adamas.Adafactor(0.01, clip_threshold=100.0),
    "loss-scale": lambda: adamas.LossScaleOptimizer(adamas.Adam(0.01)),
    "multi": lambda: adamas.MultiOptimizer(
        {"a": adamas.Adam(0.01), "b": adamas.SGD(0.1, momentum=0.9)}
    ),
}
ON_TENSORS: dict[str, tuple[str, dict[str, Any]]] = {
    "torch-adamw": ("AdamW", {"lr": 0.01, "amsgrad": True}),
    "torch-sgd": ("SGD", {"lr": 0.1, "momentum": 0.9, "use_ema": True}),
    "torch-nadam": ("NAdam", {"lr": 0.01}),
}


def arrays() -> dict[str, np.ndarray]:
    return {"a": np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3), "b": np.ones(3)}


def gradients(call: int) -> dict[str, np.ndarray]:
    share = np.array([0.1, -0.2, 0.3])
    return {"a": np.full((2, 3), 0.1 * (call + 1), np.float32), "b": share * (call + 1)}


def optimizer_of_tensors(title: str) -> tuple[Any, dict[str, Any]]:
    import torch

    import adamas.torch

    params = {name: torch.nn.Parameter(torch.from_numpy(a)) for name, a in arrays().items()}
    name, arguments = ON_TENSORS[title]
    return getattr(adamas.torch, name)(params.items(), **arguments), params


def step_of_tensors(optimizer: Any, params: Mapping[str, Any], call: int) -> None:
    import torch

    for name, gradient in gradients(call).items():
        params[name].grad = torch.from_numpy(gradient)
    optimizer.step()


def as_lists(params: Mapping[str, Any]) -> dict[str, list]:
    return {name: value.tolist() for name, value in params.items()}


def main(folder: Path) -> None:
    import torch

    kept = {}
    for title, make in ON_ARRAYS.items():
        optimizer, params = make(), arrays()
        for call in range(5):
            optimizer.apply(gradients(call), params)
        optimizer.save(folder / f"{title}.safetensors")
        kept[title] = {"before": as_lists(params)}
        for call in range(5, 8):
            optimizer.apply(gradients(call), params)
        kept[title]["after"] = as_lists(params)
    for title in ON_TENSORS:
        optimizer, params = optimizer_of_tensors(title)
        for call in range(5):
            step_of_tensors(optimizer, params, call)
        torch.save(optimizer.state_dict(), folder / f"{title}.pt")
        optimizer.save(folder / f"{title}.safetensors")
        kept[title] = {"before": as_lists(params)}
        for call in range(5, 8):
            step_of_tensors(optimizer, params, call)
        kept[title]["after"] = as_lists(params)
    (folder / "kept.json").write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
