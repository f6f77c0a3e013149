#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of boards' manifests, a JSON object a line, as `make bench` wants them. They were measured
by `make bitstreams`, which takes too long for `make bench`."""
import argparse
import json
import sys

AIM_GRADE6_MHZ = 100


def figures(manifest, path):
    board = f"board.{manifest['board']}"
    method = (f"{manifest['top']} behind the narrow wrapper, placed and routed for {manifest['chip']}; "
              f"from {path}, which `{manifest['command']}` wrote")
    for grade, result in sorted(manifest["grades"].items()):
        fmax = result["clocks"][manifest["engine_clock"]]["fmax_mhz"]
        yield {"name": f"{board}.fmax_grade{grade}", "value": fmax, "unit": "MHz",
               "aim": AIM_GRADE6_MHZ if grade == "6" else None, "better": "higher",
               "method": f"engine clock, speed grade {grade}: {method}"}
    for name in ("lut", "ff", "dsp", "block_ram"):
        yield {"name": f"{board}.{name}", "value": manifest["used"][name]["used"], "unit": "cells", "aim": None,
               "better": "lower", "method": f"of {manifest['used'][name]['of']:,}: {method}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", nargs="+")
    for path in parser.parse_args().manifest:
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        for figure in figures(manifest, path):
            print(json.dumps({**figure, "command": f"bitstreams/figures.py {path}"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
