#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`snapscale` on a node: accounts and transfers under keys of both kinds, and what a refusal looks like.

run.sh says where the node is (NODE_URL) and which key rules the chain (NODE_KEY_FILE).
"""
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

TOOL = os.environ["SNAPSCALE"]
URL = os.environ["NODE_URL"]
SUPPLY = "1000000000.0000 SYS"


class Wallet:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "wallet"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("open sesame\n", encoding="ascii")

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess:
        asks = arguments[0] == "get" or arguments[:2] in (("account", "get"), ("transaction", "push"))
        secret = [] if asks else ["--passphrase-file", str(self.passphrase)]
        return subprocess.run([TOOL, "--url", URL, *arguments, "--wallet", str(self.file), *secret], input=text,
                              capture_output=True, text=True, timeout=120, check=False)

    def good(self, *arguments: str, text: str = "") -> str:
        done = self.run(*arguments, text=text)
        assert done.returncode == 0, f"{arguments}: {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> object:
        return json.loads(self.good(*arguments, "--json"))

    def refused(self, why: str, *arguments: str) -> None:
        done = self.run(*arguments)
        assert done.returncode == 1, f"{arguments}: {done.returncode}: {done.stderr}"
        assert why in done.stderr, done.stderr


def test_the_chains_own_key_can_be_imported(wallet: Wallet) -> None:
    secret = Path(os.environ["NODE_KEY_FILE"]).read_text(encoding="ascii")
    wallet.good("key", "import", "--name", "genesis", text=secret)
    wallet.good("key", "create", "--name", "judy")
    wallet.good("key", "create", "--name", "mallory", "--type", "sm2")


def test_accounts_and_tokens(wallet: Wallet) -> None:
    wallet.good("account", "create", "eosio", "judy", "judy")
    wallet.good("account", "create", "eosio", "mallory", "mallory", "mallory", "--wait", "final")
    stats = wallet.json("get", "table", "eosio.token", "SYS", "stat")
    if not stats["rows"]:
        for action, data, actor in (("create", ["eosio", SUPPLY], "eosio.token"),
                                    ("issue", ["eosio", SUPPLY, ""], "eosio")):
            wallet.good("push", "action", "eosio.token", action, json.dumps(data), "--permission", actor)
    for name in ("judy", "mallory"):
        wallet.good("transfer", "eosio", name, "100.0000 SYS", "to begin with")


def test_transfers_under_both_kinds_of_keys(wallet: Wallet) -> None:
    for sender, receiver in (("judy", "mallory"), ("mallory", "judy")):
        text = wallet.good("transfer", sender, receiver, "1.5000 SYS", "there and back", "--wait", "final")
        assert "executed transaction: " in text, text
        assert f"# {receiver} <= eosio.token::transfer" in text, text
    assert wallet.good("get", "balance", "judy") == "100.0000 SYS\n"


def test_a_transaction_by_its_id_and_block(wallet: Wallet) -> None:
    sent = wallet.json("transfer", "judy", "mallory", "0.0001 SYS", "find me", "--wait", "final")
    found = wallet.json("get", "transaction", sent["transaction_id"])
    assert found["id"] == sent["transaction_id"]
    block = wallet.json("get", "block", str(sent["processed"]["block_num"]))
    assert sent["transaction_id"] in json.dumps(block)
    assert wallet.json("get", "block", block["id"]) == block


def test_signing_without_the_node(wallet: Wallet) -> None:
    chain_id = wallet.json("get", "info")["chain_id"]
    made = wallet.good("transfer", "judy", "mallory", "0.0001 SYS", "cold", "--no-broadcast", "--no-sign")
    signed = wallet.good("transaction", "sign", "-", "--chain-id", chain_id, "--sign-with", "judy", text=made)
    assert "executed transaction" in wallet.good("transaction", "push", "-", text=signed)
    other = "0" * 63 + "1"
    done = wallet.run("transaction", "sign", "-", "--chain-id", other, "--sign-with", "judy", text=made)
    done = wallet.run("transaction", "push", "-", text=done.stdout)
    assert done.returncode == 1, done.stderr


def test_what_the_node_refuses(wallet: Wallet) -> None:
    wallet.refused("overdrawn balance", "transfer", "judy", "mallory", "5000.0000 SYS")
    wallet.refused("3050003 eosio_assert_message_exception", "transfer", "judy", "mallory", "1.00 SYS")
    wallet.refused("3090003 unsatisfied_authorization", "transfer", "judy", "mallory", "1.0000 SYS", "--sign-with",
                   "mallory")
    wallet.refused("3050001 account_name_exists_exception", "account", "create", "eosio", "judy", "judy")
    wallet.refused("error: ", "get", "account", "nobody")
    wallet.refused("error: ", "get", "block", "4000000000")
    wallet.refused("error: ", "transfer", "nobody", "judy", "1.0000 SYS")


def test_an_account_and_its_rows(wallet: Wallet) -> None:
    text = wallet.good("account", "get", "mallory")
    assert "active (below owner) 1: 1 PUB_SM2_" in text, text
    rows = wallet.json("get", "table", "eosio.token", "mallory", "accounts")["rows"]
    assert [row["balance"][-4:] for row in rows] == [" SYS"], rows
    assert "transfer" in wallet.good("get", "abi", "eosio.token")


def test_an_abi_can_be_set(wallet: Wallet) -> None:
    path = wallet.file.with_name("token.abi")
    path.write_text(wallet.good("get", "abi", "eosio.token"), encoding="utf-8")
    wallet.good("set", "abi", "judy", str(path))
    assert wallet.json("get", "abi", "judy")["structs"] == wallet.json("get", "abi", "eosio.token")["structs"]


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        wallet = Wallet(Path(folder))
        for name, test in list(globals().items()):
            if not name.startswith("test_"):
                continue
            try:
                test(wallet)
                print(f"ok - wallet: {name[5:].replace('_', ' ')}", flush=True)
            except (AssertionError, subprocess.TimeoutExpired, ValueError, KeyError):
                print(f"not ok - wallet: {name[5:].replace('_', ' ')}", flush=True)
                print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
