#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the fixed tables of the point engine: multiples of generators, where isa.toml's streams look for them.

fixed.hex has a line a word: the even parity of its eight limbs of 32 bits (two digits, limb 0 in the lowest bit), then
the word (64 digits). Words that no stream reads are 0.
"""
import argparse
import hashlib
import pathlib
import sys
import tomllib
from typing import NamedTuple


class Curve(NamedTuple):
    """y^2 = x^3 + a x + b modulo p, with a base point."""
    p: int
    a: int
    b: int
    base: tuple

    def holds(self, point):
        x, y = point
        return (y * y - x * x * x - self.a * x - self.b) % self.p == 0

    def add(self, first, second):
        """Sum of finite points; the tables have no sum that is infinity."""
        (x1, y1), (x2, y2) = first, second
        if x1 == x2 and (y1 + y2) % self.p == 0:
            raise ValueError("a table would hold the point at infinity")
        if first == second:
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p


SECP256K1 = Curve(
    2**256 - 2**32 - 977, 0, 7,
    (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8))
SM2 = Curve(
    2**256 - 2**224 - 2**96 + 2**64 - 1, -3,
    0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0))
# The second generator for Pedersen commitments, as secp256k1-zkp has it: x is a hash, so nobody knows its logarithm.
SECOND = (0x50929B74C1A04954B78B4B6035E97A5E078A5A0F28EC96D547BFEE9ACE803AC0,
          0x31D3C6863973926E049E637CB1B5F40A36DAC28AF1766968C30C2313F3A38904)


def check_points():
    encoding = b"\x04" + b"".join(value.to_bytes(32, "big") for value in SECP256K1.base)
    if hashlib.sha256(encoding).digest() != SECOND[0].to_bytes(32, "big"):
        raise ValueError("the second generator's x is not the hash of the first")
    if not (SECP256K1.holds(SECP256K1.base) and SECP256K1.holds(SECOND) and SM2.holds(SM2.base)):
        raise ValueError("a generator is not on its curve")


def odd_multiples(curve, base, count):
    double = curve.add(base, base)
    points = [base]
    while len(points) < count:
        points.append(curve.add(points[-1], double))
    return points


def comb(curve, base, teeth, spacing):
    """Entry d - 1: the sum over the bits j of d of 2^(j spacing) base."""
    tooth, points = base, []
    for number in range(teeth):
        if number:
            for _ in range(spacing):
                tooth = curve.add(tooth, tooth)
        points += [tooth] + [curve.add(point, tooth) for point in points]
    return points


def table(stream, curve, base):
    if stream["form"] == "wnaf":
        return odd_multiples(curve, base, 1 << stream["width"] - 2)
    return comb(curve, base, stream["width"], stream["spacing"])


def place(words, stream, points):
    for start, coordinate in ((stream["x"], 0), (stream["y"], 1)):
        for index, point in enumerate(points):
            if words[start + index] not in (0, point[coordinate]):
                raise ValueError("two tables overlap")
            words[start + index] = point[coordinate]


def make(isa):
    words = [0] * isa["machine"]["fixed_words"]
    made = {}
    for group in isa["streams"]:
        curve = SM2 if group["curve"] == "sm2" else SECP256K1
        for stream in group["list"]:
            if stream["memory"] != "fixed":
                continue
            # Of a commitment the value, which is not split, goes to the second generator.
            second = stream["form"] == "comb" and not stream["half"]
            key = (group["curve"], second, stream["form"], stream["width"], stream.get("spacing"))
            if key not in made:
                made[key] = table(stream, curve, SECOND if second else curve.base)
            place(words, stream, made[key])
    return words


def line(word):
    parity = sum((word >> 32 * limb & 0xFFFFFFFF).bit_count() % 2 << limb for limb in range(8))
    return f"{parity:02x}{word:064x}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("isa", type=pathlib.Path, help="isa.toml")
    parser.add_argument("fixed", type=pathlib.Path, help="fixed.hex to write")
    args = parser.parse_args()
    try:
        check_points()
        words = make(tomllib.loads(args.isa.read_text(encoding="utf-8")))
    except (KeyError, IndexError, ValueError, OSError) as error:
        sys.exit(f"{args.isa}: {error}")
    args.fixed.parent.mkdir(parents=True, exist_ok=True)
    args.fixed.write_text("".join(line(word) for word in words), encoding="ascii")


if __name__ == "__main__":
    main()
