#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of a board's manifest, a JSON object a line, as `make bench` wants them. They were measured
by `make bitstreams`, which takes too long for `make bench`."""
import argparse
import json
import sys

AIM_GRADE6_MHZ = 100
ENGINE_CLOCK = "engine_clk_i"


def figures(manifest, path):
    board = f"board.{manifest['board']}"
    method = (f"{manifest['top']} behind the narrow wrapper, placed and routed for {manifest['chip']}; "
              f"from {path}, which `make bitstreams` wrote")
    for grade, result in sorted(manifest["grades"].items()):
        yield {"name": f"{board}.fmax_grade{grade}", "value": result["clocks"][ENGINE_CLOCK]["fmax_mhz"], "unit": "MHz",
               "aim": AIM_GRADE6_MHZ if grade == "6" else None, "better": "higher",
               "method": f"engine clock, speed grade {grade}: {method}"}
    for name in ("lut", "ff", "dsp", "block_ram"):
        yield {"name": f"{board}.{name}", "value": manifest["used"][name]["used"], "unit": "cells", "aim": None,
               "better": "lower", "method": f"of {manifest['used'][name]['of']:,}: {method}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest")
    path = parser.parse_args().manifest
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    for figure in figures(manifest, path):
        print(json.dumps({**figure, "command": f"bitstreams/figures.py {path}"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
