"""What the package's page says of where the project lives, from one table of pyproject.toml.

An index of packages shows README.md, and knows nothing of the files beside it. So what README links
to is named by its full address, or, as long as the project has none, by its path alone.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)")
_PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
_SOURCE = re.compile(r'\b(src|srcset|href)="(?!https?:|#)([^"]+)"')


class CustomMetadataHook(MetadataHookInterface):
    """Adds README and the project's addresses to what hatchling knows."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the fields that pyproject.toml calls dynamic."""
        addresses = self.config["addresses"]
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = with_addresses(readme, addresses["files"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(addresses)


def urls(addresses: Mapping[str, str]) -> dict[str, str]:
    """The addresses that are filled in, as an index of packages names them."""
    return {name.capitalize(): value for name, value in addresses.items() if value}


def with_addresses(text: str, files: str) -> str:
    """README with full addresses for files beside it; without `files`, with their paths as text."""
    if files:
        text = _LINK.sub(lambda found: f"{found[1]}[{found[2]}]({_at(files, found[3])})", text)
        return _SOURCE.sub(lambda found: f'{found[1]}="{_at(files, found[2])}"', text)
    text = _PICTURE.sub("", text)
    return _LINK.sub(lambda found: "" if found[1] else f"{found[2]} (`{found[3]}`)", text)


def _at(files: str, path: str) -> str:
    return f"{files.rstrip('/')}/{path}"
