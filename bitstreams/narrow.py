#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the narrow wrapper that lets a design with more ports than the chip has pins be placed and routed.

    narrow.py bare TOP [--parameter NAME=VALUE ...] --out bare.sv
    narrow.py wide TOP [--parameter NAME=VALUE ...] --ports bare.json --out wide.sv
    narrow.py wrap TOP [--parameter NAME=VALUE ...] --ports bare.json --clock NAME [--pin NAME ...]
                   --out narrow.sv --counts narrow.json

bare.sv is a module that does nothing but instantiate TOP; Yosys elaborates it and writes bare.json, from which the
ports and their widths are read. wide.sv has every port of TOP as its own: what it synthesises to is what
must be found again behind the narrow wrapper. The clock named by --clock serves the wrapper too; ports named
by --pin (other clocks, resets) become pins as they are.

Nothing can be trimmed or merged, because
  - every input bit is a register of its own, loaded from the shift register on command: no register of the
    design has the same next state as any of the wrapper's, so the tools cannot make one of two. (A shift register
    alone would not do: the design's first register behind bit i is then equal to the chain's bit i + 1.)
  - every output bit is registered and the registers are folded by exclusive or, in registered steps of four, into
    one pin: each of them changes that pin.
"""
import argparse
import json

FOLD = 4  # one LUT


def instance(top, parameters):
    values = ", ".join(f".{name}({value})" for name, value in (p.split("=", 1) for p in parameters))
    return f"  {top} #({values}) u_design (" if values else f"  {top} u_design ("


def bare(top, parameters):
    return f"module snap_bare;\n{instance(top, parameters)});\nendmodule\n"


def ports_of(path):
    with open(path, encoding="utf-8") as file:
        modules = json.load(file)["modules"]
    name = modules["snap_bare"]["cells"]["u_design"]["type"]  # with parameters: $paramod...
    return [(port, p["direction"], len(p["bits"])) for port, p in modules[name]["ports"].items()]


def wide(ports, top, parameters):
    declared = ",\n".join(f"    {d} logic [{w - 1}:0] {n}" for n, d, w in ports)
    connected = ",\n".join(f"      .{n}({n})" for n, _, _ in ports)
    return f"module snap_wide (\n{declared}\n);\n{instance(top, parameters)}\n{connected}\n  );\nendmodule\n"


def fold_ranks(width):
    """Widths of the registered ranks that fold `width` bits into one."""
    ranks = []
    while width > 1:
        width = (width + FOLD - 1) // FOLD
        ranks.append(width)
    return ranks


def wrapper(ports, top, clock, pins, parameters):
    inputs = [(n, w) for n, d, w in ports if d == "input" and n != clock and n not in pins]
    outputs = [(n, w) for n, d, w in ports if d == "output" and n not in pins]
    in_bits = sum(w for _, w in inputs)
    out_bits = sum(w for _, w in outputs)
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             f"// Written by bitstreams/narrow.py: {in_bits} inputs and {out_bits} outputs of {top} behind a few pins.",
             "module snap_narrow ("]
    lines += [f"    input  logic {name}," for name in [clock] + pins]
    lines += ["    input  logic narrow_bit_i,", "    input  logic narrow_load_i,",
              "    output logic narrow_in_o,", "    output logic narrow_out_o", ");", ""]
    lines += [f"  logic [{in_bits - 1}:0] shift_q, in_q;", f"  logic [{out_bits - 1}:0] out, out_q;",
              f"  always_ff @(posedge {clock}) begin",
              f"    shift_q <= {{shift_q[{in_bits - 2}:0], narrow_bit_i}};",
              "    if (narrow_load_i) in_q <= shift_q;", "    out_q <= out;", "  end",
              f"  assign narrow_in_o = shift_q[{in_bits - 1}];", ""]
    before, width = "out_q", out_bits
    for rank, count in enumerate(fold_ranks(out_bits)):
        name = f"fold{rank}_q"
        lines += [f"  logic [{count - 1}:0] {name};", f"  always_ff @(posedge {clock}) begin"]
        for i in range(count):
            high = min((i + 1) * FOLD, width) - 1
            lines.append(f"    {name}[{i}] <= ^{before}[{high}:{i * FOLD}];")
        lines += ["  end"]
        before, width = name, count
    lines += [f"  assign narrow_out_o = {before}[0];", ""]
    lines.append(instance(top, parameters))
    connect = [f"      .{name}({name})" for name in [clock] + pins]
    position = 0
    for name, width in inputs:
        connect.append(f"      .{name}(in_q[{position} +: {width}])")
        position += width
    position = 0
    for name, width in outputs:
        connect.append(f"      .{name}(out[{position} +: {width}])")
        position += width
    lines += [",\n".join(connect), "  );", "", "endmodule", ""]
    counts = {"in_bits": in_bits, "out_bits": out_bits,
              "registers": 2 * in_bits + out_bits + sum(fold_ranks(out_bits))}
    return "\n".join(lines), counts


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("what", choices=["bare", "wide", "wrap"])
    parser.add_argument("top")
    parser.add_argument("--parameter", action="append", default=[])
    parser.add_argument("--ports")
    parser.add_argument("--clock")
    parser.add_argument("--pin", action="append", default=[])
    parser.add_argument("--out", required=True)
    parser.add_argument("--counts")
    arguments = parser.parse_args()
    if arguments.what == "bare":
        text = bare(arguments.top, arguments.parameter)
    elif arguments.what == "wide":
        text = wide(ports_of(arguments.ports), arguments.top, arguments.parameter)
    else:
        text, counts = wrapper(ports_of(arguments.ports), arguments.top, arguments.clock, arguments.pin,
                               arguments.parameter)
        with open(arguments.counts, "w", encoding="utf-8") as file:
            json.dump(counts, file, indent=1)
            file.write("\n")
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
