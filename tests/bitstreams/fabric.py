# SPDX-License-Identifier: Apache-2.0
"""A chip database as nextpnr-ecp5's, of a chip that does not exist: as wide and as high as the LFE5U-85F, each tile with four
slices of two LUTs and two registers, six tracks a direction from tile to tile, little to choose from."""
import struct

WIDTH, HEIGHT, TRACKS, LUTS = 127, 96, 6, 8
SIDES = {"E": (1, 0), "W": (-1, 0), "N": (0, -1), "S": (0, 1)}
OPPOSITE = {"E": "W", "W": "E", "N": "S", "S": "N"}
INPUTS = "ABCD"
COMB, FF = 1, 2
LUT_EXCHANGE = 0x4000


def track(side, k):
    return f"{'H' if side in 'EW' else 'V'}01{side}0{k}01"


WIRES = ([track(side, k) for side in SIDES for k in range(TRACKS)]
         + [f"{pin}{lut}_SLICE" for pin in ("F", "Q", *INPUTS, "M") for lut in range(LUTS)]
         + [f"{pin}{lut}" for pin in (*INPUTS, "M") for lut in range(LUTS)])
NUMBER = {wire: i for i, wire in enumerate(WIRES)}


def switches():
    """Of every tile: source, its tile, sink, exchange. A track is left in the tile that it leads to."""
    result = []
    for lut in range(LUTS):
        for side in SIDES:
            result.append((f"F{lut}_SLICE", (0, 0), track(side, lut % TRACKS), 0))
            result.append((f"Q{lut}_SLICE", (0, 0), track(side, (lut + 1) % TRACKS), 0))
        for i, pin in enumerate(INPUTS):
            for j, source in enumerate(INPUTS):
                flags = LUT_EXCHANGE | lut << 4 | i << 2 | j if i != j else 0
                result.append((f"{source}{lut}", (0, 0), f"{pin}{lut}_SLICE", flags))
        result.append((f"M{lut}", (0, 0), f"M{lut}_SLICE", 0))
    for side, (dx, dy) in SIDES.items():
        for k in range(TRACKS):
            came = track(side, k), (-dx, -dy)
            for to in SIDES:
                if to != OPPOSITE[side]:
                    result += [(*came, track(to, m), 0) for m in range(TRACKS)]
            for lut in range(LUTS):
                result += [(*came, f"{pin}{lut}", 0) for i, pin in enumerate(INPUTS) if (i + lut + k) % 2]
                result.append((*came, f"M{lut}", 0))
    return result


SWITCHES = switches()
SWITCH_NAMES = {f"{dx}_{dy}_{source}->0_0_{sink}": (source, dx, dy, sink) for source, (dx, dy), sink, _ in SWITCHES}
DELAY_PS = 200


class Blob:
    """Records with offsets relative to themselves: lists first, then what refers to them."""

    def __init__(self):
        self.data = bytearray(4)

    def add(self, data):
        while len(self.data) % 4:
            self.data += b"\0"
        self.data += data
        return len(self.data) - len(data)

    def point(self, field, target):
        struct.pack_into("<i", self.data, field, target - field)

    def list(self, field, target, count):
        self.point(field, target)
        struct.pack_into("<I", self.data, field + 4, count)


def location(blob, sides):
    """The record of a tile that has neighbours on these sides only."""
    def exists(rel):
        return rel == (0, 0) or any(SIDES[side] == rel for side in sides)
    pips = blob.add(b"".join(struct.pack("<hhhhhhhbbhh", *rel, 0, 0, NUMBER[source], NUMBER[sink], 0, 0, 0, flags, 0)
                             for source, rel, sink, flags in SWITCHES))
    up, down = {wire: [] for wire in WIRES}, {wire: [] for wire in WIRES}
    for index, (source, rel, sink, _) in enumerate(SWITCHES):
        if exists(rel):
            up[sink].append((0, 0, index))
        tile = -rel[0], -rel[1]
        if exists(tile):
            down[source].append((*tile, index))
    names = [blob.add(wire.encode() + b"\0") for wire in WIRES]
    steps = [[(blob.add(b"".join(struct.pack("<hhi", *step) for step in of[wire])), len(of[wire])) for of in (up, down)]
             for wire in WIRES]
    wires = blob.add(bytes(32 * len(WIRES)))
    for i, name in enumerate(names):
        blob.point(wires + 32 * i, name)
        for k in range(2):
            blob.list(wires + 32 * i + 8 + 8 * k, *steps[i][k])
    bels = sites(blob)
    return bels, (wires, len(WIRES)), (pips, len(SWITCHES))


def sites(blob):
    entries = []
    for lut in range(LUTS):
        for kind, letter, pins in ((COMB, "K", "F" + INPUTS), (FF, "FF", "QM")):
            name = blob.add(f"SLICE{'ABCD'[lut // 2]}.{letter}{lut % 2}".encode() + b"\0")
            start = blob.add(b"".join(struct.pack("<hhiii", 0, 0, NUMBER[f"{pin}{lut}_SLICE"], 0, pin in "FQ") for pin in pins))
            entries.append((name, kind, start, len(pins)))
    bels = blob.add(bytes(20 * len(entries)))
    for i, (name, kind, start, count) in enumerate(entries):
        blob.point(bels + 20 * i, name)
        struct.pack_into("<i", blob.data, bels + 20 * i + 4, kind)
        blob.list(bels + 20 * i + 12, start, count)
    return bels, len(entries)


def edges(x, y):
    return "".join(side for side, there in zip("EWNS", (x < WIDTH - 1, x > 0, y > 0, y < HEIGHT - 1)) if there)


def database():
    blob = Blob()
    kinds = sorted({edges(x, y) for x in (0, 1, WIDTH - 1) for y in (0, 1, HEIGHT - 1)})
    lists = [location(blob, sides) for sides in kinds]
    locations = blob.add(bytes(24 * len(kinds)))
    for i, of in enumerate(lists):
        for k, (start, count) in enumerate(of):
            blob.list(locations + 24 * i + 8 * k, start, count)
    types = blob.add(b"".join(struct.pack("<i", kinds.index(edges(x, y))) for y in range(HEIGHT) for x in range(WIDTH)))
    delays = blob.add(struct.pack("<4i", DELAY_PS // 2, DELAY_PS, 5, 10))
    grade = blob.add(bytes(16))
    blob.list(grade + 8, delays, 1)
    chip = blob.add(struct.pack("<4i", WIDTH, HEIGHT, WIDTH * HEIGHT, 0) + bytes(64))
    for field, start, count in ((16, locations, len(kinds)), (24, types, WIDTH * HEIGHT), (72, grade, 1)):
        blob.list(chip + field, start, count)
    struct.pack_into("<i", blob.data, 0, chip)
    return bytes(blob.data)
