"""What commands print beside text and tables: small curves, and JSON."""

import importlib.util
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from ..errors import MissingDependencyError

_BLOCKS = "▁▂▃▄▅▆▇█"
_LETTERS = "_.-~=+*#"


def need(module: str, package: str, extra: str, purpose: str) -> None:
    """`MissingDependencyError` with the command that installs `package`, if it is not there."""
    if importlib.util.find_spec(module) is None:
        raise MissingDependencyError(
            f"{purpose} needs {package}, which is not installed. Run: pip install 'adamas[{extra}]'"
        )


def show_json(content: Any) -> None:
    """Print `content` as JSON; NaN and infinity become null, which every reader knows."""
    print(json.dumps(_finite(content), indent=2, ensure_ascii=False))


def curve(values: Sequence[float]) -> str:
    """A curve above 0, one character per value: blocks, or letters where there are none."""
    finite = [value for value in values if math.isfinite(value)]
    highest = max(finite, default=0.0)
    levels = _BLOCKS if can_show(_BLOCKS) else _LETTERS
    scale = (len(levels) - 1) / highest if highest > 0 else 0.0
    return "".join(
        levels[max(round(value * scale), 0)] if math.isfinite(value) else "?" for value in values
    )


def can_show(text: str) -> bool:
    """Whether the encoding of standard output has every character of `text`."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
