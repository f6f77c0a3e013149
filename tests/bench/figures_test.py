#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the figures' framework; prints TAP. Run in the project's root."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GOOD = {"name": "a.b", "value": 65, "unit": "cycles", "aim": 66, "better": "lower", "method": "m", "command": "c"}


def line(**changes: object) -> str:
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value != "absent"})


def collect(folder: Path, *lines: str, tail: str = "true") -> subprocess.CompletedProcess:
    source = folder / "lines"
    source.write_text("".join(text + "\n" for text in lines), encoding="utf-8")
    return subprocess.run(["tests/bench/collect.py", "--out", str(folder / "out"), f"cat {source}; {tail}"],
                          capture_output=True, text=True, check=False)


def refused(folder: Path) -> str:
    """The name of the first bad input that is accepted, or that damages an earlier file; '' when all is well."""
    bad = {
        "not JSON": ["{"], "not an object": ["[1]"], "nothing": [], "duplicate": [line(), line(value=1)],
        "unknown key": [line(extra=1)], "text for a value": [line(value="65")], "true for a value": [line(value=True)],
        "NaN": [line(value=float("nan"))], "null value": [line(value=None)], "empty unit": [line(unit="")],
        "wrong better": [line(better="bigger")], "name with a space": [line(name="a b")],
        **{f"no {key}": [line(**{key: "absent"})] for key in GOOD},
    }
    for what, lines in bad.items():
        (folder / "out").write_text("before", encoding="utf-8")
        if collect(folder, *lines).returncode == 0 or (folder / "out").read_text(encoding="utf-8") != "before":
            return what
    if collect(folder, line(), tail="exit 3").returncode == 0:
        return "a program that fails"
    return ""


def rendered(folder: Path) -> str:
    figures = [line(), line(name="c.share", value=94.994, aim=95, better="higher", unit="%"), line(name="b.speed", aim=None, value=1234567.8),
               line(name="engine.x.cycles", value=2000, against=123456), line(name="engine.x.products", value=1700),
               line(name="engine.x.occupancy", value=85), line(name="engine.x.latency", value=40000)]
    if collect(folder, *figures).returncode != 0:
        return "good figures were refused"
    page = folder / "page.md"
    if subprocess.run(["tests/bench/render.py", str(folder / "out"), str(page)], capture_output=True, check=False).returncode != 0:
        return "render.py failed"
    text = page.read_text(encoding="utf-8")
    for row in ("| `a.b` | 65 | cycles | 66 | yes | lower |", "| `c.share` | 94.99 | % | 95 | **no** | higher |",
                "| `b.speed` | 1,234,568 | cycles |  |  | lower |",
                "| `x` | 1,700 | 2,000 | 85.0 % | 40,000 | 50,000 | 123,456 |"):
        if row not in text:
            return f"no row {row}"
    return ""


def main() -> int:
    failures = 0
    for what, test in (("bad figures are refused", refused), ("good figures are rendered", rendered)):
        with tempfile.TemporaryDirectory() as folder:
            problem = test(Path(folder))
        print(f"{'not ok' if problem else 'ok'} - {what}")
        if problem:
            print(f"# {problem}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
