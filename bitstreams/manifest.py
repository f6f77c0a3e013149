#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a board's manifest from what synthesis, place and route left in a build folder, and refuses if anything
of the design has gone missing on the way.

The folder holds narrow.json (most registers that the wrapper can have), wide.stat.json (cells with every port free),
netlist.stat.json (cells behind the narrow wrapper), placed.json (that netlist), for each speed grade G gradeG/report.json
and gradeG/card.bit, and the sources as they were when synthesis began.
"""
import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

# name in the manifest: Yosys cell, nextpnr cell
HARD = {"dsp": ("MULT18X18D", "MULT18X18D"), "block_ram": ("DP16KD", "DP16KD"), "ff": ("TRELLIS_FF", "TRELLIS_FF")}
# Mapping to LUTs finds registers without effect, seven of the card's 58,232 with free ports, and need not find the same ones
# behind the wrapper, where one more was gone. So few may be missing; the manifest shows the numbers.
FOUND_REDUNDANT = {"ff": 8}
GRADES = ("6", "8")
VERIFY = "board.ecp5_85f.ecdsa_verify.cycles"  # the figure that verifications a second follow from
WRAPPER_NET = re.compile(r"^(shift_q|out_q|fold\d+_q)$")
CLOCK_NET = re.compile(r"^\$glbnet\$(.*?)(\$TRELLIS_IO_IN)?$")


class Incomplete(Exception):
    """The routed design is not the whole design; the text says what is missing."""


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def cells(stat):
    return stat["design"]["num_cells_by_type"]


def routed_count(report, cell):
    return report["utilization"][cell]["used"]


def wrapper_registers(netlist, top="snap_narrow"):
    """How many registers of the wrapper synthesis has left: those of inputs that the design ignores and of outputs that
    never change are none of the design's and go."""
    module = netlist["modules"][top]
    bits = {name: set(module["netnames"].get(name, {"bits": []})["bits"]) for name in ("shift_q", "narrow_load_i")}
    kept = set()
    for name, net in module["netnames"].items():
        if WRAPPER_NET.match(name):
            kept.update(net["bits"])
    number = 0
    for cell in module["cells"].values():
        if cell["type"] == HARD["ff"][0]:
            pins = cell["connections"]
            captures = pins["DI"][0] in bits["shift_q"] and pins.get("CE", [None])[0] in bits["narrow_load_i"]
            number += captures or pins["Q"][0] in kept
    return number


def completeness(wide, narrow, wrapper_registers, report):
    """Every multiplier and block RAM of the design with free ports is in the routed one, and its registers."""
    table = {}
    for name, (cell, routed_cell) in HARD.items():
        alone = wide.get(cell, 0)
        added = wrapper_registers if name == "ff" else 0
        row = {"design_with_free_ports": alone, "wrapper": added, "synthesised": narrow.get(cell, 0),
               "routed": routed_count(report, routed_cell)}
        if row["routed"] + FOUND_REDUNDANT.get(name, 0) < alone + added or row["routed"] != row["synthesised"]:
            raise Incomplete(f"{name}: {row}")
        table[name] = row
    return table


def clock_name(net):
    return CLOCK_NET.match(net).group(1) if CLOCK_NET.match(net) else net


def critical_path(path):
    """Where it starts and ends, its shares, and each wire with its delay."""
    steps = path["path"]
    wires = [{"net": s["net"], "ns": round(s["delay"], 2), "from": s["from"]["loc"], "to": s["to"]["loc"]}
             for s in steps if s["type"] == "routing" and s["delay"] > 0]
    total = sum(s["delay"] for s in steps)
    routing = sum(s["delay"] for s in steps if s["type"] == "routing")
    return {"from": steps[0]["from"]["cell"], "to": steps[-1]["to"]["cell"], "ns": round(total, 2),
            "wire_ns": round(routing, 2), "logic_ns": round(total - routing, 2), "wires": wires}


def grade(folder):
    report = load(folder / "report.json")
    clocks = {clock_name(net): {"fmax_mhz": round(value["achieved"], 2)} for net, value in report["fmax"].items()}
    for path in report["critical_paths"]:
        begin, end = (edge.split(" ", 1)[-1] for edge in (path["from"], path["to"]))
        if begin == end and clock_name(begin) in clocks:
            clocks[clock_name(begin)]["critical_path"] = critical_path(path)
    return {"clocks": clocks, "bitstream_sha256": sha256(folder / "card.bit")}


def verify_cycles(path):
    """Cycles a verification, from the last `make bench`; None if there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    values = [figure["value"] for figure in map(json.loads, lines) if figure["name"] == VERIFY]
    return values[0] if values else None


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--engine-clock", required=True)
    parser.add_argument("--parameter", action="append", default=[])
    parser.add_argument("--tool", action="append", default=[], help="NAME=VERSION")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--synthesis", required=True)
    parser.add_argument("--options", required=True)
    parser.add_argument("--sites", required=True, help="the refined placement")
    parser.add_argument("--figures", required=True)
    parser.add_argument("inputs", nargs="+")
    arguments = parser.parse_args()
    build = arguments.build

    done = [g for g in GRADES if (build / f"grade{g}" / "report.json").exists()]
    if not done:
        sys.exit("manifest.py: no grade has been routed")
    report = load(build / f"grade{done[0]}" / "report.json")
    registers = wrapper_registers(load(build / "placed.json"))
    if registers > load(build / "narrow.json")["registers"]:
        sys.exit(f"manifest.py: {registers} registers cannot be the wrapper's")
    try:
        complete = completeness(cells(load(build / "wide.stat.json")), cells(load(build / "netlist.stat.json")), registers,
                                report)
    except Incomplete as error:
        sys.exit(f"manifest.py: trimmed: {error}")

    grades = {g: grade(build / f"grade{g}") for g in done}
    cycles = verify_cycles(arguments.figures)
    for result in grades.values():
        fmax = result["clocks"].get(arguments.engine_clock, {}).get("fmax_mhz")
        result["ecdsa_verifications_per_second"] = round(fmax * 1e6 / cycles) if fmax and cycles else None
    manifest = {
        "board": arguments.board,
        "chip": "LFE5U-85F, CABGA756",
        "top": arguments.top,
        "engine_clock": arguments.engine_clock,
        "parameters": arguments.parameter,
        "command": arguments.command,
        "tools": dict(tool.split("=", 1) for tool in arguments.tool),
        "synthesis": arguments.synthesis,
        "nextpnr_options": arguments.options,
        "seed": arguments.seed,
        "sites_sha256": sha256(arguments.sites),
        "used": {name: {"used": report["utilization"][cell]["used"], "of": report["utilization"][cell]["available"]}
                 for name, cell in (("dsp", "MULT18X18D"), ("lut", "TRELLIS_COMB"), ("ff", "TRELLIS_FF"),
                                    ("block_ram", "DP16KD"), ("distributed_ram", "TRELLIS_RAMW"))},
        "nothing_trimmed": complete,
        "ecdsa_verify_cycles": cycles,
        "grades": grades,
        "inputs_sha256": {path: sha256(build / path) for path in sorted(arguments.inputs)},
    }
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
