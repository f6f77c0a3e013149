#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws how the state's figures grow with the number of accounts, from lines of figures that tests/bench/node_state
has printed, as an SVG. usage: node_state_plot.py FIGURES.jsonl PICTURE.svg"""
import math
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is
import figures  # noqa: E402

# A panel: title, unit, series (figure, label), the aim's figure.
PANELS = [
    ("On disk", "bytes an account", [("node.account.bytes", "pages"), ("node.account.row_bytes", "rows")], "node.account.bytes"),
    ("Look-up of account and balance", "instructions", [("node.account.lookup", "")], None),
    ("Memory of the process", "MiB", [("node.account.memory", "")], None),
    ("Restart after a kill, 100 blocks", "seconds", [("node.restart.seconds", "")], None),
]
COLOURS = ["#1f5fa8", "#c2571a"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300, 220, 48, 16, 44, 32
SIZED = re.compile(r"^(.+)_1e(\d+)$")


def series_of(measured: list) -> dict:
    """Name without its size -> [(exponent of ten, value)], ascending."""
    series = {}
    for figure in measured:
        match = SIZED.match(figure["name"])
        if match:
            series.setdefault(match[1], []).append((int(match[2]), figure["value"]))
    return {name: sorted(points) for name, points in series.items()}


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten: the top of an axis."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def text(x: float, y: float, content: str, anchor: str = "start", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{content}</text>\n'


class Panel:
    """A diagram with its left upper corner at (x, 0)."""

    def __init__(self, x: float, exponents: list, top: float):
        self.left, self.right = x + LEFT, x + WIDTH - RIGHT
        self.exponents, self.top = exponents, top

    def x(self, exponent: int) -> float:
        span = max(self.exponents[-1] - self.exponents[0], 1)
        return self.left + (self.right - self.left) * (exponent - self.exponents[0]) / span

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.top

    def axes(self) -> str:
        out = ""
        for i in range(5):
            value = self.top * i / 4
            out += f'<path d="M{self.left:.1f} {self.y(value):.1f}H{self.right:.1f}" stroke="#ddd"/>\n'
            out += text(self.left - 6, self.y(value) + 4, f"{value:,.4g}" if value < 1000 else f"{value:,.0f}", "end")
        for exponent in self.exponents:
            out += text(self.x(exponent), HEIGHT - BOTTOM + 18,
                        f'10<tspan dy="-4" font-size="8">{exponent}</tspan>', "middle")
        return out

    def line(self, points: list, colour: str, label: str) -> str:
        path = "L".join(f"{self.x(exponent):.1f} {self.y(value):.1f}" for exponent, value in points)
        out = f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>\n'
        for exponent, value in points:
            out += f'<circle cx="{self.x(exponent):.1f}" cy="{self.y(value):.1f}" r="3" fill="{colour}"/>\n'
        return out + text(self.right, self.y(points[-1][1]) - 8, label, "end", f' fill="{colour}"')

    def aim(self, value: float) -> str:
        y = self.y(value)
        return (f'<path d="M{self.left:.1f} {y:.1f}H{self.right:.1f}" stroke="#2a7d3f" stroke-dasharray="5 4"/>\n'
                + text(self.left + 4, y - 4, f"aim {value:g}", "start", ' fill="#2a7d3f"'))


def draw_panel(number: int, series: dict, aims: dict) -> str:
    title, unit, lines, aim = PANELS[number]
    exponents = sorted({exponent for name, _ in lines for exponent, _ in series[name]})
    most = max([value for name, _ in lines for _, value in series[name]] + ([aims[aim]] if aim in aims else []))
    panel = Panel(number * WIDTH, exponents, round_up(most))
    out = text(panel.left, 18, title, "start", ' font-weight="bold"') + text(panel.left, 34, unit, "start", ' fill="#555"')
    out += panel.axes()
    if aim in aims:
        out += panel.aim(aims[aim])
    for (name, label), colour in zip(lines, COLOURS):
        out += panel.line(series[name], colour, label)
    return out


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        measured = figures.parse_all(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    except figures.BadFigure as error:
        sys.exit(f"error: {sys.argv[1]}: {error}")
    series = series_of(measured)
    missing = {name for panel in PANELS for name, _ in panel[2]} - series.keys()
    if missing:
        sys.exit(f"error: {sys.argv[1]}: no figures {sorted(missing)} by number of accounts")
    aims = {figure["name"]: figure["aim"] for figure in measured if figure["aim"] is not None}
    width = WIDTH * len(PANELS)
    picture = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" '
               'font-family="sans-serif" font-size="11">\n<title>The state by its number of accounts</title>\n'
               f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>\n')
    picture += "".join(draw_panel(number, series, aims) for number in range(len(PANELS))) + "</svg>\n"
    Path(sys.argv[2]).write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
