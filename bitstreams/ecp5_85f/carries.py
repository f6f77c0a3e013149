# SPDX-License-Identifier: Apache-2.0
"""Carry outputs that nothing reads.

Synthesis connects the last carry of every adder to a wire, whether it is used or not, and nextpnr leads each wired one
out of its chain through a cell of its own: two LUT sites for nothing, 1,500 on the card.
"""
from collections import Counter

CELL, OUTPUT = "CCU2C", "COUT"
UNCONNECTED = "x"


def readers(module):
    """How often each bit is an input of a cell or a port of the module."""
    count = Counter()
    for port in module.get("ports", {}).values():
        count.update(port["bits"])
    for cell in module.get("cells", {}).values():
        for pin, bits in cell["connections"].items():
            if cell["port_directions"][pin] != "output":
                count.update(bits)
    return count


def disconnect_unread(module):
    """Disconnects them in a module of Yosys' JSON netlist; returns how many there were."""
    count = readers(module)
    unread = [cell["connections"] for cell in module.get("cells", {}).values()
              if cell["type"] == CELL and cell["connections"].get(OUTPUT, [UNCONNECTED]) != [UNCONNECTED]
              and count[cell["connections"][OUTPUT][0]] == 0]
    for connections in unread:
        connections[OUTPUT] = [UNCONNECTED]
    return len(unread)
