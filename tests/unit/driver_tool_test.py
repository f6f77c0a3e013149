#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tool `snapcard` as its user meets it: output, exit status, and what it says when it cannot go on."""
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOL = "build/bin/snapcard"
HANG_SECONDS = 240  # a hang guard
IMAGE = Path("build/engine/image.bin")
OPCODES = ["NOOP", "SHA256", "SM3", "MERKLE_SHA256", "MERKLE_SHA256D", "MERKLE_SM3"]
POINT_OPCODES = ["ECDSA_SECP256K1_VERIFY", "ECDSA_SECP256K1_RECOVER", "BIP340_VERIFY", "SM2_VERIFY", "PEDERSEN_COMMIT",
                 "PEDERSEN_SUM_ZERO", "MSM", "MICROCODE_LOAD"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=HANG_SECONDS, check=False)


def run_with_card(*arguments: str, sim: tuple = ("--model",)) -> subprocess.CompletedProcess:
    command = ["tests/unit/with_card.sh", *sim, "--", TOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)


def run_several(card: tuple, *commands: tuple) -> list:
    """Each command on one card that stays powered: [(exit status, output)]. The word CARD is its address."""
    script = "".join(f'"$0" {" ".join(command)}; echo "=$?"\n' for command in commands).replace("CARD", '"$1"')
    done = subprocess.run(["tests/unit/with_card.sh", *card, "--keep", "--", "bash", "-c", script, TOOL, "CARD"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=HANG_SECONDS, check=True)
    return [(int(code), text.strip()) for text, code in re.findall(r"(.*?)^=(\d+)$", done.stdout, re.DOTALL | re.MULTILINE)]


class Usage(unittest.TestCase):
    def test_help_names_every_command_and_exit_status(self) -> None:
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("list", "info", "selftest", "bench", "--json", "EXIT STATUS", "vfio:DDDD:BB:DD.F", "sim:PATH"):
            self.assertIn(word, done.stdout)

    def test_wrong_usage_ends_with_2(self) -> None:
        for arguments in ([], ["nonsense"], ["info"], ["list", "sim:/x"], ["info", "sim:/x", "more"], ["--nonsense"],
                          ["microcode"], ["microcode", "sim:/x", "file", "more"],
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
            done = subprocess.run([TOOL, "list", "--json"], stdout=full, stderr=subprocess.PIPE, timeout=HANG_SECONDS,
                                  check=False)
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

    def test_microcode_is_loaded(self) -> None:
        for arguments in ([], [str(IMAGE)]):
            done = run_with_card("microcode", "CARD", *arguments, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["checksum"], IMAGE.read_bytes()[-32:-28].hex())
        done = run_with_card("microcode", "CARD", "no-such-file")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such-file: No such file", done.stderr)

    def test_microcode_is_refused_and_comes_back(self) -> None:
        """On both cards: what cannot be an image changes nothing, a damaged one leaves none until a good one comes."""
        image = IMAGE.read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            damaged = Path(folder, "damaged")
            damaged.write_bytes(image[:100] + bytes([image[100] ^ 1]) + image[101:])
            for card in ((), ("--model",)):
                came = run_several(card, ("microcode", "CARD", "build/engine/fixed.hex"), ("selftest", "CARD"),
                                   ("microcode", "CARD", str(damaged)), ("selftest", "CARD"),
                                   ("info", "CARD", "--json"), ("microcode", "CARD"), ("selftest", "CARD"))
                self.assertEqual([code for code, _ in came], [1, 0, 1, 3, 0, 0, 0], came)
                self.assertIn("no microcode image has", came[0][1])
                self.assertIn("refuses the image", came[2][1])
                self.assertIn("ENGINE_FAULT", came[3][1])
                self.assertEqual(json.loads(came[4][1])["microcode"]["words"], 0)
                self.assertIn("self-test passed", came[5][1])

    def test_bench_measures_every_opcode(self) -> None:
        done = run_with_card("bench", "CARD", "--jobs", "200", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = json.loads(done.stdout)
        self.assertEqual([line["opcode"] for line in lines], OPCODES + POINT_OPCODES[:-1])
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
        done = run_with_card("bench", "CARD", "--opcode", "MICROCODE_LOAD")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none to measure", done.stderr)

    def test_bench_of_signatures_on_the_rtl(self) -> None:
        done = run_with_card("bench", "CARD", "--jobs", "40", "--opcode", "ECDSA_SECP256K1_VERIFY", "--json", sim=())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(json.loads(done.stdout)[0]["engine_cycles_per_job"], 1000)

    def test_bench_finds_a_wrong_verdict(self) -> None:
        done = run_with_card("bench", "CARD", "--jobs", "40", "--opcode", "SM2_VERIFY", sim=("--model", "--fault", "wrong"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("do not use this card", done.stderr)


if __name__ == "__main__":
    unittest.main()
