"""The GPU compiler: each walk of a pass as one kernel in Triton's language."""

from .call import DeviceCall
from .interpreter import refuse_device
from .memory import DeviceTensor
from .rows import DeviceRows

__all__ = ["DeviceCall", "DeviceRows", "DeviceTensor", "refuse_device"]
