# SPDX-License-Identifier: Apache-2.0
"""A whole node, build/tests/snapscaled, with a world in it and keys to sign with, for tests that attack it."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import api_rig
from antelope import Key, digest, pack

PROGRAM = os.environ.get("SNAPSCALED", "build/tests/snapscaled")
START_SECONDS = 120  # a hang guard
# Memory that the sanitizer holds back from reuse would look like a leak.
SANITIZER = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=8")))


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess:
    """One of the program's tasks, to its end."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, (arguments, done)
    return done


class Place:
    """Keys and genesis; a data folder."""

    def __init__(self) -> None:
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.key, self.genesis, self.data = (str(self.folder / name) for name in ("key", "genesis.json", "data"))
        public = run("--make-key", self.key).stdout.strip()
        run("--make-genesis", self.genesis, "--key", public)
        self.keys = [Key.load(self.key), Key(0xA11CE), Key(0xB0B)]  # api_rig's numbers: genesis, alice, bob
        assert self.keys[0].text == public

    def check(self) -> dict:
        done = run("--data-dir", self.data, "--check", "--json")
        return json.loads(done.stdout)


class LedgerNode(api_rig.Node):
    """snapscaled on a Place; the clients' side is api_rig's."""

    def __init__(self, place: Place, *arguments: str, data: str = "") -> None:
        self.place = place
        self.nonce = time.time_ns() % 1000000  # a restarted node gets no transaction twice by accident
        self.log = open(place.folder / "log", "a+", encoding="utf-8")
        start = self.log.seek(0, os.SEEK_END)
        self.process = subprocess.Popen(
            [PROGRAM, "--http-port", "0", "--data-dir", data or place.data, "--genesis", place.genesis, "--producer-key",
             place.key, *arguments], stdin=subprocess.DEVNULL, stderr=self.log,
             env={**os.environ, "ASAN_OPTIONS": SANITIZER})
        deadline = time.monotonic() + START_SECONDS
        self.port = 0
        while not self.port:
            text = self.log_from(start)
            found = re.search(r"serving http://[^:]+:(\d+)", text)
            self.port = int(found[1]) if found else 0
            if not found and (self.process.poll() is not None or time.monotonic() > deadline):
                self.kill()
                raise AssertionError(text)
            time.sleep(0.02)

    def log_from(self, start: int = 0) -> str:
        self.log.seek(start)
        return self.log.read()

    def close(self) -> None:
        """Ends it, and sees that it ends well: the sanitizers speak then."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=START_SECONDS)
        assert code == 0, (code, self.log_from())
        self.log.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def command(self, line: str) -> str:
        what, number = line.split()
        assert what == "key"
        return self.place.keys[int(number)].text

    # ---------------------------------------------------------------- transactions
    def transaction(self, *actions: dict, lifetime_s: int = api_rig.LIFETIME_S) -> dict:
        """As antelope.pack takes it, on top of the head."""
        info = self.good("get_info")
        self.chain_id = info["chain_id"]
        self.nonce += 1
        block = info["head_block_id"]
        return {"expiration": int(time.time()) + lifetime_s, "ref_block_num": int(block[4:8], 16),
                "ref_block_prefix": int.from_bytes(bytes.fromhex(block[16:24]), "little"),
                "max_net_usage_words": 100000 + self.nonce,  # no two are the same
                "actions": list(actions)}

    def sign(self, transaction: dict, *keys: int) -> dict:
        return self.signed(pack(transaction), *keys)

    def signed(self, packed: bytes, *keys: int) -> dict:
        what = digest(self.chain_id, packed)
        return {"signatures": [self.place.keys[key].sign(what) for key in keys], "compression": "none",
                "packed_context_free_data": "", "packed_trx": packed.hex()}

    # ---------------------------------------------------------------- what it is like
    def metric(self, name: str) -> int:
        return int(re.search(rf"^snapscale_{name} (\d+)$", self.request("/metrics")[2].decode(), re.MULTILINE)[1])

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def balance(self, account: str, code: str = "SYS") -> list:
        return self.good("get_currency_balance", {"code": "eosio.token", "account": account, "symbol": code})

    def ledger(self) -> dict:
        """What a refused transaction must leave as it is."""
        accounts = {}
        for account in ("alice", "bob", "tabler", "eosio", "eosio.token"):
            told = self.good("get_account", {"account_name": account})
            accounts[account] = (told["ram_usage"], told["permissions"], self.balance(account))
        return {"accounts": accounts, "supply": self.good("get_currency_stats", {"code": "eosio.token", "symbol": "SYS"}),
                "abi": self.good("get_raw_abi", {"account_name": "tabler"})["abi_hash"]}
