"""What an optimizer of PyTorch says of CUDA graphs that have captured its steps."""

from typing import Any

from ...errors import StateError
from .device_session import DeviceSession


class Graphs:
    """A step may be captured: a graph has the launches, their memory, and its own gradients."""

    _captured: tuple[list[Any], ...] = ()

    def ready(self) -> Any:
        """The session for the parameters and arguments that the groups have now."""
        raise NotImplementedError

    def show(self) -> None:
        """Write the numbers of the call that was made last into the groups."""
        raise NotImplementedError

    def replayed(self) -> None:
        """Tell that a CUDA graph that has captured a step was replayed, after each replay.

        The replay is counted as a call, for `iterations` and schedules, and the numbers of the next
        one are sent to the device: what schedules give, and what was written into the groups. It
        waits for nothing. Numbers that are tensors on the device are read there at each replay.

        Raises `StateError` for parameters in host memory, of which there are no graphs.
        """
        session = self._session_of_graphs()
        session.replayed()
        session.send_numbers()
        self.show()

    def send_numbers(self) -> None:
        """Send the numbers of the next step to the device, before it is captured or replayed.

        `replayed` does it, too. Errors as there.
        """
        self._session_of_graphs().send_numbers()

    def release_graphs(self) -> None:
        """Let go of what CUDA graphs have captured of steps: none of them may be replayed any more.

        Until then it lives as long as the optimizer does, whatever is stepped or loaded meanwhile.
        """
        for captured in self._captured:
            captured.clear()

    def keep_captured(self, session: Any) -> None:
        """Keep what graphs capture of a session, also when another one comes in its place."""
        if isinstance(session, DeviceSession):
            self._captured = (*filter(None, self._captured), session.captured)

    def _session_of_graphs(self) -> DeviceSession:
        session = self.ready()
        if not isinstance(session, DeviceSession):
            raise StateError(
                "CUDA graphs are of parameters on a GPU. Got: parameters on the CPU. Use step()."
            )
        return session
