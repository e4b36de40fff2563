"""Which processes have copies of parameters, as `DistributedDataParallel` keeps them."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def replicas_of(params: Iterable[torch.Tensor]) -> list[DistributedDataParallel]:
    """The models in `DistributedDataParallel` that have any of these parameters.

    Nothing in a parameter tells of them, so all objects are looked through: some tenths of a
    second, where there are several processes. What `gc.freeze` has set aside is looked through
    too; then all objects that there are now are frozen afterwards.
    """
    if not (dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        return []
    own = set(map(id, params))
    with _unfrozen():
        found = _having(own)
        if found:
            found.clear()
            gc.collect()  # one that was let go may not have gone yet
            found = _having(own)
    return found


@contextmanager
def _unfrozen() -> Iterator[None]:
    """Frozen objects are listed and collected like others, until they are frozen again."""
    # A class is older than its models, so they are frozen only where it is. How many objects are
    # frozen says less: from Python 3.12 on, some always are.
    frozen = not any(one is DistributedDataParallel for one in gc.get_objects())
    if frozen:
        gc.unfreeze()
    try:
        yield
    finally:
        if frozen:
            gc.freeze()


def _having(own: set[int]) -> list[DistributedDataParallel]:
    objects = gc.get_objects()
    models = [one for one in objects if issubclass(type(one), DistributedDataParallel)]
    return [
        model for model in models if any(id(parameter) in own for parameter in model.parameters())
    ]
