"""Steps that are captured as a CUDA graph: nothing of them is made now, and all is replayed."""

import torch

from ..errors import StateError


def capturing(device: torch.device) -> bool:
    """Whether what is launched on a device now is captured."""
    return device.type == "cuda" and torch.cuda.is_current_stream_capturing()


def refuse_capture(device: torch.device, what: str) -> None:
    """`StateError` for `what`, which must be done before a step is captured."""
    if capturing(device):
        raise StateError(
            f"{what} before a step is captured: a CUDA graph holds launches, and nothing that "
            "waits, compiles or takes memory. Got: a capture without it. Make some steps of this "
            "very kind first, as PyTorch's documents say of torch.cuda.graph."
        )
