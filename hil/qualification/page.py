"""Pages from the templates in pages/: Markdown for chats, HTML that stands alone for mail."""

from pathlib import Path

import jinja2

_LONGEST = 200
"""Characters of a cell in Markdown: a page is to be read, the report has the rest."""

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("pages")),
    autoescape=lambda name: name is not None and ".html" in name,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def read_templates() -> None:
    """Compile all of them, for a process that forks into many that write pages."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


def page(template: str, **content: object) -> str:
    """The page of this template (`summary.md`, `summary.html` …), one newline at its end."""
    text = _ENVIRONMENT.get_template(f"{template}.jinja").render(**content)
    lines = (line.rstrip() for line in text.splitlines())
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table: one line, nothing in it is markup."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    for mark in "\\`*|<[":
        line = line.replace(mark, f"\\{mark}")
    return line


_ENVIRONMENT.filters.update(cell=_cell)
