#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tool `snapcard` as its user meets it: output, exit status, and what it says when it cannot go on."""
import json
import subprocess
import unittest

TOOL = "build/bin/snapcard"
OPCODES = ["NOOP", "SHA256", "SM3", "MERKLE_SHA256", "MERKLE_SHA256D", "MERKLE_SM3"]  # bench measures these
POINT_OPCODES = ["ECDSA_SECP256K1_VERIFY", "ECDSA_SECP256K1_RECOVER", "BIP340_VERIFY", "SM2_VERIFY", "PEDERSEN_COMMIT",
                 "PEDERSEN_SUM_ZERO", "MICROCODE_LOAD"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=60, check=False)


def run_with_card(*arguments: str, sim: tuple = ("--model",)) -> subprocess.CompletedProcess:
    command = ["tests/unit/with_card.sh", *sim, "--", TOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


class Usage(unittest.TestCase):
    def test_help_names_every_command_and_exit_status(self) -> None:
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("list", "info", "selftest", "bench", "--json", "EXIT STATUS", "vfio:DDDD:BB:DD.F", "sim:PATH"):
            self.assertIn(word, done.stdout)

    def test_wrong_usage_ends_with_2(self) -> None:
        for arguments in ([], ["nonsense"], ["info"], ["list", "sim:/x"], ["info", "sim:/x", "more"], ["--nonsense"],
                          ["bench", "sim:/x", "--jobs", "0"], ["bench", "sim:/x", "--jobs", "1x"],
                          ["bench", "sim:/x", "--jobs", "-1"], ["bench", "sim:/x", "--batch", "257"],
                          ["bench", "sim:/x", "--opcode", "SHA1"], ["bench", "sim:/x", "--length", "481"],
                          ["list", "--id", "1234"], ["list", "--id", "1234:5c01x"], ["bench", "sim:/x", "--jobs"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("see snapcard --help", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_card_that_is_not_there_ends_with_1_and_the_way_out(self) -> None:
        done = run("info", "sim:/nonexistent/card")
        self.assertEqual(done.returncode, 1)
        self.assertIn("snapcard-sim --socket", done.stderr)

    def test_full_disk_is_noticed(self) -> None:
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([TOOL, "list", "--json"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)


class List(unittest.TestCase):
    def test_json_is_a_list_of_functions_with_the_id(self) -> None:
        done = run("list", "--json", "--id", "ffff:fffe")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout), [])


class Card(unittest.TestCase):
    def test_info(self) -> None:
        done = run_with_card("info", "CARD", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        info = json.loads(done.stdout)
        self.assertEqual((info["abi_major"], info["vendor_id"], info["device_id"]), (1, 0x1234, 0x5C01))
        self.assertEqual(info["opcodes"], OPCODES + POINT_OPCODES)
        self.assertGreater(info["microcode"]["words"], 0)
        text = run_with_card("info", "CARD")
        self.assertEqual(text.returncode, 0)
        self.assertIn("PCI ID             1234:5c01", text.stdout)

    def test_selftest_passes(self) -> None:
        done = run_with_card("selftest", "CARD", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(json.loads(done.stdout)["passed"])

    def test_selftest_finds_a_wrong_digest(self) -> None:
        for after in range(0, 12, 3):
            done = run_with_card("selftest", "CARD", "--json", sim=("--model", "--fault", f"wrong:after={after}"))
            self.assertEqual(done.returncode, 3, f"after={after}: {done.stdout}")
            self.assertFalse(json.loads(done.stdout)["passed"])
            self.assertIn("do not use this card", done.stderr)

    def test_microcode_is_loaded_or_refused(self) -> None:
        done = run_with_card("microcode", "CARD", "build/engine/image.bin", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open("build/engine/image.bin", "rb") as image:
            self.assertEqual(json.loads(done.stdout)["checksum"], image.read()[-32:-28].hex())
        done = run_with_card("microcode", "CARD", "build/engine/fixed.hex")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no microcode image has", done.stderr)

    def test_bench_measures_every_opcode(self) -> None:
        done = run_with_card("bench", "CARD", "--jobs", "200", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = json.loads(done.stdout)
        self.assertEqual([line["opcode"] for line in lines], OPCODES)
        for line in lines:
            self.assertEqual(line["jobs"], 200)
            self.assertGreater(line["jobs_per_second"], 0)
            self.assertGreater(line["card_cycles_per_job"], 0)
        self.assertGreaterEqual(lines[1]["engine_cycles_per_job"], 64)

    def test_bench_of_one_opcode(self) -> None:
        done = run_with_card("bench", "CARD", "--jobs", "64", "--batch", "7", "--opcode", "SM3", "--length", "200")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertIn("200 bytes", done.stdout)
        done = run_with_card("bench", "CARD", "--opcode", "ECDSA_SECP256K1_VERIFY")
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not have that opcode", done.stderr)


if __name__ == "__main__":
    unittest.main()
