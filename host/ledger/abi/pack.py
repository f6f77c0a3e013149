#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs ABIs (the family's abi_def in JSON) into a C header, an array a file.

usage: pack.py OUT.h ABI.json...

An array is named by its file: eosio.token.json becomes abi_eosio_token. The unit test of the ledger holds each against
what host/wire/abi.h makes of the same file.
"""
import json
import sys
from pathlib import Path

NAME_ALPHABET = ".12345abcdefghijklmnopqrstuvwxyz"
BYTES_PER_LINE = 16


def varuint32(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def text(value: str) -> bytes:
    data = value.encode()
    return varuint32(len(data)) + data


def name(value: str) -> bytes:
    assert len(value) <= 12, value
    packed = 0
    for place, character in enumerate(value):
        packed |= NAME_ALPHABET.index(character) << (59 - 5 * place)
    return packed.to_bytes(8, "little")


def many(items: list, pack) -> bytes:
    return varuint32(len(items)) + b"".join(pack(item) for item in items)


def pack_type(item: dict) -> bytes:
    return text(item["new_type_name"]) + text(item["type"])


def pack_field(item: dict) -> bytes:
    return text(item["name"]) + text(item["type"])


def pack_struct(item: dict) -> bytes:
    return text(item["name"]) + text(item["base"]) + many(item["fields"], pack_field)


def pack_action(item: dict) -> bytes:
    return name(item["name"]) + text(item["type"]) + text(item["ricardian_contract"])


def pack_table(item: dict) -> bytes:
    return (name(item["name"]) + text(item["index_type"]) + many(item["key_names"], text) + many(item["key_types"], text) +
            text(item["type"]))


def pack_variant(item: dict) -> bytes:
    return text(item["name"]) + many(item["types"], text)


def pack(abi: dict) -> bytes:
    for unused in ("ricardian_clauses", "error_messages", "abi_extensions", "action_results"):
        assert not abi[unused], f"{unused}: nothing packs these yet"
    return (text(abi["version"]) + many(abi["types"], pack_type) + many(abi["structs"], pack_struct) +
            many(abi["actions"], pack_action) + many(abi["tables"], pack_table) + varuint32(0) * 3 +
            many(abi["variants"], pack_variant) + varuint32(0))


def c_array(path: Path) -> str:
    data = pack(json.loads(path.read_text(encoding="utf-8")))
    lines = [", ".join(f"0x{byte:02x}" for byte in data[start:start + BYTES_PER_LINE])
             for start in range(0, len(data), BYTES_PER_LINE)]
    symbol = "abi_" + path.stem.replace(".", "_")
    return f"static const unsigned char {symbol}[] = {{\n    " + ",\n    ".join(lines) + "};\n"


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    out, *sources = map(Path, sys.argv[1:])
    head = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by host/ledger/abi/pack.py. */\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(head + "".join(map(c_array, sources)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
