# SPDX-License-Identifier: Apache-2.0
"""What a figure is, and the reading of a file of them: one JSON object a line."""
import json
import math
import re

REQUIRED = {"name": str, "value": float, "unit": str, "aim": float, "better": str, "method": str, "command": str}
OPTIONAL = {"against": float}  # a peer's value in the same run
NAME = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")


class BadFigure(Exception):
    """A line that is not a figure; the text says why."""


def number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def parse(line: str) -> dict:
    """One line -> a figure. aim may be null (no aim: informative); every other required key has a value."""
    try:
        figure = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadFigure(f"not JSON: {error}") from error
    if not isinstance(figure, dict):
        raise BadFigure("not a JSON object")
    missing, unknown = REQUIRED.keys() - figure.keys(), figure.keys() - REQUIRED.keys() - OPTIONAL.keys()
    if missing or unknown:
        raise BadFigure(f"missing keys {sorted(missing)}, unknown keys {sorted(unknown)}")
    for key, value in figure.items():
        nullable = key in ("aim", "against")
        kind = {**REQUIRED, **OPTIONAL}[key]
        if not (nullable and value is None) and not (number(value) if kind is float else isinstance(value, str) and value):
            raise BadFigure(f"{key} is {value!r}")
    if not NAME.match(figure["name"]):
        raise BadFigure(f"name {figure['name']!r} is not lower-case words with dots between them")
    if figure["better"] not in ("lower", "higher"):
        raise BadFigure(f"better is {figure['better']!r}")
    return figure


def parse_all(lines: list) -> list:
    """All lines, in order of the names; a name must not come twice."""
    figures = {}
    for count, line in enumerate(lines, 1):
        try:
            figure = parse(line)
            if figure["name"] in figures:
                raise BadFigure(f"{figure['name']} comes twice")
        except BadFigure as error:
            raise BadFigure(f"line {count}: {error}: {line.rstrip()}") from error
        figures[figure["name"]] = figure
    return [figures[name] for name in sorted(figures)]


def meets(figure: dict) -> bool:
    """Whether the value is as good as the aim or better."""
    if figure["better"] == "lower":
        return figure["value"] <= figure["aim"]
    return figure["value"] >= figure["aim"]
