"""The frame of a self-contained HTML page: opens offline, loads nothing."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from plotly.offline import get_plotlyjs

from discovery.errors import InvalidInputError
from discovery.report.text import esc

_ASSETS: Final = resources.files("discovery.report") / "assets"

# what names might smuggle in cannot load or send anything either
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · discovery report</title>
<style>
{style}</style>
</head>
<body>
{body}
<script type="application/json" id="summary">{facts}</script>
<script type="application/json" id="figures">{drawn}</script>
<script id="plotly">{plotly}</script>
<script>
{script}</script>
</body>
</html>
"""


def frame(title: str, body: str, *, facts: Any, drawn: Mapping[str, Any]) -> str:  # noqa: ANN401 - JSON
    """Return a page around its body.

    Args:
        title: Of the page, plain text.
        body: HTML, with a place for each figure (see :func:`discovery.report.sections.figure`).
        facts: Plain JSON that machines read from the element ``summary``.
        drawn: Name -> figure as Plotly JSON.
    """
    return _PAGE.format(
        policy=_POLICY,
        title=esc(title),
        style=(_ASSETS / "report.css").read_text(encoding="utf-8"),
        body=body,
        facts=_embed(facts),
        drawn=_embed(drawn),
        plotly=get_plotlyjs(),
        script=(_ASSETS / "report.js").read_text(encoding="utf-8"),
    )


def write_page(path: Path, text: str) -> Path:
    """Write a page, and the folder it lies in, and return its path.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            f"cannot write the report to {path}: {error.strerror or error}; choose another folder"
        ) from None
    return path


def _embed(data: Any) -> str:  # noqa: ANN401 - anything that JSON can hold
    """JSON that no text in it can end: every ``<`` is written as an escape."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")
