# SPDX-License-Identifier: Apache-2.0
"""Who signed: recovery of a secp256k1 key from a signature's text, from the formulas of SEC 1, for the tests."""
import hashlib

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def add(one: tuple, other: tuple) -> tuple:
    """Affine sum; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = 3 * one[0] * one[0] * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def multiply(factor: int, point: tuple) -> tuple:
    total = None
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


def base58_decode(text: str, size: int) -> bytes:
    value = 0
    for digit in text:
        value = value * 58 + DIGITS.index(digit)
    return value.to_bytes(size, "big")


def recover(signature: str, digest: bytes) -> bytes:
    """The compressed key; asserts that the signature's text is in order."""
    assert signature.startswith("SIG_K1_")
    data = base58_decode(signature[7:], 69)
    assert hashlib.new("ripemd160", data[:65] + b"K1").digest()[:4] == data[65:]
    recovery, r, s = data[0] - 31, int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:65], "big")
    x = r + (recovery >> 1) * N
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if y & 1 != recovery & 1:
        y = P - y
    inverse = pow(r, -1, N)
    key = add(multiply(s * inverse % N, (x, y)), multiply(-int.from_bytes(digest, "big") * inverse % N, G))
    return bytes([2 + (key[1] & 1)]) + key[0].to_bytes(32, "big")
