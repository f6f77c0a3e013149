#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tools that make bitstreams, without making one: the narrow wrapper keeps every register of what it wraps, the
floorplan uses each place once, only carries that nothing reads are cut off, a refined placement is a legal one and has
shorter wires, the router gives each wire to one net only and leaves every LUT its function, a manifest is refused if
anything was trimmed, and the manifests and areas in the tree are well-formed. One that was made from other sources than
today's is not an error; the test says so.
"""
import hashlib
import importlib.util
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is
WIDTH = 24  # of the small design
SHA256 = re.compile(r"^[0-9a-f]{64}$")


def load(path):
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def yosys(script):
    subprocess.run(["yosys", "-q", "-p", script], check=True)


def flip_flops(folder, source, top):
    """After merging and trimming, as synthesis does both."""
    out = folder / f"{top}.json"
    yosys(f"read_verilog -sv tests/bitstreams/design.sv {source}; synth -flatten -top {top}; write_json {out}")
    netlist = json.loads(out.read_text(encoding="utf-8"))["modules"][top]["cells"].values()
    return sum("DFF" in cell["type"] for cell in netlist)


def test_narrow(folder):
    narrow = load("bitstreams/narrow.py")
    parameters = [f"Width={WIDTH}"]
    (folder / "bare.sv").write_text(narrow.bare("design", parameters), encoding="utf-8")
    yosys(f"read_verilog -sv tests/bitstreams/design.sv {folder}/bare.sv; hierarchy -top snap_bare; proc -noopt; "
          f"write_json {folder}/bare.json")
    ports = narrow.ports_of(folder / "bare.json")
    assert dict((name, width) for name, _, width in ports)["data_i"] == WIDTH
    (folder / "wide.sv").write_text(narrow.wide(ports, "design", parameters), encoding="utf-8")
    text, counts = narrow.wrapper(ports, "design", "clk_i", ["rst_ni"], parameters)
    (folder / "narrow.sv").write_text(text, encoding="utf-8")
    assert counts["in_bits"] == counts["out_bits"] == WIDTH + 1
    alone = flip_flops(folder, folder / "wide.sv", "snap_wide")
    assert alone == 2 * WIDTH + 1
    wrapped = flip_flops(folder, folder / "narrow.sv", "snap_narrow")
    assert wrapped == alone + counts["registers"], (alone, wrapped, counts)


def test_floorplan():
    floorplan = load("bitstreams/ecp5_85f/floorplan.py")
    mul = "u_card.u_mul.u_{}_{}.g_a[{}].g_b[{}].u_mul.g_ecp5.u_mult"
    sums = ("low", "middle", "high")
    cells = {mul.format(outer, inner, i, j): "MULT18X18D"
             for outer in sums for inner in sums for i in range(4) for j in range(4)}
    assert len(cells) == 144
    slices = {f"u_card.u_banks.g_reader[{r}].u_{bank}.g_ecp5.g_slice[{k}].u_block.u_cell"
              for r in range(4) for bank in "ps" for k in range(8)}
    slices |= {f"u_card.u_table.g_ecp5.g_slice[{k}].u_block.u_cell" for k in range(15)}
    slices |= {f"u_card.u_fixed.g_ecp5.{part}.0.{k}"
               for part, count in (("low", 30), ("middle", 15), ("high", 8)) for k in range(count)}
    assert len(slices) == 132
    cells |= dict.fromkeys(slices, "DP16KD")
    cells["u_card.u_queue.mem.0.0"] = "DP16KD"
    landing = [f"u_card.g_engine[1].u_feeder.u_landing.u_ram.g_generic.mem.0.{k}" for k in range(5)]
    cells |= dict.fromkeys(landing, "DP16KD")
    cells["u_card.u_residue.u_ab.g_ecp5.u_mult"] = "MULT18X18D"
    places = floorplan.places_of({name: {"type": kind} for name, kind in cells.items()})
    assert len(places) == len(set(places.values())) == 144 + 132 + 4
    # A run is four neighbours, in order; what finds it full is left to the placer.
    assert [places.get(name) for name in landing] == ["X22/Y70/EBR0", "X24/Y70/EBR1", "X26/Y70/EBR2", "X28/Y70/EBR3", None]
    # One operand's multipliers are four neighbouring blocks; all of a slice's memories for products are in one row.
    columns = {int(re.match(r"X(\d+)/", places[mul.format("low", "middle", i, j)])[1]) for i in range(4) for j in range(4)}
    assert max(columns) - min(columns) < 40
    row = {places[name].split("/")[1] for name in slices if "g_reader[0]" in name and "slice[7]" in name}
    assert row == {"Y46"}


def test_carries():
    carries = load("bitstreams/ecp5_85f/carries.py")
    directions = {"A0": "input", "CIN": "input", "COUT": "output", "Z": "output"}

    def cell(kind, **pins):
        return {"type": kind, "connections": pins, "port_directions": {pin: directions[pin] for pin in pins}}
    cells = {
        "first": cell("CCU2C", A0=[2], CIN=["0"], COUT=[3]),  # read by the second
        "second": cell("CCU2C", A0=[2], CIN=[3], COUT=[4]),   # by nobody
        "compare": cell("CCU2C", A0=[2], CIN=["0"], COUT=[5]),  # by a LUT
        "port": cell("CCU2C", A0=[2], CIN=["0"], COUT=[6]),
        "open": cell("CCU2C", A0=[2]),
        "lut": cell("LUT4", A0=[5], Z=[7]),
    }
    module = {"ports": {"carry_o": {"direction": "output", "bits": [6]}}, "cells": cells}
    assert carries.disconnect_unread(module) == 1
    outputs = {name: c["connections"].get("COUT") for name, c in cells.items()}
    assert outputs == {"first": [3], "second": ["x"], "compare": [5], "port": [6], "open": None, "lut": None}
    assert carries.disconnect_unread(module) == 0


REFINE_SIDE, REFINE_BITS = 12, 400
REFINE_CHAINS = [(3, 20), (6, 12), (8, 24)]  # first column and bits of carry chains, end to end in row 2


def refine_netlist():
    """A placed netlist as nextpnr writes it, strewn at random: two clocks, enables, registers behind LUTs and in shift
    registers, carry chains of two and three tiles, a distributed RAM."""
    rng = random.Random(1)
    cells, nets = {}, iter(range(2, 10**6))
    clocks, enables = [next(nets), next(nets)], [next(nets) for _ in range(3)]

    def add(name, kind, bel, parameters, inputs, outputs):
        pins = {**inputs, **outputs}
        cells[name] = {"type": kind, "parameters": parameters, "attributes": {"NEXTPNR_BEL": bel},
                       "port_directions": {pin: "output" if pin in outputs else "input" for pin in pins},
                       "connections": {pin: [bit] for pin, bit in pins.items()}}

    def bel(x, y, lc, kind):
        return f"X{x}/Y{y}/SLICE{'ABCD'[lc // 2]}.{kind}{lc % 2}"
    for first, length in REFINE_CHAINS:
        carry = None
        for i in range(length):
            pins = {"FCI": carry} if carry else {}
            carry, bit, x = next(nets), next(nets), first + i // 8
            add(f"carry{first}.{i}", "TRELLIS_COMB", bel(x, 2, i % 8, "K"), {"MODE": "CCU2"}, pins, {"FCO": carry, "F": bit})
            add(f"sum{first}.{i}", "TRELLIS_FF", bel(x, 2, i % 8, "FF"), {"CEMUX": "1 "}, {"DI": bit, "CLK": clocks[0]},
                {"Q": next(nets)})
    for i in range(4):
        add(f"ram{i}", "TRELLIS_COMB", bel(1, 1, i, "K"), {"MODE": "DPRAM"}, {"WCK": clocks[0]}, {"F": next(nets)})
    add("ramw", "TRELLIS_RAMW", "X1/Y1/SLICEC.RAMW", {}, {"A0": enables[0]}, {"WDO0": next(nets)})
    for i in range(2):
        add(f"block{i}", "TRELLIS_COMB", bel(1, 1, 4 + i, "K"), {"MODE": "RAMW_BLOCK"}, {}, {})
    taken = {(first + i // 8, 2) for first, length in REFINE_CHAINS for i in range(length)} | {(1, 1)}
    tiles = [(x, y) for x in range(1, REFINE_SIDE + 1) for y in range(1, REFINE_SIDE + 1) if (x, y) not in taken]
    places = [(x, y, lc) for x, y in tiles for lc in range(8)]
    rng.shuffle(places)
    last = next(nets)
    for i in range(REFINE_BITS):
        x, y, lc = places[i]
        control = {"CLK": clocks[(x + y) % 2], "CE": enables[(x + lc // 2) % 3]}
        bit = next(nets)
        if i % 3:
            lut = next(nets)
            add(f"lut{i}", "TRELLIS_COMB", bel(x, y, lc, "K"), {"MODE": "LOGIC"}, {"A": last}, {"F": lut})
            data = {"DI": lut}
        else:
            data = {"M": last}
        add(f"bit{i}", "TRELLIS_FF", bel(x, y, lc, "FF"), {"CEMUX": "CE"}, {**data, **control}, {"Q": bit})
        last = bit
    # The border, so that the chip is as large as it is.
    add("corner", "TRELLIS_FF", bel(0, 0, 0, "FF"), {"CEMUX": "1 "}, {"M": last, "CLK": clocks[0]}, {"Q": next(nets)})
    return {"modules": {"top": {"settings": {}, "cells": cells}}}


def refine_check(cells):
    """That the placement is legal; returns its wire length."""
    bels = [cell["attributes"]["NEXTPNR_BEL"] for cell in cells.values()]
    assert len(set(bels)) == len(bels)
    place = {name: re.match(r"X(\d+)/Y(\d+)/SLICE([A-D])\.[A-Z]+(\d?)", cell["attributes"]["NEXTPNR_BEL"]).groups()
             for name, cell in cells.items()}
    clocks, enables, ends = {}, {}, {}
    for name, cell in cells.items():
        x, y, part, _ = place[name]
        if cell["type"] == "TRELLIS_FF":
            clocks.setdefault((x, y), set()).add(cell["connections"]["CLK"][0])
            enables.setdefault((x, y, part), set()).add(cell["connections"].get("CE", [0])[0])
        for pin, bits in cell["connections"].items():
            if pin not in ("CLK", "CE", "WCK"):
                ends.setdefault(bits[0], []).append((name, pin))
    assert all(len(found) == 1 for found in (*clocks.values(), *enables.values()))
    length = 0
    for pins in ends.values():
        if any(pin == "DI" for _, pin in pins):
            assert len({place[name] for name, pin in pins if pin in ("DI", "F")}) == 1
        xs, ys = ([int(place[name][k]) for name, _ in pins] for k in (0, 1))
        length += max(xs) - min(xs) + max(ys) - min(ys)
    for first, bits in REFINE_CHAINS:
        x, y = (int(place[f"carry{first}.0"][k]) for k in (0, 1))
        for i in range(bits):
            assert place[f"carry{first}.{i}"] == (str(x + i // 8), str(y), "ABCD"[i % 8 // 2], str(i % 2)), "carry chain torn"
    for i in range(4):
        assert place[f"ram{i}"] == (*place["ramw"][:2], "AB"[i // 2], str(i % 2)), "RAM torn"
    return length


def test_refine(folder):
    program, before, after = folder / "refine", folder / "placed.json", folder / "refined.json"
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    *sorted(Path("bitstreams/ecp5_85f/refine").glob("*.c")),
                    *(f"bitstreams/ecp5_85f/router/{name}.c" for name in ("timing", "base")), "-o", program, "-lm"], check=True)
    netlist = refine_netlist()
    first = refine_check(netlist["modules"]["top"]["cells"])
    before.write_text(json.dumps(netlist), encoding="utf-8")
    results, record = [], folder / "sites.xz"
    for extra in (["--record", record], [], ["--recorded", record]):
        subprocess.run([sys.executable, "-B", "bitstreams/ecp5_85f/refine.py", before, after, "--refine",
                        program if extra[:1] != ["--recorded"] else "/bin/false", "--moves", "0.5", "--seed", "1",
                        *extra], check=True, stdout=subprocess.DEVNULL)
        results.append(after.read_text(encoding="utf-8"))
    assert results[0] == results[1] == results[2]
    top = json.loads(results[0])["modules"]["top"]
    assert "target_freq" not in top["settings"]
    last = refine_check(top["cells"])
    assert last < first / 2, (first, last)
    asked = after.with_suffix(".before")

    def refused(message, *arguments):
        result = subprocess.run([program, asked, folder / "after", *arguments], capture_output=True, text=True, check=False)
        assert result.returncode == 1 and message in result.stderr, (arguments, result.stderr)
    for message, *arguments in (("no number", "many", "1"), ("no number", "nan", "1"), ("out of range", "-1", "1"),
                                ("no number", "0", "seed"), ("out of range", "0", "-1"), ("whole", "0", "1.5"),
                                ("out of range", "0", "1", "steps=0"), ("no such option", "0", "1", "map=1")):
        refused(message, *arguments)
    good = asked.read_text(encoding="utf-8").split()
    for text, message in ((good[:-1], "a number is missing"), (good + ["1"], "more follows"),
                          (["0"] + good[1:], "out of range")):
        asked.write_text(" ".join(text), encoding="utf-8")
        refused(message, "0", "1")


ROUTE_AT, ROUTE_SIDE, ROUTE_READS = 40, 9, 3  # first tile in x and y, tiles; how far a net may go


def route_netlist(rng, crowd):
    """LUTs and registers at random, in a small part of the chip: LUTs read registers or LUTs before them, so there is no loop."""
    cells, drivers, number = {}, [], iter(range(2, 10**6))
    side = range(ROUTE_AT, ROUTE_AT + ROUTE_SIDE)
    places = [(x, y, lut) for x in side for y in side for lut in range(8)]
    rng.shuffle(places)
    modes = {}  # of a slice, for its two LUTs

    def near(x, y):
        found = [net for net, nx, ny in drivers if abs(nx - x) + abs(ny - y) <= ROUTE_READS]
        return rng.choice(found) if found else None
    for i, (x, y, lut) in enumerate(places[:int(crowd * len(places))]):
        mode = modes.setdefault((x, y, lut // 2), rng.choice(("LOGIC", "LOGIC", "CCU2", "DPRAM")))
        site = f"X{x}/Y{y}/SLICE{'ABCD'[lut // 2]}"
        pins = {pin: [near(x, y)] if near(x, y) and rng.random() < 0.7 else [] for pin in "ABCD"}
        pins = {pin: net if net != [None] else [] for pin, net in pins.items()}
        contents = "".join(rng.choice("01") for _ in range(16))
        made = [("TRELLIS_COMB", f"K{lut % 2}", {"MODE": mode, "INITVAL": contents}, pins, "F")]
        if rng.random() < 0.5:
            source = near(x, y)
            made.append(("TRELLIS_FF", f"FF{lut % 2}", {}, {"M": [source] if source else [], "DI": []}, "Q"))
        for kind, name, parameters, inputs, output in made:
            net = next(number)
            cells[f"{kind}{i}"] = {"type": kind, "parameters": parameters, "attributes": {"NEXTPNR_BEL": f"{site}.{name}"},
                                   "port_directions": {pin: "output" if pin == output else "input" for pin in (*inputs, output)},
                                   "connections": {**inputs, output: [net]}}
            drivers.append((net, x, y))
    names = {f"n{net}": {"bits": [net], "attributes": {}} for net, _, _ in drivers}
    return {"modules": {"top": {"cells": cells, "netnames": names}}}


def wires_of(fabric, routing):
    """A net's wires, each with the one that drives it; every switch is one that there is, and leads on from the net."""
    parts = routing.split(";")
    driven = {}
    for wire, switch, strength in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        assert strength == "1" and wire not in driven, wire
        driven[wire] = None
        if switch:
            x, y, name = re.match(r"X(\d+)/Y(\d+)/(.*)$", switch).groups()
            source, dx, dy, sink = fabric.SWITCH_NAMES[name]
            assert wire == f"X{x}/Y{y}/{sink}", switch
            driven[wire] = f"X{int(x) + dx}/Y{int(y) + dy}/{source}"
    roots = [wire for wire, source in driven.items() if source is None]
    assert len(roots) == 1 and all(source in driven for source in driven.values() if source), "torn"
    return roots[0], set(driven)


def pin_of(cell, pin):
    tile, site = cell["attributes"]["NEXTPNR_BEL"].rsplit("/", 1)
    return f"{tile}/{pin}{2 * 'ABCD'.index(site[5]) + int(site[-1])}_SLICE"


def lut_value(cell, values):
    """What the LUT gives; open inputs read 1, as on the chip."""
    inputs = [values[cell["connections"][pin][0]] if cell["connections"].get(pin) else 1 for pin in "ABCD"]
    return cell["parameters"]["INITVAL"][15 - sum(bit << k for k, bit in enumerate(inputs))]


def route_check(fabric, before, after, rng):
    taken, wires = {}, {}
    for name, net in after["netnames"].items():
        if "ROUTING" in net["attributes"]:
            root, wires[net["bits"][0]] = wires_of(fabric, net["attributes"]["ROUTING"])
            for wire in wires[net["bits"][0]]:
                assert wire not in taken, f"{wire}: {name} and {taken[wire]}"
                taken[wire] = name
    exchanged = 0
    for name, cell in after["cells"].items():
        was = before["cells"][name]
        for pin, nets in cell["connections"].items():
            if nets and nets[0] in wires:
                assert pin_of(cell, pin) in wires[nets[0]], f"{name}.{pin} is not reached"
        if cell["type"] != "TRELLIS_COMB":
            assert cell == was
            continue
        moved = {pin for pin in "ABCD" if cell["connections"][pin] != was["connections"][pin]}
        exchanged += bool(moved)
        assert not moved or was["parameters"]["MODE"] != "DPRAM", "the inputs of a RAM exchanged"
        if was["parameters"]["MODE"] == "CCU2":
            for pair in ("AB", "CD"):
                read, read_before = ({net for pin in pair for net in of["connections"][pin]} for of in (cell, was))
                assert read == read_before, f"{name}: exchanged beyond a pair of a carry chain"
        nets = {net for pins in (was, cell) for bits in pins["connections"].values() for net in bits}
        for _ in range(16):
            values = {net: rng.randrange(2) for net in nets}
            assert lut_value(was, values) == lut_value(cell, values), f"{name}: another function"
    return exchanged


def test_route(folder):
    fabric = load("tests/bitstreams/fabric.py")
    program, chipdb = folder / "router", folder / "chipdb.bin"
    placed, routed = folder / "placed.json", folder / "routed.json"
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    *sorted(Path("bitstreams/ecp5_85f/router").glob("*.c")), "-o", program, "-lm"], check=True)
    chipdb.write_bytes(fabric.database())

    def run(*options):
        return subprocess.run([sys.executable, "-B", "bitstreams/ecp5_85f/route.py", placed, routed, "--router", program,
                               "--chipdb", chipdb, *options], capture_output=True, text=True, check=False)
    rng, exchanged, passes = random.Random(1), 0, 0
    for crowd in (0.2, 0.3, 0.4):
        netlist = route_netlist(rng, crowd)
        placed.write_text(json.dumps(netlist), encoding="utf-8")
        result = run("--option", "rounds=2")
        assert result.returncode == 0, result.stdout[-400:] + result.stderr
        passes = max(passes, *(int(n) for n in re.findall(r"pass (\d+)", result.stdout)))
        after = json.loads(routed.read_text(encoding="utf-8"))["modules"]["top"]
        exchanged += route_check(fabric, netlist["modules"]["top"], after, rng)
    assert exchanged > 20 and passes > 2, (exchanged, passes)  # there was something to negotiate
    for option, message in (("passes=1", "several nets want"), ("passes=", "no number"), ("hope=1", "no such option")):
        result = run("--option", option)
        assert result.returncode != 0 and message in result.stderr, (option, result.stderr)
    nets = folder / "routed.nets"
    good = nets.read_text(encoding="utf-8").split()
    for text, message in ((good[:-1], "a number is missing"), (good + ["1"], "more follows"), (["-1"] + good[1:], "out of range")):
        nets.write_text(" ".join(text), encoding="utf-8")
        result = subprocess.run([program, chipdb, nets, folder / "routes"], capture_output=True, text=True, check=False)
        assert result.returncode == 1 and message in result.stderr, result.stderr
    chipdb.write_bytes(b"\x40\0\0\0")
    assert "no chip database" in subprocess.run([program, chipdb, nets, folder / "routes"], capture_output=True, text=True,
                                                check=False).stderr


def test_trimmed():
    manifest = load("bitstreams/manifest.py")
    cells = {"MULT18X18D": 145, "DP16KD": 190, "TRELLIS_FF": 40000}
    wrapped = {**cells, "TRELLIS_FF": 41000}

    def report(**changes):
        return {"utilization": {cell: {"used": used} for cell, used in {**wrapped, **changes}.items()}}
    manifest.completeness(cells, wrapped, 1000, report())
    for changes in ({"MULT18X18D": 144}, {"DP16KD": 189}, {"TRELLIS_FF": 40990}):
        for synthesised in (wrapped, {**wrapped, **changes}):
            try:
                manifest.completeness(cells, synthesised, 1000, report(**changes))
            except manifest.Incomplete:
                continue
            raise AssertionError(f"accepted: {changes}")


def test_wrapper_registers():
    """Those that synthesis left: a design that ignores an input and never changes an output does not need them."""
    manifest = load("bitstreams/manifest.py")
    nets = {"narrow_load_i": [2], "shift_q": [10, 11], "u_design.data_i": [20], "out_q": [30], "fold0_q": [40],
            "u_design.data_q": [50], "other_load": [3]}

    def register(data, output, enable=None):
        pins = {"DI": [data], "Q": [output]}
        return {"type": "TRELLIS_FF", "connections": {**pins, "CE": [enable]} if enable else pins}
    cells = {"shift0": register(1, 10), "shift1": register(10, 11), "in0": register(10, 20, 2), "out": register(50, 30),
             "fold": register(30, 40), "design": register(20, 50), "design_shifted": register(11, 60, 3),
             "lut": {"type": "LUT4", "connections": {"A": [20], "Z": [30]}}}
    netlist = {"modules": {"snap_narrow": {"netnames": {name: {"bits": bits} for name, bits in nets.items()}, "cells": cells}}}
    assert manifest.wrapper_registers(netlist) == 5


def check_manifest(path):
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for key in ("board", "chip", "top", "command", "tools", "seed", "used", "nothing_trimmed", "grades", "inputs_sha256"):
        assert manifest[key], f"{path}: {key}"
    for name, row in manifest["used"].items():
        assert 0 < row["used"] <= row["of"], f"{path}: {name}"
    redundant = load("bitstreams/manifest.py").FOUND_REDUNDANT
    for name, row in manifest["nothing_trimmed"].items():
        missing = row["design_with_free_ports"] + row["wrapper"] - row["routed"]
        assert row["routed"] == row["synthesised"] and missing <= redundant.get(name, 0), f"{path}: {name}"
    for grade, result in manifest["grades"].items():
        assert grade in ("6", "8") and SHA256.match(result["bitstream_sha256"]), f"{path}: grade {grade}"
        for clock in result["clocks"].values():
            assert clock["fmax_mhz"] > 0 and clock["critical_path"]["wires"], f"{path}: grade {grade}"
    check_age(path, manifest["inputs_sha256"])


def check_area(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    designs = [result["designs"][f"point_engines_{engines}"] for engines in (1, 4)]
    for one, four in zip(*(design.values() for design in designs), strict=True):
        assert one <= four <= 4 * one, path  # what is not a point engine is there once
    check_age(path, result["inputs_sha256"])


def check_age(path, inputs):
    assert all(SHA256.match(value) for value in inputs.values()), path
    changed = [name for name, value in inputs.items() if name.startswith("rtl/") and
               (not Path(name).exists() or hashlib.sha256(Path(name).read_bytes()).hexdigest() != value)]
    known = {name for name in inputs if name.startswith("rtl/")}
    new = [str(p) for p in Path("rtl").glob("*/*.sv") if str(p) not in known]
    state = "made from today's sources" if not changed + new else f"older than {len(changed + new)} sources of today"
    print(f"{path}: well-formed, {state}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_narrow(Path(folder))
        test_refine(Path(folder))
        test_route(Path(folder))
    test_floorplan()
    test_carries()
    test_trimmed()
    test_wrapper_registers()
    for path in sorted(Path("bitstreams").glob("*/manifest.json")):
        check_manifest(path)
    for path in sorted(Path("bitstreams").glob("*/area.json")):
        check_area(path)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
