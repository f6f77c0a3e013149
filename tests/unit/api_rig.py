# SPDX-License-Identifier: Apache-2.0
"""A node of its own for a test of the HTTP interface, and what its clients need."""
import http.client
import json
import os
import subprocess
import time
import unittest

NODE = os.environ.get("BUILD", "build") + "/tests/api_node"
HANG_SECONDS = 120  # a hang guard
LIFETIME_S = 600  # of a transaction: however slow the machine is
SYSTEM_KEY = "EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV"


class Node:
    """build/tests/api_node; `options` are those of struct api_options."""

    def __init__(self, **options) -> None:
        arguments = [f"{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen([NODE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        assert words[0] == "port", words
        self.port = int(words[1])
        self.nonce = 0

    def close(self) -> None:
        """Ends it, and sees that it ends well: the sanitizers speak then."""
        self.process.stdin.close()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        code = self.process.wait(timeout=HANG_SECONDS)
        assert code == 0 and rest == "", (code, rest)

    def command(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def connect(self, timeout: float = HANG_SECONDS) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, path: str, body=None, method: str = "POST", headers: dict = None) -> tuple:
        """(status, headers, body as bytes)"""
        connection = self.connect()
        try:
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, path: str, body=None) -> tuple:
        """(status, JSON); without a leading slash the path is below /v1/chain."""
        status, _, text = self.request(path if path.startswith("/") else "/v1/chain/" + path, body)
        return status, json.loads(text)

    def good(self, path: str, body=None):
        status, answer = self.ask(path, body)
        assert status in (200, 202), (path, body, status, answer)
        return answer

    def serves(self) -> bool:
        try:
            return self.request("/v1/chain/get_info")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    # ---------------------------------------------------------------- transactions
    def action(self, account: str, name: str, actor: str, data) -> dict:
        if not isinstance(data, str):
            data = self.good("abi_json_to_bin", {"code": account, "action": name, "args": data})["binargs"]
        return {"account": account, "name": name, "authorization": [{"actor": actor, "permission": "active"}], "data": data}

    def transaction(self, *actions: dict, lifetime_s: int = LIFETIME_S) -> dict:
        """On top of the head, as a client makes it."""
        info = self.good("get_info")
        self.nonce += 1
        expiration = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + lifetime_s))
        block = info["head_block_id"]
        return {"expiration": expiration, "ref_block_num": int(block[4:8], 16),
                "ref_block_prefix": int.from_bytes(bytes.fromhex(block[16:24]), "little"),
                "max_net_usage_words": 100000 + self.nonce,  # no two are the same
                "actions": list(actions)}

    def sign(self, transaction: dict, *keys: int) -> dict:
        numbers = ",".join(str(key) for key in keys) or "0"
        return json.loads(self.command(f"sign {numbers} {json.dumps(transaction)}"))

    def push(self, *actions: dict, keys: tuple = (0,), path: str = "push_transaction"):
        return self.good(path, self.sign(self.transaction(*actions), *keys))

    def transfer(self, sender: str, receiver: str, quantity: str, memo: str = "") -> dict:
        return self.action("eosio.token", "transfer", sender,
                           {"from": sender, "to": receiver, "quantity": quantity, "memo": memo})

    # ---------------------------------------------------------------- a world
    def found(self) -> None:
        """The accounts alice (key 1), bob (key 2) and tabler (key 0), and a token."""
        for name, key in (("alice", 1), ("bob", 2), ("tabler", 0)):
            authority = {"threshold": 1, "keys": [{"key": self.command(f"key {key}"), "weight": 1}], "accounts": [], "waits": []}
            self.push(self.action("eosio", "newaccount", "eosio",
                                  {"creator": "eosio", "name": name, "owner": authority, "active": authority}))
        self.push(self.action("eosio.token", "create", "eosio.token",
                              {"issuer": "eosio", "maximum_supply": "1000000.0000 SYS"}))
        self.push(self.action("eosio.token", "issue", "eosio",
                              {"to": "eosio", "quantity": "500000.0000 SYS", "memo": ""}),
                  self.transfer("eosio", "alice", "1000.0000 SYS", "for alice"))

    def wait_block(self, height: int = None) -> dict:
        """get_info once the head is at the height, or one block further than now."""
        info = self.good("get_info")
        wanted = height if height is not None else info["head_block_num"] + 1
        while info["head_block_num"] < wanted:
            time.sleep(0.05)
            info = self.good("get_info")
        return info


class NodeTest(unittest.TestCase):
    """Each class of tests has a node of its own, with the options in OPTIONS."""
    OPTIONS = {}
    node: Node

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node(**cls.OPTIONS)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.node.close()

    def eventually(self, holds, otherwise: str) -> None:
        """Waits until it is so: the node learns by itself that a connection is gone, say."""
        deadline = time.monotonic() + HANG_SECONDS
        while not holds():
            self.assertLess(time.monotonic(), deadline, otherwise)
            time.sleep(0.05)

    def fails(self, path: str, body, status: int, code: int, name: str) -> str:
        """Sees an error in the family's form; returns the details' message."""
        got, answer = self.node.ask(path, body)
        self.assertEqual((got, answer.get("code")), (status, status), answer)
        self.assertEqual(set(answer), {"code", "message", "error"})
        error = answer["error"]
        self.assertEqual((error["code"], error["name"]), (code, name), answer)
        self.assertEqual(set(error), {"code", "name", "what", "details"})
        self.assertEqual(set(error["details"][0]), {"message", "file", "line_number", "method"})
        return error["details"][0]["message"]
