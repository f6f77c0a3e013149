# SPDX-License-Identifier: Apache-2.0
"""Where the pins of the ECP5's sites are: from the chip database that nextpnr-ecp5 brings with it."""
import re
import struct
from pathlib import Path

BEL = re.compile(r"X(\d+)/Y(\d+)/(.*)")
SLICE_SITE = re.compile(r"SLICE([ABCD])\.(?:K|FF)(\d)")
# The records of nextpnr 0.11: where in a location's record its sites and wires are, and their sizes in bytes.
LOCATION_BYTES, BELS, WIRES, BEL_BYTES, PIN_BYTES, WIRE_BYTES = 24, 0, 8, 20, 16, 32
IN, OUT = 0, 1


class ChipDatabase:
    def __init__(self, path):
        self.data = Path(path).read_bytes()
        root = self.int(0)
        self.width, self.height = self.int(root), self.int(root + 4)
        if (self.width, self.height) != (127, 96):
            raise ValueError(f"{path}: not the LFE5U-85F's, or of a version of nextpnr with other records")
        self.locations = self.list(root + 16)[0]
        start, count = self.list(root + 24)
        self.types = struct.unpack_from(f"<{count}i", self.data, start)
        self.sites = {}

    def int(self, at):
        return struct.unpack_from("<i", self.data, at)[0]

    def list(self, at):
        offset, count = struct.unpack_from("<iI", self.data, at)
        return at + offset, count

    def text(self, at):
        start = at + self.int(at)
        return self.data[start:self.data.index(0, start)].decode()

    def wire_name(self, x, y, wire):
        location = self.locations + LOCATION_BYTES * self.types[y * self.width + x]
        return self.text(self.list(location + WIRES)[0] + WIRE_BYTES * wire)

    def site_pins(self, bel, x, y):
        pins = {}
        start, count = self.list(bel + 12)
        for k in range(count):
            dx, dy, wire, _, direction = struct.unpack_from("<hhiii", self.data, start + PIN_BYTES * k)
            pins[self.wire_name(x + dx, y + dy, wire)] = (dx, dy, wire, direction)
        return pins

    def pins(self, site, x, y):
        """Of a site: its wires' names, and for each its tile relative to the site's, its number there and its direction."""
        key = self.types[y * self.width + x], site
        if key not in self.sites:
            start, count = self.list(self.locations + LOCATION_BYTES * key[0] + BELS)
            bel = next(start + BEL_BYTES * k for k in range(count) if self.text(start + BEL_BYTES * k) == site)
            self.sites[key] = self.site_pins(bel, x, y)
        return self.sites[key]

    def pin_wire(self, cell, pin):
        """Column, row and number of the wire at a placed cell's pin."""
        x, y, site = BEL.match(cell["attributes"]["NEXTPNR_BEL"]).groups()
        x, y = int(x), int(y)
        pins = self.pins(site, x, y)
        name, direction = wire_of_pin(cell["type"], site, pin)
        found = [p for wire, p in pins.items() if re.match(name, wire) and direction in (None, p[3])]
        if len(found) != 1:
            raise ValueError(f"{cell['type']} at X{x}/Y{y}/{site}: pin {pin} has {len(found)} wires")
        dx, dy, wire, _ = found[0]
        return x + dx, y + dy, wire


def wire_of_pin(kind, site, pin):
    """How Project Trellis calls the wire, and its direction where the name leaves that open."""
    match = SLICE_SITE.match(site)
    lut = 2 * "ABCD".index(match[1]) + int(match[2]) if match else None
    if kind == "TRELLIS_COMB":
        if pin in ("FCI", "FCO"):
            return "FC", OUT if pin == "FCO" else IN
        return f"{pin}{lut}_SLICE$" if len(pin) == 1 else pin, None
    if kind == "TRELLIS_FF":
        return rf"{pin}\d_SLICE$", None
    if kind == "TRELLIS_RAMW":  # takes the pins of slice C's LUTs
        return f"{pin[0]}{4 + int(pin[1])}_SLICE$" if pin[0] in "ABCD" else pin, None
    if kind == "TRELLIS_IO":
        return {"O": "JPADDI", "I": "PADDO"}[pin], None
    if kind == "DCCA":
        return f"G_{pin}_", None
    return f"J{pin}_(EBR|MULT18)$", None
