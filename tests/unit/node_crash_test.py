#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snapscaled killed while transfers come, and started on damaged folders: what it has called final is there again, and
what is damaged it names, with a repair that works."""
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import threading
import time
import unittest
from pathlib import Path

from antelope import asset, transfer
from node_rig import PROGRAM, START_SECONDS, LedgerNode, Place, run

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
PLACES = int(os.environ.get("DAMAGE_PLACES", "0"))  # at random, in each log, besides those that are chosen
SEED = int(os.environ.get("CRASH_SEED", "0")) or random.randrange(1, 2**32)
CHECKPOINT = ("--checkpoint-bytes", "64K")  # so that kills meet checkpoints, too
GOOD = {"damaged": 0, "findings": []}
SUPPLY = 500000 * 10000


def balances(node: LedgerNode) -> dict:
    """Of everybody, in the smallest unit."""
    return {account: round(float((node.balance(account) or ["0 SYS"])[0].split()[0]) * 10000)
            for account in ("alice", "bob", "tabler", "eosio", "eosio.token")}


class Client(threading.Thread):
    """Pushes transfers, each as soon as the one before is answered, until the node is gone."""

    def __init__(self, node: LedgerNode, sender: int) -> None:
        super().__init__()
        self.node, self.sender = node, sender
        self.sent = {}  # id: (transaction, height of its block, as answered)

    def run(self) -> None:
        names = ("eosio", "alice", "bob")
        connection = self.node.connect()
        info = self.node.good("get_info")
        block = info["last_irreversible_block_id"]
        while True:
            try:
                pay = self.node.transaction(transfer(names[self.sender], names[self.sender % 2 + 1], asset(1)),
                                            lifetime_s=1800)
                pay["max_net_usage_words"] = random.randrange(1000, 2**32)  # no two are the same
                pay["ref_block_num"] = int(block[4:8], 16)  # the head may be gone after the crash
                pay["ref_block_prefix"] = int.from_bytes(bytes.fromhex(block[16:24]), "little")
                signed = self.node.sign(pay, self.sender)
                connection.request("POST", "/v1/chain/send_transaction", json.dumps(signed))
                answer = connection.getresponse()
                told = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                return connection.close()
            assert answer.status == 202, told
            self.sent[told["transaction_id"]] = (signed, told["processed"]["block_num"])


class Watcher(threading.Thread):
    """Reads the event stream; `final` is the last block that it was told to be final."""

    def __init__(self, node: LedgerNode) -> None:
        super().__init__()
        self.final = 0
        self.connection = node.connect()
        self.connection.request("GET", "/v1/events")
        self.answer = self.connection.getresponse()  # owns the socket from here on

    def run(self) -> None:
        event = ""
        try:
            while line := self.answer.readline().decode():
                if line.startswith("event: "):
                    event = line[7:].strip()
                elif line.startswith("data: ") and event == "final" and line.endswith("}\n"):
                    self.final = json.loads(line[6:])["block_num"]
        except (OSError, http.client.HTTPException):
            pass
        self.answer.close()
        self.connection.close()


class Kills(unittest.TestCase):
    def setUp(self) -> None:
        self.place = Place()
        self.addCleanup(self.place.scratch.cleanup)
        self.node = LedgerNode(self.place, *CHECKPOINT)
        self.addCleanup(lambda: self.node.process.poll() is None and self.node.kill())
        self.node.found()
        self.node.push(self.node.transfer("eosio", "bob", "1000.0000 SYS"))
        self.chance = random.Random(SEED)

    def run_until_killed(self) -> tuple:
        """What was final by then, and what was only said to be in a block."""
        watcher, clients = Watcher(self.node), [Client(self.node, sender) for sender in (1, 2)]
        for thread in (watcher, *clients):
            thread.start()
        while len(self.sent(clients, watcher.final)) < 2 and all(client.is_alive() for client in clients):
            time.sleep(0.02)
        time.sleep(self.chance.uniform(0, 1.5))
        self.node.process.kill()
        for thread in (watcher, *clients):
            thread.join()
        self.node.kill()
        return self.sent(clients, watcher.final), self.sent(clients)

    @staticmethod
    def sent(clients: list, height: int = 2**32) -> dict:
        """What is in blocks up to this height."""
        return {identity: one for client in clients for identity, one in list(client.sent.items()) if one[1] <= height}

    def test_what_was_final_survives(self) -> None:
        survived, heads = {}, [0]
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=SEED):
                final, _ = self.run_until_killed()
                self.assertEqual(self.place.check()["damaged"], 0)
                self.node = LedgerNode(self.place, *CHECKPOINT)
                survived.update(final)
                self.check_survivors(final, survived)
                heads.append(self.node.good("get_info")["head_block_num"])
                self.assertGreater(heads[-1], heads[-2])
        self.assertGreater(len(survived), ROUNDS)  # it was not idle
        self.node.wait_block()
        self.node.close()
        self.assertEqual(self.place.check(), GOOD)

    def check_survivors(self, final: dict, survived: dict) -> None:
        self.assertEqual(sum(balances(self.node).values()), SUPPLY)
        for identity, (_, height) in final.items():
            found = self.node.good("get_transaction", {"id": identity})
            self.assertEqual((found["block_num"], len(found["traces"])), (height, 3))
            self.assertEqual(self.node.good("get_transaction_status", {"id": identity})["state"], "IRREVERSIBLE")
        for identity in self.chance.sample(sorted(survived), min(10, len(survived))):
            status, answer = self.node.ask("push_transaction", survived[identity][0])
            self.assertEqual((status, answer["error"]["name"]), (409, "tx_duplicate"), answer)


class Damaged(unittest.TestCase):
    """A folder that a clean end left and that of a killed node; each test damages a copy."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = Place()
        node = LedgerNode(cls.place)
        node.found()
        cls.ids = []
        for _ in range(6):
            batch = [node.sign(node.transaction(node.transfer("alice", "bob", "0.0001 SYS"), lifetime_s=1800),
                               1) for _ in range(10)]
            cls.ids += [one["transaction_id"] for one in node.good("push_transactions", batch)]
            node.wait_block()
        cls.balances, cls.head = balances(node), node.good("get_info")["last_irreversible_block_num"]
        node.process.kill()  # nothing is checkpointed
        node.kill()
        cls.killed = str(cls.place.folder / "killed")
        shutil.copytree(cls.place.data, cls.killed)
        LedgerNode(cls.place).close()
        cls.clean = str(cls.place.folder / "clean")
        shutil.copytree(cls.place.data, cls.clean)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.place.scratch.cleanup()

    def copy(self, folder: str) -> Path:
        self.data = str(self.place.folder / "copy")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(folder, self.data)
        return Path(self.data)

    # ---------------------------------------------------------------- looking
    def starts(self, blocks: bool = True, traces: bool = True) -> None:
        """It serves, goes on, has all of those that it had, and ends well."""
        node = LedgerNode(self.place, data=self.data)
        try:
            info = node.good("get_info")
            if blocks:
                self.assertGreaterEqual(info["head_block_num"], self.head)
                self.assertEqual(balances(node), self.balances)
            for identity in self.ids[::7] if blocks and traces else ():
                self.assertEqual(len(node.good("get_transaction", {"id": identity})["traces"]), 3)
            self.assertIn(sum(balances(node).values()), (SUPPLY, 0) if not blocks else (SUPPLY,))
            node.wait_block(info["head_block_num"] + 1)
            node.close()
        finally:
            if node.process.poll() is None:
                node.kill()
        self.assertEqual(self.check()["damaged"], 0)

    def check(self) -> dict:
        done = subprocess.run([PROGRAM, "--data-dir", self.data, "--check", "--json"], capture_output=True, text=True,
                              timeout=START_SECONDS, check=False)
        self.assertIn(done.returncode, (0, 1), done)
        self.assertNotIn("Sanitizer", done.stderr)
        return json.loads(done.stdout) if done.stdout else {"damaged": 1, "findings": [{"text": done.stderr}]}

    def refusal(self) -> str:
        """Why it does not start; "" when it does."""
        try:
            node = LedgerNode(self.place, data=self.data)
        except AssertionError as refused:
            text = str(refused)
            self.assertNotIn("Sanitizer", text)
            self.assertIn(" error ", text)
            return text
        node.close()
        return ""

    def findings(self) -> str:
        return " ".join(finding["text"] for finding in self.check()["findings"] if not finding.get("harmless"))

    # ---------------------------------------------------------------- repairing
    def repair(self, text: str) -> bool:
        """Does what the text says. True when blocks were given up for it."""
        folders = [word for word in ("state", "traces",
                                     "index") if re.search(rf"remove [^;]*{re.escape(self.data)}/{word}\b", text)
                   or re.search(rf"{re.escape(self.data)}/{word}\b[^;]*; remove (the|that) folder", text)]
        cut = re.search(r"--truncate-log (\d+)", text)
        self.assertTrue(folders or cut, text)
        if "traces" in folders:
            folders.append("state")  # to have those of all blocks
        for word in folders:
            shutil.rmtree(Path(self.data, word), ignore_errors=True)
        if not cut:
            return False
        done = subprocess.run([PROGRAM, "--data-dir", self.data, "--truncate-log", cut[1]], capture_output=True, text=True,
                              timeout=START_SECONDS, check=False)
        if done.returncode != 0:
            self.assertIn(f"{self.data}/state", done.stderr)
            self.assertIn("remove", done.stderr)
            shutil.rmtree(Path(self.data, "state"))
            run("--data-dir", self.data, "--truncate-log", cut[1])
        return True

    def heals(self, *looks) -> None:
        """What is damaged is named by one of the looks, in turns, with a repair; then it starts right."""
        given_up = False
        for look in (*looks, self.findings, self.refusal):
            text = look()
            given_up |= text != "" and self.repair(text)
        self.starts(blocks=not given_up)

    @staticmethod
    def flip(path: Path, place: int, bit: int = 0) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 1 << bit
        path.write_bytes(content)

    def damage_each(self, folder: str, pattern: str, ways: list) -> None:
        """Each way, a part of the file's bytes from the front, once flips a bit there and once cuts the file there."""
        more = range(PLACES if pattern.endswith(".log") else 0)  # LMDB does not survive everything
        for part in ways + [random.Random(f"{SEED} {pattern} {number}").random() for number in more]:
            for cuts in (False, True):
                [path] = sorted(self.copy(folder).glob(pattern))[-1:]
                size = path.stat().st_size
                place = min(int(size * part), size - 1)
                if cuts:
                    os.truncate(path, place)
                else:
                    self.flip(path, place, place % 8)
                with self.subTest(folder=Path(folder).name, file=pattern, place=place, size=size, cuts=cuts):
                    self.heals(*[self.refusal] * cuts)


class Logs(Damaged):
    def test_undamaged(self) -> None:
        for folder in (self.clean, self.killed):
            self.copy(folder)
            self.starts()

    def test_block_log(self) -> None:
        self.damage_each(self.clean, "blocks/*.log", [0.3])
        self.damage_each(self.killed, "blocks/*.log", [0.0, 0.3, 0.97])

    def test_mark_of_the_block_log(self) -> None:
        self.damage_each(self.killed, "blocks/synced", [0.5])

    def test_trace_log(self) -> None:
        self.damage_each(self.clean, "traces/*.log", [0.4])
        self.damage_each(self.killed, "traces/*.log", [0.97])


class Databases(Damaged):
    def test_index(self) -> None:
        self.damage_each(self.clean, "index/data.mdb", [0.2, 0.6])

    def test_state(self) -> None:
        self.damage_each(self.clean, "state/data.mdb", [0.0, 0.2, 0.6])

    def test_what_is_missing(self) -> None:
        for words in (("state",), ("index",), ("traces",), ("traces", "state"), ("genesis.json", "lock"), ("blocks",)):
            data = self.copy(self.clean)
            for word in words:
                shutil.rmtree(data / word) if (data / word).is_dir() else (data / word).unlink()
            with self.subTest(missing=words):
                self.starts(traces=words not in (("traces",), ("blocks",)))


class Snapshots(unittest.TestCase):
    def test_from_one_folder_into_another(self) -> None:
        place = Place()
        self.addCleanup(place.scratch.cleanup)
        node = LedgerNode(place)
        node.found()
        sent = node.sign(node.transaction(node.transfer("alice", "bob", "1.0000 SYS"), lifetime_s=1800), 1)
        node.wait_block(node.good("push_transaction", sent)["processed"]["block_num"] + 1)
        before = balances(node)
        node.close()
        snapshot, copy = place.folder / "snapshot", str(place.folder / "copy")
        written = json.loads(run("--data-dir", place.data, "--snapshot-write", str(snapshot), "--json").stdout)
        self.assertEqual(json.loads(run("--snapshot-verify", str(snapshot), "--json").stdout), written)
        whole = snapshot.read_bytes()
        for place_ in (0, 9, 40, 90, len(whole) // 2, len(whole) - 1):
            snapshot.write_bytes(whole[:place_] + bytes([whole[place_] ^ 4]) + whole[place_ + 1:])
            self.assertIn(str(snapshot), run("--snapshot-verify", str(snapshot), code=1).stderr)
            snapshot.write_bytes(whole[:place_])
            self.assertIn(str(snapshot), run("--snapshot-verify", str(snapshot), code=1).stderr)
        load = ("--data-dir", copy, "--genesis", place.genesis, "--snapshot-load", str(snapshot))
        run(*load, code=1)  # a cut one loads nothing
        snapshot.write_bytes(whole)
        self.assertEqual(json.loads(run(*load, "--json").stdout), written)
        node = LedgerNode(place, data=copy)
        self.assertEqual(balances(node), before)
        status, answer = node.ask("push_transaction", sent)
        self.assertEqual((status, answer["error"]["name"]), (409, "tx_duplicate"))
        node.push(node.transfer("alice", "bob", "1.0000 SYS"), keys=(1,))
        self.assertGreater(node.wait_block()["head_block_num"], written["height"])
        node.kill()
        self.assertEqual(json.loads(run("--data-dir", copy, "--check", "--json").stdout)["damaged"], 0)
        node = LedgerNode(place, data=copy)
        self.assertEqual(sum(balances(node).values()), SUPPLY)
        node.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
