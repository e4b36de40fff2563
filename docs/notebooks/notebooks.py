"""Runs the notebooks in this folder and writes their outputs, without Jupyter.

    python docs/notebooks/notebooks.py            all of them, in place

Cells run one after the other in one namespace; of the last expression of a cell is kept what a
notebook shows of it.
"""

import ast
import base64
import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.ipynb"))


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with new outputs."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(notebook), 1):
        cell["execution_count"] = number
        cell["outputs"] = _outputs("".join(cell["source"]), namespace, number)
    return notebook


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def kinds(notebook: dict[str, Any]) -> list[list[str]]:
    """What each cell shows, by its form."""
    return [
        [
            kind
            for output in cell["outputs"]
            for kind in output.get("data", {output.get("name", ""): ""})
        ]
        for cell in code_cells(notebook)
    ]


def _outputs(source: str, namespace: dict[str, Any], number: int) -> list[dict[str, Any]]:
    printed, said = io.StringIO(), io.StringIO()
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        exec(compile(tree, f"cell {number}", "exec"), namespace)  # noqa: S102
        value = None
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), f"cell {number}", "eval")
            value = eval(code, namespace)  # noqa: S307
    streams = (("stderr", said.getvalue()), ("stdout", printed.getvalue()))
    found: list[dict[str, Any]] = [
        {"name": name, "output_type": "stream", "text": text.splitlines(keepends=True)}
        for name, text in streams
        if text
    ]
    if value is not None:
        result = {"execution_count": number, "metadata": {}, "output_type": "execute_result"}
        found.append({"data": _shown(value), **result})
    return found


def _shown(value: Any) -> dict[str, Any]:
    """What a notebook shows of a value, by its form."""
    data: dict[str, Any] = {}
    html = value._repr_html_() if hasattr(value, "_repr_html_") else None
    if html is not None:
        data["text/html"] = [html]
    if hasattr(value, "_repr_png_"):
        data["image/png"] = base64.b64encode(value._repr_png_()).decode() + "\n"
    return {**data, "text/plain": repr(value).splitlines(keepends=True)}


def main() -> int:
    for file in FILES:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            notebook = executed(json.loads(file.read_text(encoding="utf-8")))
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")
        print(f"{file.name}: {len(code_cells(notebook))} cells")
    return 0


if __name__ == "__main__":
    sys.exit(main())
