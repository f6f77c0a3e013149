#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates the card's interface from its one source, snapcard.toml.

usage: generate.py SOURCE (--sv | --c | --md) OUTPUT

Writes the SystemVerilog package, the C header or the reference page. The source is checked first:
overlapping registers or fields, values used twice and structures whose fields do not add up are errors.
"""
import argparse
import re
import sys
import tomllib
from pathlib import Path


# Where an opcode is executed, what its completion's result field holds, what its result slot. The position is the code.
ENGINES = ("none", "sha256", "sm3", "point")
RESULTS = ("zero", "length", "verdict", "sum")
SLOTS = ("none", "echo", "digest", "point")


class SourceError(Exception):
    """The interface source contradicts itself."""


def camel(name: str) -> str:
    """SQ_BASE_LO -> SqBaseLo, the style of SystemVerilog constants."""
    return "".join(part.capitalize() for part in name.lower().split("_"))


def require(condition: bool, message: str) -> None:
    if not condition:
        raise SourceError(message)


def check_unique(items: list, key: str, what: str) -> None:
    seen = {}
    for item in items:
        other = seen.setdefault(item[key], item)
        require(other is item, f"{what} {item['name']} and {other['name']} have the same {key} {item[key]:#x}"
                if isinstance(item[key], int) else f"{what} {item['name']} is defined twice")


def check_register(block: dict, register: dict, taken: dict) -> None:
    for index in range(register.get("count", 1)):
        offset = register["offset"] + 4 * index
        require(offset % 4 == 0, f"register {register['name']}: offset {offset:#x} is not a multiple of 4")
        require(offset not in taken, f"registers {register['name']} and {taken.get(offset)} share offset {offset:#x}")
        taken[offset] = register["name"]
        require(offset < block.get("stride", 0x1000), f"register {register['name']} is outside its block")
    require(register["access"] in ("ro", "rw", "wo"), f"register {register['name']}: access {register['access']}")
    used = 0
    for field in register.get("fields", []):
        mask = ((1 << field["width"]) - 1) << field["lsb"]
        require(mask < 1 << 32, f"field {register['name']}.{field['name']} does not fit 32 bits")
        require(not used & mask, f"field {register['name']}.{field['name']} overlaps another")
        used |= mask


def constant(abi: dict, name: str) -> int:
    return next(item["value"] for item in abi["constant"] if item["name"] == name)


def mask(abi: dict, names: list) -> int:
    """The bits of the flags of these names."""
    return sum(1 << flag["bit"] for flag in abi["flag"] if flag["name"] in names)


def form_flags(abi: dict) -> set:
    """The flags on which lengths depend."""
    return {row["with"] for opcode in abi["opcode"] for row in opcode["lengths"] if "with" in row}


def length_row(abi: dict, opcode: dict, row: dict) -> dict:
    """A row of an opcode's lengths as numbers: least, step, most, and the flag that it is for."""
    unlimited = constant(abi, "MESSAGE_BYTES_MAX")
    if "payload" not in row:
        least, step, most = row["least"], row["step"], row.get("most", unlimited)
    else:
        structs = [struct["bytes"] for struct in abi["struct"] if struct["name"] == row["payload"]]
        require(len(structs) == 1, f"opcode {opcode['name']}: no structure {row['payload']}")
        least, step, most = structs[0], 1, structs[0]
        if "terms_max" in row:
            step, most = least, least * row["terms_max"]
        elif row.get("message", False):
            most = unlimited
    return {"opcode": opcode, "with": row.get("with"), "least": least, "step": step, "most": most, "row": row}


def length_rows(abi: dict) -> list:
    return [length_row(abi, opcode, row) for opcode in abi["opcode"] for row in opcode["lengths"]]


def check_lengths(abi: dict) -> None:
    for row in length_rows(abi):
        name = f"opcode {row['opcode']['name']}: lengths"
        require(0 <= row["least"] <= row["most"] <= constant(abi, "MESSAGE_BYTES_MAX"), f"{name} exceed their limits")
        require(0 < row["step"] < 128 and (row["most"] - row["least"]) % row["step"] == 0, f"{name} end within a step")
        require(row["with"] is None or row["with"] in row["opcode"]["flags"], f"{name} with a flag that it does not take")
    for opcode in abi["opcode"]:
        forms = [row.get("with") for row in opcode["lengths"]]
        taken = [flag for flag in opcode["flags"] if flag in form_flags(abi)]
        require(sorted(forms, key=str) == sorted([None, *taken], key=str),
                f"opcode {opcode['name']}: its forms need one row of lengths each")


def check_verdicts(abi: dict) -> None:
    """No code word comes from another by fewer than 16 wrong bits; the same then holds for their complements."""
    words = abi["verdict"]
    for i, first in enumerate(words):
        for second in words[:i]:
            distance = (first["value"] ^ second["value"]).bit_count()
            require(distance >= 16, f"verdicts {first['name']} and {second['name']} differ in {distance} bits only")


def check(abi: dict) -> None:
    for section in ("constant", "opcode", "status", "queue_error", "flag", "struct", "verdict"):
        check_unique(abi[section], "name", section)
    for section, key in (("opcode", "value"), ("status", "value"), ("queue_error", "value"), ("flag", "bit"),
                         ("verdict", "value")):
        check_unique(abi[section], key, section)
    for block in abi["block"]:
        taken = {}
        for register in block["register"]:
            check_register(block, register, taken)
    for constant in abi["constant"]:
        require(0 <= constant["value"] < 1 << constant["width"], f"constant {constant['name']} exceeds its width")
    for struct in abi["struct"]:
        total = sum(field["bytes"] for field in struct["fields"])
        require(total == struct["bytes"], f"struct {struct['name']}: fields add up to {total}, not {struct['bytes']}")
    flags = {flag["name"] for flag in abi["flag"]}
    for opcode in abi["opcode"]:
        require(0 < opcode["value"] < 256, f"opcode {opcode['name']}: 0 is never an opcode, 255 is the last")
        for flag in opcode["flags"]:
            require(flag in flags, f"opcode {opcode['name']}: unknown flag {flag}")
        for key, known in (("engine", ENGINES), ("result", RESULTS), ("slot", SLOTS)):
            require(opcode[key] in known, f"opcode {opcode['name']}: {key} {opcode[key]}")
    check_lengths(abi)
    check_verdicts(abi)


def announced(opcode: dict) -> int:
    """1, or 0 for an opcode that is reserved: its number and payload are fixed, but nothing executes it yet."""
    return 0 if opcode.get("reserved", False) else 1


def allowed_flags(abi: dict, opcode: dict) -> int:
    return mask(abi, opcode["flags"])


# ------------------------------------------------------------------------------------------ SystemVerilog

def sv_struct(struct: dict) -> list:
    """A packed struct, most significant field first: bit 0 is the first byte in memory."""
    lines = ["  typedef struct packed {"]
    for field in reversed(struct["fields"]):
        lines.append(f"    logic [{8 * field['bytes'] - 1}:0] {field['name']};")
    lines.append(f"  }} {struct['name']}_t;")
    return lines


def sv_table(name: str, width: int, values: list, doc: str) -> list:
    """Values side by side, value i at [i*width +: width]."""
    row = [f"{width}'h{value:X}" for value in reversed(values)]
    lines = [", ".join(row[i:i + 8]) for i in range(0, len(row), 8)]
    return [f"  // {doc}", f"  localparam logic [{width * len(values) - 1}:0] {name} = {{",
            ",\n".join(f"    {line}" for line in lines), "  };"]


def sv_opcode_tables(abi: dict) -> list:
    """The opcodes as data, so that what looks at a job's header has no list of its own."""
    opcodes, rows = abi["opcode"], length_rows(abi)
    out = ["", "  // Opcodes as tables: row i of each table is about the same opcode."]
    out += [f"  localparam logic [1:0] Engine{engine.capitalize()} = 2'd{code};" for code, engine in enumerate(ENGINES)]
    out.append(f"  localparam int unsigned NumOpcodes = {len(opcodes)};")
    out += sv_table("OpcodeValue", 8, [o["value"] for o in opcodes], "The opcode.")
    out += sv_table("OpcodeFlags", 8, [allowed_flags(abi, o) for o in opcodes], "The flags that it takes.")
    out += sv_table("OpcodeAnnounced", 1, [announced(o) for o in opcodes], "0: reserved, no card announces it yet.")
    out += sv_table("OpcodeEngine", 2, [ENGINES.index(o["engine"]) for o in opcodes], "Engine* that executes it.")
    out += ["", "  // The lengths that opcodes take. Row i is for jobs with LengthOpcode[i] whose flags, masked by",
            "  // LengthFlagsMask, are LengthFlags[i]; exactly one row is, once the flags are known to be allowed. Valid are",
            "  // LengthLeast, LengthLeast + LengthStep, ... LengthMost, as long as they fit the slot (inline), or are",
            "  // above 0 (by address).",
            f"  localparam int unsigned NumLengths = {len(rows)};",
            f"  localparam logic [7:0] LengthFlagsMask = 8'h{mask(abi, form_flags(abi)):X};"]
    out += sv_table("LengthOpcode", 8, [row["opcode"]["value"] for row in rows], "Opcode.")
    out += sv_table("LengthFlags", 8, [mask(abi, [row["with"]]) for row in rows], "Flags.")
    out += sv_table("LengthLeast", 21, [row["least"] for row in rows], "Least, in bytes.")
    out += sv_table("LengthMost", 21, [row["most"] for row in rows], "Most, in bytes.")
    out += sv_table("LengthStep", 7, [row["step"] for row in rows], "Step, in bytes.")
    return out


def render_sv(abi: dict) -> str:
    out = ["// SPDX-License-Identifier: Apache-2.0", "// Generated from rtl/abi/snapcard.toml; change it there.", "",
           "package snapcard_pkg;", ""]

    def parameter(name: str, width: int, value: int, doc: str = "") -> None:
        if doc:
            out.append(f"  // {doc}")
        out.append(f"  localparam logic [{width - 1}:0] {name} = {width}'h{value:X};")

    meta = abi["abi"]
    parameter("AbiMagic", 32, meta["magic"])
    parameter("AbiVersion", 32, meta["major"] << 16 | meta["minor"])
    out.append("")
    for constant in abi["constant"]:
        if constant["width"] == 32:
            out.append(f"  // {constant['doc']}")
            out.append(f"  localparam int unsigned {camel(constant['name'])} = 32'h{constant['value']:X};")
        else:
            parameter(camel(constant["name"]), constant["width"], constant["value"], constant["doc"])
    for block in abi["block"]:
        out += ["", f"  // Registers of block {block['name']}: offset in the block, fields by least bit and width."]
        for register in block["register"]:
            parameter(f"Reg{camel(register['name'])}", 12, register["offset"])
            for field in register.get("fields", []):
                name = f"{camel(register['name'])}{camel(field['name'])}"
                out.append(f"  localparam int unsigned {name}Lsb = {field['lsb']};")
                out.append(f"  localparam int unsigned {name}Width = {field['width']};")
    out.append("")
    for struct in abi["struct"]:
        out += sv_struct(struct) + [""]
    for flag in abi["flag"]:
        out.append(f"  localparam int unsigned Flag{camel(flag['name'])}Bit = {flag['bit']};")
    for opcode in abi["opcode"]:
        parameter(f"Op{camel(opcode['name'])}", 8, opcode["value"])
        parameter(f"OpFlags{camel(opcode['name'])}", 8, allowed_flags(abi, opcode))
    for status in abi["status"]:
        parameter(f"Status{camel(status['name'])}", 8, status["value"])
    for error in abi["queue_error"]:
        parameter(f"QueueError{camel(error['name'])}", 8, error["value"])
    for verdict in abi["verdict"]:
        parameter(f"Verdict{camel(verdict['name'])}", 32, verdict["value"], verdict["doc"])
    out += sv_opcode_tables(abi)
    out += ["", "endpackage", ""]
    return "\n".join(out)


# ------------------------------------------------------------------------------------------ C

def c_struct(struct: dict) -> list:
    scalar = {1: "uint8_t", 2: "uint16_t", 4: "uint32_t", 8: "uint64_t"}
    tag = f"snap_{struct['name']}"
    lines = [f"/* {struct['doc']} */", f"struct {tag} {{"]
    offset = 0
    for field in struct["fields"]:
        size = field["bytes"]
        text = f"{scalar[size]} {field['name']};" if size in scalar else f"uint8_t {field['name']}[{size}];"
        lines.append(f"    {text} /* {offset}: {field['doc']} */")
        offset += size
    lines += ["};", f"static_assert(sizeof(struct {tag}) == {struct['bytes']}, \"{tag} has padding\");"]
    return lines


def render_c(abi: dict) -> str:
    meta = abi["abi"]
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Generated from rtl/abi/snapcard.toml; change it there.",
           " * Fields in host memory are little-endian. */",
           "#ifndef SNAPCARD_ABI_H", "#define SNAPCARD_ABI_H", "", "#include <assert.h>", "#include <stdint.h>", "",
           f"#define SNAP_ABI_MAGIC 0x{meta['magic']:08X}u",
           f"#define SNAP_ABI_MAJOR {meta['major']}u", f"#define SNAP_ABI_MINOR {meta['minor']}u", ""]
    for constant in abi["constant"]:
        out += [f"/* {constant['doc']} */", f"#define SNAP_{constant['name']} 0x{constant['value']:X}u"]
    for block in abi["block"]:
        out += ["", f"/* Registers of block {block['name']}: {block['doc']} */"]
        for register in block["register"]:
            out.append(f"#define SNAP_REG_{register['name']} 0x{register['offset']:03X}u")
            for field in register.get("fields", []):
                name = f"SNAP_{register['name']}_{field['name']}"
                out.append(f"#define {name}_SHIFT {field['lsb']}u")
                out.append(f"#define {name}_MASK 0x{(1 << field['width']) - 1:X}u")
    out.append("")
    for struct in abi["struct"]:
        out += c_struct(struct) + [""]
    for flag in abi["flag"]:
        out.append(f"#define SNAP_FLAG_{flag['name']} 0x{1 << flag['bit']:02X}u")
    out.append("")
    out.append("enum snap_opcode {")
    out += [f"    SNAP_OP_{opcode['name']} = 0x{opcode['value']:02X}," for opcode in abi["opcode"]]
    out += ["};", "", "enum snap_status {"]
    out += [f"    SNAP_STATUS_{status['name']} = 0x{status['value']:02X}, /* {status['doc']} */"
            for status in abi["status"]]
    out += ["};", "", "enum snap_queue_error {"]
    out += [f"    SNAP_QUEUE_ERROR_{error['name']} = 0x{error['value']:02X}, /* {error['doc']} */"
            for error in abi["queue_error"]]
    out += ["};", "",
            "/* The completion's result field of a job with a verdict is (code | (uint64_t)~code << 32) ^ cookie; any other",
            " * value is a fault of the card, not a verdict. */"]
    out += [f"#define SNAP_VERDICT_{verdict['name']} 0x{verdict['value']:08X}u /* {verdict['doc']} */"
            for verdict in abi["verdict"]]
    out += [""]
    for what, names in (("engine", ENGINES), ("value", RESULTS), ("slot", SLOTS)):
        out += [f"enum snap_{what} {{ " + ", ".join(f"SNAP_{what.upper()}_{name.upper()}" for name in names) + " };"]
    out += ["", "/* X-macros for tables of names: X(NAME, value, ...). */"]
    for macro, section in (("OPCODE", "opcode"), ("STATUS", "status"), ("QUEUE_ERROR", "queue_error")):
        rows = []
        for item in abi[section]:
            extra = f", 0x{allowed_flags(abi, item):02X}" if section == "opcode" else ""
            text = item["doc"].replace("\\", "\\\\").replace('"', '\\"')
            rows.append(f"    X({item['name']}, 0x{item['value']:02X}{extra}, \"{text}\")")
        out += [f"#define SNAP_{macro}_LIST(X) \\", " \\\n".join(rows), ""]
    rows = [f"    X({o['name']}, SNAP_ENGINE_{o['engine'].upper()}, SNAP_VALUE_{o['result'].upper()}, "
            f"SNAP_SLOT_{o['slot'].upper()}, {announced(o)})" for o in abi["opcode"]]
    out += ["/* Who executes an opcode, and what the completion's result field and the result slot hold then:",
            " * X(NAME, engine, value, slot, announced); announced is 0 for opcodes that no card has yet. */",
            "#define SNAP_ANSWER_LIST(X) \\", " \\\n".join(rows), ""]
    rows = [f"    X({row['opcode']['name']}, 0x{mask(abi, [row['with']]):02X}, {row['least']}u, {row['step']}u, {row['most']}u)"
            for row in length_rows(abi)]
    out += ["/* The lengths that opcodes take: X(NAME, flags, least, step, most). The row for a job is the one with its opcode",
            " * and its flags, masked by SNAP_LENGTH_FLAGS. An inline payload must fit the slot too; one by address has at",
            " * least a byte. */", f"#define SNAP_LENGTH_FLAGS 0x{mask(abi, form_flags(abi)):02X}u",
            "#define SNAP_LENGTH_LIST(X) \\", " \\\n".join(rows), ""]
    out += ["#endif", ""]
    return "\n".join(out)


# ------------------------------------------------------------------------------------------ Markdown

def md_registers(block: dict) -> list:
    where = f"at {block['offset']:#x}" + (f", one every {block['stride']:#x} bytes" if "stride" in block else "")
    out = [f"## Registers: {block['name']}", "", f"{block['doc']} In BAR0 {where}.", "",
           "| offset | register | access | bits | field | meaning |", "|---|---|---|---|---|---|"]
    for register in block["register"]:
        count = f" ×{register['count']}" if "count" in register else ""
        out.append(f"| `{register['offset']:03x}` | {register['name']}{count} | {register['access']} | | | "
                   f"{register['doc']} |")
        for field in register.get("fields", []):
            bits = f"{field['lsb'] + field['width'] - 1}:{field['lsb']}" if field["width"] > 1 else f"{field['lsb']}"
            out.append(f"| | | | {bits} | {field['name']} | {field['doc']} |")
    return out + [""]


def md_struct(struct: dict) -> list:
    out = [f"## Structure: {struct['name']} ({struct['bytes']} bytes)", "", struct["doc"], "",
           "| offset | bytes | field | meaning |", "|---|---|---|---|"]
    offset = 0
    for field in struct["fields"]:
        out.append(f"| {offset} | {field['bytes']} | {field['name']} | {field['doc']} |")
        offset += field["bytes"]
    return out + [""]


def md_length(abi: dict, row: dict) -> str:
    unlimited = row["most"] == constant(abi, "MESSAGE_BYTES_MAX")
    if row["least"] == row["most"]:
        text = f"{row['least']}"
    elif row["row"].get("message", False):
        text = f"{row['least']} and the message"
    elif row["step"] == 1:
        text = f"{row['least']} or more"
    else:
        text = f"multiples of {row['step']}, from {row['least']}" + ("" if unlimited else f" to {row['most']}")
    return text + (f" (with {row['with']})" if row["with"] else "")


def md_opcodes(abi: dict) -> list:
    out = ["", "## Opcodes", "",
           "Lengths are bytes. An inline payload must fit the slot, one by address has 1 to MESSAGE_BYTES_MAX bytes.", "",
           "| value | opcode | engine | flags | length | result | slot |", "|---|---|---|---|---|---|---|"]
    for o in abi["opcode"]:
        lengths = "; ".join(md_length(abi, row) for row in length_rows(abi) if row["opcode"] is o)
        out.append(f"| {o['value']:#04x} | {o['name']} | {o['engine']} | {', '.join(o['flags']) or 'none'} | {lengths} | "
                   f"{o['result']} | {o['slot']} |")
    out += ["", "| opcode | meaning |", "|---|---|"]
    out += [f"| {o['name']} | {o['doc']}{'' if announced(o) else ' **Reserved: no card announces it yet.**'} |"
            for o in abi["opcode"]]
    return out + ["", "**result** is the completion's field of this name: `length` the job's length; `verdict` VALID or INVALID, `sum` these or",
                  "INFINITY, all as below; else 0. With any status but OK it is 0. **slot** is what the result slot holds: `digest` in",
                  "bytes 0 to 31, and 0 in the others; `point` x and y of a point, only with the verdict VALID.", "",
                  "**Malformed numbers have no status.** A payload of the right length always ends in a verdict: a number out of its",
                  "range, a point that is not on its curve, a parity, sign or recovery id that is none are INVALID, as a wrong",
                  "signature is. A high s is valid, unless flag LOW_S asks for a low one. What a point engine is given is taken to be",
                  "public: its time depends on it."]


def md_verdicts(abi: dict) -> list:
    out = ["", "## Verdicts", "",
           "A verdict's `result` is its code word in bits 31:0 and the complement in bits 63:32, XOR the job's cookie; so the verdict",
           "of another job reads as none. Any other value is a fault of the card. Each two code words differ in 16 bits or more.", "",
           "| code word | verdict | meaning |", "|---|---|---|"]
    return out + [f"| `{v['value']:08X}` | {v['name']} | {v['doc']} |" for v in abi["verdict"]]


def render_md(abi: dict) -> str:
    meta = abi["abi"]
    out = ["<!-- Generated from rtl/abi/snapcard.toml; change it there. -->", "",
           f"# Card reference, interface version {meta['major']}.{meta['minor']}", "",
           "Registers, job slots, completions, opcodes and status codes of the card, as the RTL, the driver and",
           "the card model compile them. Everything is little-endian; every register is 32 bits wide.", "",
           "## Constants", "", "| name | value | meaning |", "|---|---|---|"]
    out += [f"| {c['name']} | {c['value']:#x} | {c['doc']} |" for c in abi["constant"]] + [""]
    for block in abi["block"]:
        out += md_registers(block)
    for struct in abi["struct"]:
        out += md_struct(struct)
    out += ["## Job flags", "", "| bit | flag | meaning |", "|---|---|---|"]
    out += [f"| {flag['bit']} | {flag['name']} | {flag['doc']} |" for flag in abi["flag"]]
    out += md_opcodes(abi)
    out += md_verdicts(abi)
    for title, section in (("Status codes", "status"), ("Queue errors", "queue_error")):
        out += ["", f"## {title}", "", "| value | name | meaning |", "|---|---|---|"]
        out += [f"| {item['value']:#04x} | {item['name']} | {item['doc']} |" for item in abi[section]]
    return re.sub(r"[ \t]+\n", "\n", "\n".join(out) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--sv", dest="render", action="store_const", const=render_sv)
    form.add_argument("--c", dest="render", action="store_const", const=render_c)
    form.add_argument("--md", dest="render", action="store_const", const=render_md)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    try:
        abi = tomllib.loads(arguments.source.read_text(encoding="utf-8"))
        check(abi)
    except (OSError, tomllib.TOMLDecodeError, SourceError, KeyError) as error:
        print(f"{arguments.source}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(arguments.render(abi), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
