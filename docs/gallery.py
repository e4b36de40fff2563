"""The pages of the gallery, and their pictures: ``python docs/gallery.py [NAME …]``.

An example is one program in ``docs/gallery``. Its docstring is the text of its page; it draws its
own picture into the folder where it runs. With names, only those are drawn anew.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("gallery")

NAMES = (
    "curve_fit",
    "digits_averages",
    "optax_chain",
    "keras_fit",
    "noisy_minimize",
    "own_optimizer",
    "layers",
    "schedule",
    "half_precision",
    "travel",
)
"""The examples in the order of the page."""


@dataclass(frozen=True)
class Example:
    """A program, and what its docstring says of it.

    Attributes:
        name: of its file and of its picture.
        title: the first line of the docstring.
        text: what follows.
        needs: what ``pip install`` must bring.
        code: all below the docstring.
    """

    name: str
    title: str
    text: str
    needs: tuple[str, ...]
    code: str


def example(name: str) -> Example:
    """One of the examples, read from its file."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    module = ast.parse(source)
    said = ast.get_docstring(module) or ""
    title, _, rest = said.partition("\n")
    text, _, needs = rest.partition("Needs:")
    below = source.splitlines()[module.body[0].end_lineno :]
    return Example(name, title, text.strip(), tuple(needs.split()), "\n".join(below).strip())


def page(one: Example) -> str:
    """The page of an example, in Markdown."""
    needs = " ".join(f"'{need}'" if "[" in need else need for need in one.needs)
    return f"""\
# {one.title}

{one.text}

![{one.title}]({one.name}.png)

The picture is drawn by [{one.name}.py]({one.name}.py), which needs `pip install {needs}`.

```python
{one.code}
```
"""


def index(examples: list[Example]) -> str:
    """The page of all pictures. GitHub shows a list of them, the site a grid."""
    pictures = "\n\n".join(
        f"[![{one.title}]({one.name}.png)]({one.name}.md)\n[{one.title}]({one.name}.md)"
        for one in examples
    )
    pages = "\n".join(one.name for one in examples)
    return f"""\
# Gallery

Small programs that run as they are, each with the picture that it draws. Three notebooks go on
from there: [first steps with NumPy](../notebooks/numpy-first-steps.ipynb),
[training in PyTorch](../notebooks/pytorch-training.ipynb) and
[an optimizer of one's own](../notebooks/own-optimizer.ipynb).

{pictures}

```{{toctree}}
:hidden:

{pages}
```
"""


def pages() -> Mapping[Path, str]:
    """What each page must be."""
    examples = [example(name) for name in NAMES]
    return {
        FOLDER / "index.md": index(examples),
        **{FOLDER / f"{one.name}.md": page(one) for one in examples},
    }


def main(names: list[str]) -> None:
    """Write all pages, and draw the pictures of some examples, or of all."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    environment = {"KERAS_BACKEND": "jax", **os.environ}
    for name in names or NAMES:
        subprocess.run([sys.executable, f"{name}.py"], cwd=FOLDER, env=environment, check=True)
    for left in FOLDER.glob("*.safetensors"):
        left.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
