#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the point engine's SystemVerilog package and C header from isa.toml."""
import argparse
import pathlib
import sys
import tomllib


class Fault(Exception):
    """isa.toml contradicts itself."""


def check(isa):
    if sum(f["width"] for f in isa["field"]) != 64:
        raise Fault("the fields of an instruction do not add up to 64 bits")
    widths = {f["name"]: f["width"] for f in isa["field"]}
    kinds = {"product_op": "op", "sum_op": "op", "end": "target", "program": "target", "routine": "target"}
    for kind, names in isa["codes"].items():
        if len(names) > 1 << widths[kinds.get(kind, kind)]:
            raise Fault(f"{kind}: more codes than its field has")
    if len(isa["codes"]["program"]) > isa["image"]["programs"]:
        raise Fault("more programs than entry points")
    if len(isa["codes"]["routine"]) > isa["image"]["routines"]:
        raise Fault("more routines than entry points")
    for name, number in isa["flags"].items():
        if number >= isa["machine"]["flags"]:
            raise Fault(f"flag {name}: beyond the last")
    if max(isa["cycles"].values()) >= 1 << widths["wait"]:
        raise Fault("a latency does not fit the field wait")
    for group in isa["streams"]:
        if len(group["list"]) > isa["machine"]["streams"]:
            raise Fault(f"{group['program']}: too many streams")
        for s in group["list"]:
            check_stream(isa, group, s)


def entries(stream):
    return (1 << stream["width"] - 2) if stream["form"] == "wnaf" else (1 << stream["width"]) - 1


def check_stream(isa, group, stream):
    words = isa["machine"]["fixed_words" if stream["memory"] == "fixed" else "table_words"]
    for base in (stream["x"], stream["y"]):
        if base + entries(stream) > words:
            raise Fault(f"{group['program']}: a table reaches beyond its memory")
    bits = isa["machine"]["half_bits"] if stream["half"] else 256
    if stream["form"] == "wnaf" and group["positions"] < bits + 2:
        raise Fault(f"{group['program']}: too few positions for {bits} bits and a carry")
    if stream["form"] == "comb" and stream["spacing"] > group["positions"]:
        raise Fault(f"{group['program']}: teeth beyond the last position")


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def stream_fields(stream):
    """Name, width, value of each field of a stream's description."""
    return [
        ("half", 1, int(stream["half"])),
        ("comb", 1, int(stream["form"] == "comb")),
        ("width", 4, stream["width"]),
        ("spacing", 5, stream.get("spacing", 0)),
        ("fixed", 1, int(stream["memory"] == "fixed")),
        ("lambda", 1, int(stream["lambda"])),
        ("x", 12, stream["x"]),
        ("y", 12, stream["y"]),
    ]


def numbers(isa):
    """Every plain number: (camel name, value)."""
    yield "ImageMagic", isa["image"]["magic"]
    yield "ImageVersion", isa["image"]["version"]
    yield "WordsMax", isa["image"]["words_max"]
    for key in ("constants", "programs", "routines"):
        yield camel(key), isa["image"][key]
    for key, value in isa["machine"].items():
        yield camel(key), value
    for key, value in isa["cycles"].items():
        yield camel(key) + "Cycles", value
    lsb = 0
    for field in isa["field"]:
        yield camel(field["name"]) + "Lsb", lsb
        yield camel(field["name"]) + "Width", field["width"]
        lsb += field["width"]
    for kind, names in isa["codes"].items():
        for number, name in enumerate(names):
            yield camel(kind) + camel(name), number
    for name, number in isa["flags"].items():
        yield "Flag" + camel(name), number


def groups(isa):
    """The streams of each program, by its number."""
    for number, program in enumerate(isa["codes"]["program"]):
        group = next((g for g in isa["streams"] if program in g["program"]), None)
        yield number, program, group


def make_sv(isa):
    out = ["// SPDX-License-Identifier: Apache-2.0", "// Made from rtl/engine/isa.toml by rtl/engine/generate.py.",
           "package snap_isa_pkg;"]
    for name, value in numbers(isa):
        out.append(f"  localparam int unsigned {name} = {value};")
    out.append("")
    out.append("  // From bit 63 down; reserved is the top.")
    out.append("  typedef struct packed {")
    for field in reversed(isa["field"]):
        out.append(f"    logic [{field['width'] - 1}:0] {field['name']}{'_code' if field['name'] == 'wait' else ''};")
    out.append("  } instruction_t;")
    out.append("")
    out.append("  typedef struct packed {")
    for name, width, _ in stream_fields(isa["streams"][0]["list"][0]):
        out.append(f"    logic [{width - 1}:0] {name}{'_bits' if name == 'width' else ''};")
    out.append("  } stream_t;")
    width = sum(w for _, w, _ in stream_fields(isa["streams"][0]["list"][0]))
    out.append(f"  localparam int unsigned StreamWidth = {width};")
    out.append("")
    out.append("  // Digit streams of a program: how many, over how many positions, and each one's description.")
    for function, width, value in (
            ("stream_count", 4, lambda g: len(g["list"])),
            ("stream_positions", 9, lambda g: g["positions"])):
        out += sv_function(isa, function, width, value)
    out.append(f"  function automatic logic [{sum(w for _, w, _ in stream_fields(isa['streams'][0]['list'][0])) - 1}:0]"
               " stream_word(logic [2:0] program_i, logic [2:0] stream_i);")
    out.append("    unique case ({program_i, stream_i})")
    for number, _, group in groups(isa):
        for index, stream in enumerate(group["list"] if group else []):
            bits = ", ".join(f"{w}'d{v}" for _, w, v in stream_fields(stream))
            out.append(f"      6'o{number}{index}: stream_word = {{{bits}}};")
    out.append("      default: stream_word = '0;")
    out.append("    endcase")
    out.append("  endfunction")
    out.append("endpackage")
    return "\n".join(out) + "\n"


def sv_function(isa, function, width, value):
    out = [f"  function automatic logic [{width - 1}:0] {function}(logic [2:0] program_i);",
           "    unique case (program_i)"]
    for number, _, group in groups(isa):
        if group:
            out.append(f"      3'd{number}: {function} = {width}'d{value(group)};")
    out += [f"      default: {function} = {width}'d0;", "    endcase", "  endfunction"]
    return out


def make_c(isa):
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made from rtl/engine/isa.toml by rtl/engine/generate.py. */",
           "#ifndef SNAP_ISA_H", "#define SNAP_ISA_H", "#include <stdbool.h>", "#include <stdint.h>", ""]
    for section, prefix, suffix in (("image", "IMAGE_", ""), ("machine", "", ""), ("cycles", "", "_CYCLES")):
        for key, value in isa[section].items():
            out.append(f"#define ISA_{prefix}{key.upper()}{suffix} {value}u")
    out.append("")
    lsb = 0
    for field in isa["field"]:
        out.append(f"#define ISA_{field['name'].upper()}_LSB {lsb}u")
        out.append(f"#define ISA_{field['name'].upper()}_WIDTH {field['width']}u")
        lsb += field["width"]
    out.append("")
    for kind, names in isa["codes"].items():
        out.append(f"enum isa_{kind} {{")
        out += [f"    ISA_{kind.upper()}_{name.upper()} = {number}," for number, name in enumerate(names)]
        out.append("};")
        out.append(f"#define ISA_{kind.upper()}_CODES {len(names)}u")
        listed = ", ".join(f'"{name}"' for name in names)
        out.append(f"#define ISA_{kind.upper()}_NAMES {{{listed}}}")
    out.append("")
    for name, number in isa["flags"].items():
        out.append(f"#define ISA_FLAG_{name.upper()} {number}u")
    out += ["", "struct isa_stream {", "    bool half, comb;", "    uint8_t width, spacing;",
            "    bool fixed, lambda;", "    uint16_t x, y;", "};",
            "struct isa_streams {", "    bool sm2;", "    uint16_t positions;", "    uint8_t count;",
            "    struct isa_stream list[ISA_STREAMS];", "};",
            "/* By program, in the order of their numbers (C++ wants no designators); without digits the count is 0. */",
            "static const struct isa_streams isa_streams[ISA_IMAGE_PROGRAMS] = {"]
    for _, program, group in groups(isa):
        group = group or {"curve": "", "positions": 0, "list": []}
        listed = ", ".join(
            "{" + ", ".join(str(v) if n in ("width", "spacing", "x", "y") else ("true" if v else "false")
                            for n, _, v in stream_fields(s)) + "}" for s in group["list"])
        empty = "{false, false, 0, 0, false, false, 0, 0}"
        out.append(f"    /* {program} */ {{{'true' if group['curve'] == 'sm2' else 'false'}, "
                   f"{group['positions']}, {len(group['list'])}, {{{listed or empty}}}}},")
    out += ["};", "#endif"]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=pathlib.Path, help="isa.toml")
    parser.add_argument("--sv", type=pathlib.Path, help="SystemVerilog package to write")
    parser.add_argument("--c", type=pathlib.Path, help="C header to write")
    args = parser.parse_args()
    try:
        isa = tomllib.loads(args.source.read_text())
        check(isa)
    except (Fault, KeyError, tomllib.TOMLDecodeError) as fault:
        sys.exit(f"{args.source}: {fault}")
    for path, make in ((args.sv, make_sv), (args.c, make_c)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(make(isa))


if __name__ == "__main__":
    main()
