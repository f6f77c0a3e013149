#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snapscaled as its operator meets it: first start, stop and start again, what it refuses and why, checks,
snapshots, repair, and whether its manuals tell of every option."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

NODE = os.environ.get("SNAPSCALED", "build/tests/snapscaled")
START_SECONDS = 120  # a hang guard
MANUALS = ["host/node/snapscaled.8", "docs/node.md"]


class Node:
    """A running snapscaled; its log is read line by line."""

    def __init__(self, *arguments: str, environment: dict = {}) -> None:
        self.process = subprocess.Popen([NODE, "--http-port", "0", "--log-level", "debug", *arguments],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        self.log = []

    def wait_for(self, pattern: str) -> re.Match:
        """The first line from here on that has the pattern."""
        deadline = time.monotonic() + START_SECONDS
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(pattern, line)
            if found:
                return found
            if time.monotonic() > deadline:
                break
        raise AssertionError(f"no line with {pattern!r} in:\n{''.join(self.log)}")

    def serves(self) -> str:
        return self.wait_for(r"serving (http://\S+)").group(1)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        self.log += self.process.stderr.readlines()
        self.process.stderr.close()
        return self.process.wait(timeout=START_SECONDS)


def info(url: str) -> dict:
    with urllib.request.urlopen(f"{url}/v1/chain/get_info", timeout=START_SECONDS) as answer:
        return json.load(answer)


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([NODE, *arguments], capture_output=True, text=True, timeout=120, check=False)


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.key, self.genesis, self.data = (str(self.folder / name) for name in ("key", "genesis.json", "data"))
        self.public_key = self.good(run("--make-key", self.key)).strip()
        self.good(run("--make-genesis", self.genesis, "--key", self.public_key))

    def good(self, done: subprocess.CompletedProcess) -> str:
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, done: subprocess.CompletedProcess, *words: str, status: int = 1) -> None:
        self.assertEqual(done.returncode, status, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def start(self, *arguments: str, **more) -> Node:
        node = Node("--data-dir", self.data, "--genesis", self.genesis, "--producer-key", self.key, *arguments, **more)
        self.addCleanup(node.process.wait)
        self.addCleanup(node.process.kill)
        return node

    def refuses_to_start(self, node: Node, *words: str) -> None:
        self.assertEqual(node.end(), 1, node.log)
        for word in words:
            self.assertIn(word, "".join(node.log))

    def made_chain(self, blocks: int = 4) -> dict:
        """Runs a node until so many blocks are final and stops it; the last get_info."""
        node = self.start()
        url = node.serves()
        node.wait_for(rf"block {blocks}: ")
        deadline = time.monotonic() + START_SECONDS
        while (answer := info(url))["last_irreversible_block_num"] < blocks:  # they wait for the disk
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.02)
        self.assertEqual(node.stop(), 0, node.log)
        return answer


class Running(Case):
    def test_makes_blocks_stops_cleanly_and_goes_on(self) -> None:
        first = self.made_chain()
        self.assertGreaterEqual(first["head_block_num"], first["last_irreversible_block_num"])
        self.assertEqual(first["head_block_producer"], "eosio")
        node = Node("--data-dir", self.data, "--producer-key", self.key)  # the folder keeps the genesis
        self.addCleanup(node.process.kill)
        again = info(node.serves())
        self.assertEqual(again["chain_id"], first["chain_id"])
        self.assertGreaterEqual(again["head_block_num"], first["head_block_num"])
        node.wait_for(rf"block {again['head_block_num'] + 2}: ")
        self.assertEqual(node.stop(signal.SIGINT), 0)
        self.assertIn("ended cleanly", node.log[-1])

    def test_a_killed_node_goes_on_from_its_log(self) -> None:
        node = self.start()
        url = node.serves()
        node.wait_for(r"block 5: ")
        final = info(url)["last_irreversible_block_num"]
        self.assertEqual(node.stop(signal.SIGKILL), -signal.SIGKILL)
        self.assertIn("all is well", self.good(run("--data-dir", self.data, "--check")))
        node = self.start()
        self.assertGreaterEqual(info(node.serves())["head_block_num"], final)
        self.assertEqual(node.stop(), 0)

    def test_tells_the_service_manager(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = str(self.folder / "notify")
            manager.bind(path)
            manager.settimeout(START_SECONDS)
            node = self.start(environment={"NOTIFY_SOCKET": path})
            self.assertEqual(manager.recv(100), b"READY=1")
            self.assertEqual(node.stop(), 0)
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_logs_for_the_journal(self) -> None:
        node = self.start()
        node.serves()
        status = os.fstat(node.process.stderr.fileno())
        self.assertEqual(node.stop(), 0)
        self.assertRegex(node.log[0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  snapscaled v")
        # A pipe of ours, made before, so that its numbers are known.
        read_end, write_end = os.pipe()
        status = os.fstat(write_end)
        done = subprocess.run([NODE, "--data-dir", self.data], stderr=write_end, timeout=START_SECONDS, check=False,
                              env={**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        os.close(write_end)
        with os.fdopen(read_end) as stream:
            self.assertRegex(stream.read(), r"^<6>snapscaled v.*\n<3>producer-key is missing")
        self.assertEqual(done.returncode, 1)

    def test_a_configuration_file(self) -> None:
        config = self.folder / "node.ini"
        config.write_text(f"data-dir = {self.data}\ngenesis = {self.genesis}\nproducer-key = {self.key}\nworkers = 1\n",
                          encoding="ascii")
        node = Node("--config", str(config))
        self.addCleanup(node.process.kill)
        node.serves()
        self.assertEqual(node.stop(), 0)


class Refusals(Case):
    def test_a_second_node_on_the_folder(self) -> None:
        node = self.start()
        node.serves()
        self.refuses_to_start(self.start(), self.data, f"process {node.process.pid}")
        self.refused(run("--data-dir", self.data, "--check"), "in use")
        self.assertEqual(node.stop(), 0)

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.refuses_to_start(self.start("--http-port", port), port, "the node ends")

    def test_keys(self) -> None:
        other = str(self.folder / "other")
        public_key = self.good(run("--make-key", other)).strip()
        self.assertRegex(public_key, r"^PUB_K1_\w+$")
        self.assertEqual(os.stat(other).st_mode & 0o777, 0o600)
        self.refuses_to_start(self.start("--producer-key", other), "another key", self.public_key)
        os.chmod(self.key, 0o640)
        self.refuses_to_start(self.start(), self.key, "chmod 600")
        os.chmod(self.key, 0o600)
        Path(self.key).write_text("nonsense\n", encoding="ascii")
        self.refuses_to_start(self.start(), self.key, "private key")
        self.refuses_to_start(self.start("--producer-key", "/nonexistent"), "/nonexistent", "No such file")
        before = Path(other).read_text(encoding="ascii")
        self.refused(run("--make-key", other), "File exists")
        self.assertEqual(Path(other).read_text(encoding="ascii"), before)

    def test_geneses(self) -> None:
        node = Node("--data-dir", self.data, "--producer-key", self.key)
        self.refuses_to_start(node, "--genesis", "--make-genesis")
        Path(self.genesis).write_text('{"initial_key": "EOS1"}', encoding="ascii")
        self.refuses_to_start(self.start(), self.genesis, "initial_key")
        os.remove(self.genesis)
        self.good(run("--make-genesis", self.genesis, "--key", self.public_key))
        self.made_chain(2)
        other = json.loads(Path(self.genesis).read_text(encoding="ascii"))
        other["initial_timestamp"] = "2024-01-01T00:00:00.000"
        Path(self.genesis).write_text(json.dumps(other), encoding="ascii")
        self.refuses_to_start(self.start(), "another chain")
        self.refused(run("--make-genesis", self.genesis, "--key", self.public_key), "File exists")
        self.refused(run("--make-genesis", "-", "--key", "EOS1"), "initial_key")

    def test_wrong_options_end_with_2(self) -> None:
        self.refused(run("--nonsense"), "--nonsense", status=2)
        config = self.folder / "node.ini"
        config.write_text("workers = 1\nnonsense = 2\n", encoding="ascii")
        self.refused(run("--config", str(config)), f"{config}:2:", "nonsense", status=2)


class Tasks(Case):
    def test_check_finds_damage(self) -> None:
        self.made_chain()
        self.assertEqual(json.loads(self.good(run("--data-dir", self.data, "--check", "--json"))),
                         {"damaged": 0, "findings": []})
        segment = next(Path(self.data, "blocks").glob("*0*"))
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 1
        segment.write_bytes(content)
        done = run("--data-dir", self.data, "--check", "--json")
        self.assertEqual(done.returncode, 1)
        found = json.loads(done.stdout)
        self.assertGreater(found["damaged"], 0)
        self.assertIn("blocks", found["findings"][0]["text"])

    def test_snapshots(self) -> None:
        snapshot, copy = str(self.folder / "snapshot"), str(self.folder / "copy")
        before = self.made_chain(6)
        written = json.loads(self.good(run("--data-dir", self.data, "--snapshot-write", snapshot, "--json")))
        self.assertEqual(written["chain_id"], before["chain_id"])
        self.assertGreaterEqual(written["height"], before["last_irreversible_block_num"])
        self.assertEqual(json.loads(self.good(run("--snapshot-verify", snapshot, "--json"))), written)
        self.assertIn(written["state_hash"], self.good(run("--snapshot-verify", snapshot)))
        load = ["--data-dir", copy, "--genesis", self.genesis, "--snapshot-load", snapshot]
        self.assertEqual(json.loads(self.good(run(*load, "--json"))), written)
        self.refused(run(*load), copy, "already")
        self.data = copy
        node = self.start()
        self.assertGreaterEqual(info(node.serves())["head_block_num"], written["height"])
        node.wait_for(rf"block {written['height'] + 2}: ")
        self.assertEqual(node.stop(), 0)
        content = bytearray(Path(snapshot).read_bytes())
        content[-40] ^= 1
        Path(snapshot).write_bytes(content)
        self.refused(run("--snapshot-verify", snapshot), snapshot)

    def test_a_snapshot_of_another_chain(self) -> None:
        snapshot = str(self.folder / "snapshot")
        self.made_chain(2)
        self.good(run("--data-dir", self.data, "--snapshot-write", snapshot))
        other = json.loads(Path(self.genesis).read_text(encoding="ascii"))
        other["initial_timestamp"] = "2024-01-01T00:00:00.000"
        Path(self.genesis).write_text(json.dumps(other), encoding="ascii")
        self.refused(run("--data-dir", str(self.folder / "copy"), "--genesis", self.genesis, "--snapshot-load", snapshot),
                     "another chain")

    def test_truncating_the_log(self) -> None:
        self.made_chain(6)
        truncate = ["--data-dir", self.data, "--truncate-log", "3", "--json"]
        self.refused(run(*truncate), "state", "remove")
        shutil.rmtree(Path(self.data, "state"))
        self.assertEqual(json.loads(self.good(run(*truncate))), {"last_block": 3})
        node = self.start()
        self.assertGreaterEqual(info(node.serves())["head_block_num"], 3)
        self.assertIn("block 3", "".join(node.log))
        self.assertEqual(node.stop(), 0)

    def test_help_and_manuals_name_the_same_options(self) -> None:
        text = self.good(run("--help"))
        options = re.findall(r"^  --([a-z-]+)", text, re.MULTILINE)
        self.assertGreater(len(options), 30)
        for manual in MANUALS:
            content = Path(manual).read_text(encoding="utf-8").replace("\\-", "-")
            for option in options:
                self.assertRegex(content, rf"--{option}\b|`{option}`", f"{manual} does not tell of --{option}")
            for named in re.findall(r"--([a-z]+(?:-[a-z]+)*)", content):
                self.assertIn(named, options + ["name"], manual)
        self.assertRegex(self.good(run("--version")), r"^snapscaled v\d+\.\d+\.\d+$")

    def test_the_operators_page_shows_what_the_program_prints(self) -> None:
        page = Path("docs/node.md").read_text(encoding="utf-8")
        self.assertIn("```\n" + self.good(run("--help")) + "```", page)
        shown = re.search(r"```\n(\{.*?\n\})\n```", page, re.DOTALL).group(1)
        made = json.loads(self.good(run("--make-genesis", "-", "--key", json.loads(shown)["initial_key"])))
        self.assertEqual(made["initial_configuration"], json.loads(shown)["initial_configuration"])

    def test_the_example_configuration_holds_every_setting_at_its_default(self) -> None:
        example = Path("host/node/snapscaled.ini").read_text(encoding="ascii")
        named = dict(re.findall(r"^(?:; )?([a-z-]+) = (.*)$", example, re.MULTILINE))
        settings = re.findall(r"^  --([a-z-]+) \S+ +(.*)$", self.good(run("--help")), re.MULTILINE)
        tasks = {"config", "key", "make-key", "make-genesis", "truncate-log"}
        for name, text in settings:
            if name in tasks or name.startswith("snapshot-"):
                continue
            self.assertIn(name, named)
            default = re.search(r"; default:? ([\w./]+)", text)
            if default and default.group(1) not in ("none", "one"):
                self.assertEqual(named[name], default.group(1), name)
        self.assertEqual(run("--config", "host/node/snapscaled.ini", "--version").returncode, 0)


if __name__ == "__main__":
    unittest.main()
