#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`snapscale` as its user meets it: keys, transactions, what it asks a node, and what it says when it cannot go on."""
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # the sources' folder is no place for it

import wallet_fake_node as fake  # noqa: E402
import wallet_secp256k1 as secp256k1  # noqa: E402

TOOL = os.environ.get("SNAPSCALE", "build/tests/snapscale")
# One key named "one", the secret 1, under PASSPHRASE; cheap to unlock.
WALLET = Path("tests/fuzz/corpus/wallet_keystore/one-key")
PASSPHRASE = "open sesame"
COMMANDS = ["key create", "key import", "key export", "key list", "account create", "account get", "transfer",
            "get info", "get block", "get account", "get table", "get transaction", "get balance", "get abi",
            "push action", "set abi", "transaction sign", "transaction push"]
# The secret 2, in both texts.
SECRET_WIF = "5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAvUcVfH"
FAILURE = {"code": 500, "message": "Internal Service Error", "error": {
    "code": 3050003, "name": "eosio_assert_message_exception", "what": "eosio_assert_message assertion failure",
    "details": [{"message": "assertion failure with message: overdrawn balance", "file": "", "line_number": 0,
                 "method": ""}, {"message": "an \x1b[31mescape", "file": "", "line_number": 0, "method": ""}]}}


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.wallet = self.folder / "wallet"
        shutil.copy(WALLET, self.wallet)
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\nnot this\n", encoding="ascii")
        self.url = "http://127.0.0.1:1"

    def run_tool(self, *arguments: str, text: str = "", **more) -> subprocess.CompletedProcess:
        environment = {"XDG_DATA_HOME": str(self.folder / "data"), "PATH": os.environ["PATH"]}
        return subprocess.run([TOOL, "--url", self.url, *arguments], input=text, capture_output=True, text=True,
                              timeout=120, check=False, env=environment, **more)

    def run_wallet(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess:
        return self.run_tool(*arguments, "--wallet", str(self.wallet), "--passphrase-file", str(self.passphrase),
                             text=text)

    def good(self, done: subprocess.CompletedProcess) -> str:
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def keys(self) -> list:
        return json.loads(self.good(self.run_tool("key", "list", "--json", "--wallet", str(self.wallet))))


class NodeCase(Case):
    def setUp(self) -> None:
        super().setUp()
        self.node = fake.FakeNode()
        self.addCleanup(self.node.close)
        self.url = self.node.url


class Usage(Case):
    def test_help_names_every_command_and_exit_status(self) -> None:
        text = self.good(self.run_tool("--help"))
        for word in COMMANDS + ["EXIT STATUS", "--url", "--wallet", "--json", "--quiet", "SNAPSCALE_URL"]:
            self.assertIn(word, text)
        page = Path("host/wallet/snapscale.1").read_text(encoding="utf-8")
        for command in COMMANDS:
            text = self.good(self.run_tool(*command.split(), "--help"))
            self.assertTrue(text.startswith(f"snapscale {command}"), text)
            self.assertIn(command, page)
            for option in set(re.findall(r"--[a-z-]+", text)):
                self.assertTrue(option.replace("-", "\\-") in page, f"{option} is not in the man page")

    def test_lines_of_the_help_fit_a_terminal(self) -> None:
        for command in COMMANDS:
            for line in self.good(self.run_tool(*command.split(), "--help")).splitlines():
                self.assertLess(len(line), 100)

    def test_wrong_usage_ends_with_2(self) -> None:
        for arguments in ([], ["nonsense"], ["key"], ["key", "nonsense"], ["--nonsense"], ["get", "info", "more"],
                          ["transfer", "a", "b"], ["transfer", "a", "b", "1 SYS", "memo", "more"],
                          ["key", "list", "--limit", "3"], ["get", "table", "a", "b", "c", "--limit", "0"],
                          ["get", "table", "a", "b", "c", "--limit", "3x"], ["key", "create", "--type", "r1"],
                          ["key", "export", "one"], ["transfer", "A", "b", "1 SYS"], ["transfer", "a", "b", "1"],
                          ["transfer", "a", "b", "1.0 SYS", "--contract", "X"],
                          ["push", "action", "a", "b", "{"], ["push", "action", "a", "b", '{"a":1,"a":2}'],
                          ["get", "info", "--url", "ftp://x"], ["get", "info", "--url", "http://"],
                          ["account", "create", "a", "b", "EOS7"]):
            done = self.run_wallet(*arguments) if arguments[-1:] == ["EOS7"] else self.run_tool(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertTrue(done.stderr.startswith("error: "), done.stderr)
            self.assertEqual(done.stdout, "")

    def test_no_node_ends_with_3(self) -> None:
        done = self.run_tool("get", "info")
        self.assertEqual(done.returncode, 3)
        self.assertIn("error: http://127.0.0.1:1: ", done.stderr)

    def test_the_environment_may_name_the_node(self) -> None:
        done = subprocess.run([TOOL, "get", "info"], env={"SNAPSCALE_URL": "http://127.0.0.1:2/"}, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("http://127.0.0.1:2: ", done.stderr)

    def test_a_full_disk_is_noticed(self) -> None:
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([TOOL, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(done.returncode, 4)


class Keys(Case):
    def test_the_first_key_makes_the_wallet(self) -> None:
        arguments = ("key", "create", "--passphrase-file", str(self.passphrase))
        done = self.run_tool(*arguments)
        self.assertRegex(self.good(done), r"^key1 +PUB_K1_\w+ EOS\w+\n$")
        path = self.folder / "data/snapscale/wallet"
        self.assertIn(f"made the wallet {path}", done.stderr)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        self.assertEqual(path.read_bytes()[12:15], bytes([17, 8, 1]))  # scrypt's cost
        done = self.run_tool(*arguments, "--type", "sm2", "--name", "gm", "--json")
        self.assertEqual(json.loads(self.good(done))["type"], "sm2")
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(self.good(self.run_tool("key", "list")).splitlines()), 2)

    def test_what_is_imported_can_be_exported(self) -> None:
        done = self.run_wallet("key", "import", "--name", "two", text=SECRET_WIF + "\n")
        self.assertIn("two ", self.good(done))
        self.assertNotIn(SECRET_WIF, done.stdout + done.stderr)
        self.assertEqual(self.good(self.run_wallet("key", "export", "two", "--show-secret", "--legacy")),
                         SECRET_WIF + "\n")
        text = self.good(self.run_wallet("key", "export", self.keys()[1]["public_key"], "--show-secret")).strip()
        self.assertTrue(text.startswith("PVT_K1_"))
        done = self.run_wallet("key", "import", text=text)
        self.assertEqual(done.returncode, 4)
        self.assertIn("in the wallet already", done.stderr)
        done = self.run_wallet("key", "create", "--name", "two")
        self.assertIn("a key of this name already", done.stderr)

    def test_a_secret_that_is_none_is_refused(self) -> None:
        for text in ("", "\n", SECRET_WIF[:-1], "PVT_K1_" + SECRET_WIF, "x" * 2000):
            self.assertIn(self.run_wallet("key", "import", text=text).returncode, (2, 4))
        self.assertEqual([key["name"] for key in self.keys()], ["one"])

    def test_a_wrong_passphrase_says_so_and_changes_nothing(self) -> None:
        before = self.wallet.read_bytes()
        self.passphrase.write_text("open sesam\n", encoding="ascii")
        for arguments in (("key", "create"), ("key", "export", "one", "--show-secret")):
            done = self.run_wallet(*arguments)
            self.assertEqual(done.returncode, 4)
            self.assertEqual(done.stderr, f"error: {self.wallet}: wrong passphrase\n")
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.wallet.read_bytes(), before)

    def test_damage_says_so_and_changes_nothing(self) -> None:
        damaged = bytearray(self.wallet.read_bytes())
        damaged[80] ^= 1
        self.wallet.write_bytes(damaged)
        for arguments in (("key", "create"), ("key", "list"), ("key", "export", "one", "--show-secret")):
            extra = [] if arguments[1] == "list" else ["--passphrase-file", str(self.passphrase)]
            done = self.run_tool(*arguments, "--wallet", str(self.wallet), *extra)
            self.assertEqual(done.returncode, 4)
            self.assertIn("the file is damaged", done.stderr)
        self.assertEqual(self.wallet.read_bytes(), bytes(damaged))

    def test_no_wallet_says_how_to_make_one(self) -> None:
        done = self.run_tool("key", "list")
        self.assertEqual(done.returncode, 4)
        self.assertIn("snapscale key create", done.stderr)

    def test_the_passphrase_may_come_on_standard_input(self) -> None:
        done = self.run_tool("key", "import", "--wallet", str(self.wallet), "--passphrase-file", "-",
                             text=f"{SECRET_WIF}\n{PASSPHRASE}\n")
        self.good(done)

    def test_a_dead_process_leaves_no_core(self) -> None:
        with tempfile.NamedTemporaryFile() as fifo_place:
            fifo = fifo_place.name + ".fifo"
            os.mkfifo(fifo)
            self.addCleanup(os.unlink, fifo)
            process = subprocess.Popen([TOOL, "key", "create", "--wallet", str(self.wallet), "--passphrase-file", fifo])
            writer = os.open(fifo, os.O_WRONLY)  # waits until the other side reads
            limits = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"Max core file size +0 +0")
            process.kill()
            process.wait()
            os.close(writer)


class Terminal(Case):
    """Questions at a terminal of the test's own."""

    def start(self, *arguments: str) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it, and so would this
            os.execv(TOOL, [TOOL, *arguments])
        self.addCleanup(os.close, self.terminal)
        self.shown = b""

    def expect(self, text: str) -> None:
        while text.encode() not in self.shown:
            try:
                data = os.read(self.terminal, 4096)
            except OSError:  # the other side has ended
                data = b""
            self.assertTrue(data, f"{text!r} does not come; shown: {self.shown!r}")
            self.shown += data

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def end(self) -> int:
        try:
            while data := os.read(self.terminal, 4096):
                self.shown += data
        except OSError:
            pass
        return os.waitpid(self.process, 0)[1]

    def test_a_passphrase_is_not_shown(self) -> None:
        self.start("key", "create", "--wallet", str(self.wallet))
        self.expect("Passphrase of ")
        self.assertFalse(self.echoes())
        os.write(self.terminal, PASSPHRASE.encode() + b"\n")
        self.assertEqual(self.end(), 0)
        self.assertIn(b"key1", self.shown)
        self.assertNotIn(PASSPHRASE.encode(), self.shown)

    def test_a_new_passphrase_is_asked_for_twice(self) -> None:
        new = self.folder / "new"
        for second, status in ((b"other\n", 4), (b"same\n", 0)):
            self.start("key", "create", "--wallet", str(new))
            self.expect("New passphrase for ")
            os.write(self.terminal, b"same\n")
            self.expect("Once more: ")
            os.write(self.terminal, second)
            self.assertEqual(os.waitstatus_to_exitcode(self.end()), status, self.shown)
            self.assertEqual(new.exists(), status == 0)

    def test_an_interrupt_puts_the_echo_back(self) -> None:
        self.start("key", "create", "--wallet", str(self.wallet))
        self.expect("Passphrase of ")
        self.assertFalse(self.echoes())
        os.write(self.terminal, b"\x03")
        self.assertEqual(os.waitstatus_to_exitcode(self.end()), -signal.SIGINT)
        self.assertTrue(self.echoes())

    def test_a_secret_is_asked_for_without_showing_it(self) -> None:
        self.start("key", "import", "--wallet", str(self.wallet), "--passphrase-file", str(self.passphrase))
        self.expect("Secret key: ")
        self.assertFalse(self.echoes())
        os.write(self.terminal, SECRET_WIF.encode() + b"\n")
        self.assertEqual(self.end(), 0)
        self.assertNotIn(SECRET_WIF.encode(), self.shown)


def executed(request: dict) -> tuple:
    """What a node answers to send_transaction."""
    packed = bytes.fromhex(request["packed_trx"])
    data = {"from": "alice", "to": "bob", "quantity": "1.0000 SYS", "memo": "\u009b2J"}
    return 202, {"transaction_id": hashlib.sha256(packed).hexdigest(), "processed": {
        "block_num": 74567, "receipt": {"status": "executed", "net_usage_words": 16, "cpu_usage_us": 123},
        "except": None, "action_traces": [
            {"receiver": "eosio.token", "act": {"account": "eosio.token", "name": "transfer", "data": data},
             "console": "said \x1b[2J this"}]}}


class Send(NodeCase):
    def setUp(self) -> None:
        super().setUp()
        self.node.answers["/v1/chain/send_transaction"] = executed

    def sent(self) -> bytes:
        request = self.node.request("/v1/chain/send_transaction")
        self.assertEqual(request["compression"], "none")
        self.assertEqual(request["packed_context_free_data"], "")
        return bytes.fromhex(request["packed_trx"])

    def check_signer(self, packed: bytes, signatures: list) -> None:
        digest = hashlib.sha256(bytes.fromhex(fake.CHAIN_ID) + packed + bytes(32)).digest()
        self.assertEqual([secp256k1.recover(signature, digest)[1:] for signature in signatures],
                         [secp256k1.G[0].to_bytes(32, "big")])

    def expected_transfer(self, actor: str = "alice", permission: str = "active", seconds: int = 60) -> bytes:
        def name(text: str) -> bytes:
            return fake.name_value(text).to_bytes(8, "little")

        data = name("alice") + name("bob") + (10000).to_bytes(8, "little") + b"\x04SYS\0\0\0\0" + b"\x05hello"
        return ((1893456000 + seconds).to_bytes(4, "little") + b"\x45\x23" + b"\x01\x02\x03\x04" + bytes(3) + b"\0\x01"
                + name("eosio.token") + name("transfer") + b"\x01" + name(actor) + name(permission)
                + bytes([len(data)]) + data + b"\0")

    def test_a_transfer_is_made_signed_and_sent(self) -> None:
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "hello")
        text = self.good(done)
        self.assertEqual(self.node.paths(), ["/v1/chain/get_raw_abi", "/v1/chain/get_info",
                                             "/v1/chain/get_required_keys", "/v1/chain/send_transaction"])
        self.assertEqual(self.sent(), self.expected_transfer())
        self.check_signer(self.sent(), self.node.request("/v1/chain/send_transaction")["signatures"])
        asked = self.node.request("/v1/chain/get_required_keys")
        self.assertEqual(asked["available_keys"], [self.keys()[0]["public_key"]])
        self.assertEqual(asked["transaction"]["expiration"], "2030-01-01T00:01:00")
        self.assertEqual(asked["transaction"]["actions"][0]["authorization"],
                         [{"actor": "alice", "permission": "active"}])
        identifier = hashlib.sha256(self.sent()).hexdigest()
        self.assertIn(f"executed transaction: {identifier}  block 74567  128 bytes  123 us\n", text)
        self.assertIn("# eosio.token <= eosio.token::transfer {", text)
        self.assertIn(">> said \\x1b[2J this", text)
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\u009b", text)

    def test_options_of_a_transaction(self) -> None:
        self.good(self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "hello", "--permission", "carol@pay",
                                  "--expiration", "300", "--sign-with", "one"))
        self.assertEqual(self.sent(), self.expected_transfer("carol", "pay", 300))
        self.assertNotIn("/v1/chain/get_required_keys", self.node.paths())

    def test_push_action_takes_objects_lists_and_files(self) -> None:
        data = ["alice", "bob", "1.0000 SYS", "hello"]
        named = dict(zip(("from", "to", "quantity", "memo"), data))
        path = self.folder / "data.json"
        path.write_text(json.dumps(named), encoding="ascii")
        for text in (json.dumps(data), json.dumps(named), f"@{path}"):
            self.good(self.run_wallet("push", "action", "eosio.token", "transfer", text, "--permission", "alice"))
            self.assertEqual(self.sent(), self.expected_transfer())
        for arguments, why in ((("eosio.token", "nothing", "[]"), "no action nothing"),
                               (("eosio.token", "transfer", '{"from": "alice"}'), "transfer: ")):
            done = self.run_wallet("push", "action", *arguments, "--permission", "alice")
            self.assertEqual(done.returncode, 2)
            self.assertIn(why, done.stderr)
        done = self.run_wallet("push", "action", "eosio.token", "transfer", json.dumps(data))
        self.assertIn("--permission", done.stderr)
        self.assertEqual(done.returncode, 2)

    def test_signing_apart_from_making_and_sending(self) -> None:
        made = self.good(self.run_tool("transfer", "alice", "bob", "1.0000 SYS", "hello", "--no-broadcast",
                                       "--no-sign"))
        self.assertEqual(json.loads(made)["signatures"], [])
        self.node.calls.clear()
        signed = self.good(self.run_wallet("transaction", "sign", "-", "--chain-id", fake.CHAIN_ID, "--sign-with",
                                           "one", text=made))
        self.assertEqual(self.node.calls, [])
        again = self.good(self.run_wallet("transaction", "sign", "-", "--sign-with", "one", text=signed))
        self.assertEqual(json.loads(again), json.loads(signed))  # no second signature of the same key
        path = self.folder / "signed.json"
        path.write_text(signed, encoding="ascii")
        self.good(self.run_tool("transaction", "push", str(path)))
        self.assertEqual(self.sent(), self.expected_transfer())
        self.check_signer(self.sent(), json.loads(signed)["signatures"])

    def test_files_that_are_no_transactions(self) -> None:
        made = json.loads(self.good(self.run_tool("transfer", "alice", "bob", "1.0000 SYS", "--no-broadcast",
                                                  "--no-sign")))
        for change in ({"actions": []}, {"actions": 7}, {"expiration": "soon"}, {"signatures": ["SIG_K1_x"]},
                       {"signatures": ["SIG_K1_x"] * 17}, {"context_free_actions": made["actions"]}):
            done = self.run_tool("transaction", "push", "-", text=json.dumps(made | change))
            self.assertEqual(done.returncode, 2, (change, done.stderr))
        self.assertNotIn("/v1/chain/send_transaction", self.node.paths())

    def test_account_create_packs_keys_by_text_and_by_name(self) -> None:
        key = self.keys()[0]["legacy_public_key"]
        self.good(self.run_wallet("account", "create", "eosio", "alice", key, "one"))
        authority = b"\1\0\0\0\1\0\2" + secp256k1.G[0].to_bytes(32, "big") + b"\1\0\0\0"
        data = b"".join(fake.name_value(name).to_bytes(8, "little") for name in ("eosio", "alice")) + 2 * authority
        self.assertIn(bytes([len(data)]) + data + b"\0", self.sent())
        self.assertIn(fake.name_value("newaccount").to_bytes(8, "little"), self.sent())
        self.assertNotIn("/v1/chain/get_raw_abi", self.node.paths())

    def test_set_abi_packs_a_file(self) -> None:
        path = self.folder / "token.abi"
        fields = [{"name": "from", "type": "name"}, {"name": "to", "type": "name"},
                  {"name": "quantity", "type": "asset"}, {"name": "memo", "type": "string"}]
        path.write_text(json.dumps({"version": "eosio::abi/1.1", "types": [],
                                    "structs": [{"name": "transfer", "base": "", "fields": fields}],
                                    "actions": [{"name": "transfer", "type": "transfer", "ricardian_contract": ""}],
                                    "tables": [], "ricardian_clauses": [], "error_messages": [],
                                    "abi_extensions": []}), encoding="ascii")
        self.good(self.run_wallet("set", "abi", "alice", str(path)))
        self.assertIn(fake.packed_abi()[:80], self.sent())
        path.write_text("{}", encoding="ascii")
        self.assertEqual(self.run_wallet("set", "abi", "alice", str(path)).returncode, 2)

    def test_json_prints_the_answer(self) -> None:
        text = self.good(self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "hello", "--json"))
        self.assertEqual(text.count("\n"), 1)
        self.assertEqual(json.loads(text)["processed"]["block_num"], 74567)

    def test_another_transactions_id_is_noticed(self) -> None:
        self.node.answers["/v1/chain/send_transaction"] = (202, {"transaction_id": "00" * 32, "processed": {}})
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS")
        self.assertEqual(done.returncode, 3)

    def test_a_transaction_that_was_not_executed(self) -> None:
        def failed(request: dict) -> tuple:
            status, answer = executed(request)
            answer["processed"]["receipt"] = None
            return status, answer

        self.node.answers["/v1/chain/send_transaction"] = failed
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "--json")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_a_key_that_the_wallet_does_not_have(self) -> None:
        self.node.answers["/v1/chain/get_required_keys"] = (200, {"required_keys": ["EOS5"]})
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS")
        self.assertEqual(done.returncode, 4)
        self.assertIn("the wallet has no key EOS5", done.stderr)


class Wait(NodeCase):
    def setUp(self) -> None:
        super().setUp()
        self.node.answers["/v1/chain/send_transaction"] = executed
        self.states = []
        self.node.answers["/v1/chain/get_transaction_status"] = lambda _request: (200, {"state": self.states.pop(0)})

    def transfer(self, *more: str) -> subprocess.CompletedProcess:
        return self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "--wait", "final", *more)

    def test_final_is_waited_for(self) -> None:
        self.states = ["LOCALLY_APPLIED", "IN_BLOCK", "IRREVERSIBLE"]
        done = self.transfer()
        self.good(done)
        self.assertEqual(self.states, [])
        self.assertIn("final", done.stderr)
        self.states = ["IRREVERSIBLE"]
        self.assertEqual(self.transfer("--quiet").stderr, "")

    def test_what_will_never_be_final(self) -> None:
        self.states = ["FAILED"]
        self.assertEqual(self.transfer().returncode, 1)

    def test_waiting_has_an_end(self) -> None:
        self.states = ["IN_BLOCK"] * 10
        start = time.monotonic()
        done = self.transfer("--wait-seconds", "1")
        self.assertEqual(done.returncode, 3)
        self.assertIn("not final after 1 s; the node says: IN_BLOCK", done.stderr)
        self.assertGreaterEqual(time.monotonic() - start, 1)

    def test_other_words_are_wrong_usage(self) -> None:
        self.assertEqual(self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "--wait", "long").returncode, 2)


class Get(NodeCase):
    def test_questions(self) -> None:
        for arguments, path, request in (
                (["get", "info"], "get_info", {}),
                (["get", "block", "7"], "get_block", {"block_num_or_id": "7"}),
                (["get", "account", "alice"], "get_account", {"account_name": "alice"}),
                (["account", "get", "alice"], "get_account", {"account_name": "alice"}),
                (["get", "abi", "alice"], "get_abi", {"account_name": "alice"}),
                (["get", "balance", "alice"], "get_currency_balance",
                 {"code": "eosio.token", "account": "alice", "symbol": None}),
                (["get", "balance", "alice", "SYS", "--contract", "tok"], "get_currency_balance",
                 {"code": "tok", "account": "alice", "symbol": "SYS"}),
                (["get", "table", "tok", "alice", "accounts", "--limit", "3", "--lower", "SYS", "--reverse", "--index",
                  "2", "--key-type", "name"], "get_table_rows",
                 {"json": True, "code": "tok", "scope": "alice", "table": "accounts", "lower_bound": "SYS",
                  "upper_bound": "", "limit": 3, "key_type": "name", "index_position": "2", "reverse": True})):
            answer = {"abi": {"a": 1}} if path == "get_abi" else ["1.0000 SYS"] if "balance" in path else {"a": 1}
            self.node.answers["/v1/chain/" + path] = (200, answer)
            text = self.good(self.run_tool(*arguments, "--json"))
            self.assertEqual(self.node.calls[-1], ("/v1/chain/" + path, request))
            self.assertEqual(json.loads(text), {"a": 1} if path == "get_abi" else answer)
            self.assertEqual(text.count("\n"), 1)
        self.assertEqual(self.good(self.run_tool("get", "balance", "alice")), "1.0000 SYS\n")

    def test_an_account_for_people(self) -> None:
        self.node.answers["/v1/chain/get_account"] = (200, {
            "account_name": "alice", "created": "2030-01-01T00:00:00.500", "ram_quota": -1, "ram_usage": 2724,
            "net_limit": {"used": "5", "available": 95, "max": "100"},
            "cpu_limit": {"used": 1, "available": -1, "max": -1}, "core_liquid_balance": "3.0000 SYS",
            "permissions": [
                {"perm_name": "active", "parent": "owner", "required_auth": {
                    "threshold": 2, "keys": [{"key": "EOS5abc", "weight": 1}],
                    "accounts": [{"permission": {"actor": "bob", "permission": "active"}, "weight": 1}],
                    "waits": [{"wait_sec": 60, "weight": 1}]}},
                {"perm_name": "owner", "parent": "", "required_auth": {"threshold": 1, "keys": []}}]})
        self.assertEqual(self.good(self.run_tool("get", "account", "alice")), (
            "account: alice\ncreated: 2030-01-01T00:00:00.500\npermissions:\n"
            "  active (below owner) 2: 1 EOS5abc 1 bob@active 1 after 60 s\n  owner 1:\n"
            "memory: 2724 bytes used, no limit\nnet: 5 of 100 bytes used\ncpu: 1 us used, no limit\n"
            "balance: 3.0000 SYS\n"))


class Refusals(NodeCase):
    def test_the_nodes_reasons_are_printed(self) -> None:
        self.node.answers["/v1/chain/send_transaction"] = (500, FAILURE)
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr, (
            "error: 3050003 eosio_assert_message_exception: eosio_assert_message assertion failure\n"
            "  assertion failure with message: overdrawn balance\n  an \\x1b[31mescape\n"))
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (1, FAILURE))

    def test_an_unknown_route(self) -> None:
        done = self.run_tool("get", "block", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unknown Endpoint", done.stderr)

    def test_no_contract(self) -> None:
        self.node.answers["/v1/chain/get_raw_abi"] = (200, {"abi": ""})
        done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS")
        self.assertEqual(done.returncode, 1)
        self.assertIn("eosio.token has no ABI", done.stderr)

    def test_answers_that_make_no_sense(self) -> None:
        info = self.node.answers["/v1/chain/get_info"][1]
        for answer in ((200, b"<html>"), (200, b""), (200, [1]), (502, b"bad gateway"), (200, {}),
                       (200, info | {"chain_id": "00"}), (200, info | {"head_block_time": "yesterday"}),
                       (200, info | {"last_irreversible_block_num": 2**40})):
            self.node.answers["/v1/chain/get_info"] = answer
            done = self.run_wallet("transfer", "alice", "bob", "1.0000 SYS")
            self.assertEqual(done.returncode, 3, (answer, done.stderr))
        for abi in ("A", "AAA?", "AAAA=", "=" * 8, "A" * 4_000_000):
            self.node.answers["/v1/chain/get_raw_abi"] = (200, {"abi": abi})
            self.assertIn(self.run_wallet("transfer", "alice", "bob", "1.0000 SYS").returncode, (1, 3))

    def test_an_endless_answer_is_cut_off(self) -> None:
        self.node.answers["/v1/chain/get_info"] = (200, b"[" + b" " * (65 << 20) + b"]")
        done = self.run_tool("get", "info")
        self.assertEqual(done.returncode, 3)
        self.assertIn("too long", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
