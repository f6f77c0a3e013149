#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the state hashes that store_state_test.c expects: of no row, of one, of two, of three.

Follows the description in host/store/state_hash.h and shares no code with it; AES is the openssl tool's.
"""
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

LANES = 1024
ROWS = [(b"a", b""), (b"key", b"value"), (bytes(range(256)), bytes(i % 251 for i in range(1000)))]


def lanes(key: bytes, value: bytes) -> tuple:
    seed = hashlib.sha256(struct.pack("<I", len(key)) + key + value).digest()
    command = ["openssl", "enc", "-aes-256-ctr", "-K", seed.hex(), "-iv", "0" * 32]
    stream = subprocess.run(command, input=bytes(2 * LANES), capture_output=True, check=True).stdout
    return struct.unpack(f"<{LANES}H", stream)


def state_hash(total: list) -> str:
    return hashlib.sha256(struct.pack(f"<{LANES}H", *total)).hexdigest()


def main() -> int:
    expected = (Path(__file__).parent / "store_state_test.c").read_text(encoding="utf-8")
    total = [0] * LANES
    hashes = [state_hash(total)]
    for row in ROWS:
        total = [(a + b) % 2**16 for a, b in zip(total, lanes(*row))]
        hashes.append(state_hash(total))
    for count, value in enumerate(hashes):
        print(f"{'ok' if value in expected else 'not ok'} - state hash of {count} rows: {value}")
    return 0 if all(value in expected for value in hashes) else 1


if __name__ == "__main__":
    sys.exit(main())
