#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""/v1/chain as the family's clients meet it: the forms of nodeos, and its errors."""
import base64
import hashlib
import json
import re
import time
import unittest
import zlib

from api_rig import SYSTEM_KEY, NodeTest

ID = re.compile(r"^[0-9a-f]{64}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(000|500)$")
SIGNATURE = re.compile(r"^SIG_K1_[1-9A-Za-z]+$")
ZEROS = "0" * 64
TRACE = {"id", "block_num", "block_time", "producer_block_id", "receipt", "elapsed", "net_usage", "scheduled",
         "action_traces", "account_ram_delta", "except", "error_code"}
ACTION_TRACE = {"action_ordinal", "creator_action_ordinal", "closest_unnotified_ancestor_action_ordinal", "receipt",
                "receiver", "act", "context_free", "elapsed", "console", "trx_id", "block_num", "block_time",
                "producer_block_id", "account_ram_deltas", "except", "error_code", "return_value_hex_data"}
HEADER = {"timestamp", "producer", "confirmed", "previous", "transaction_mroot", "action_mroot", "schedule_version"}


class Chain(NodeTest):
    """One node; the tests only read it, or push what the others do not look at."""
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.node.found()
        cls.sent = cls.node.push(cls.node.transfer("alice", "bob", "1.2345 SYS", "a \"memo\"\n\u00e9"), keys=(1,))
        cls.height = cls.sent["processed"]["block_num"]
        cls.node.wait_block(cls.height)

    # ---------------------------------------------------------------- the chain
    def test_get_info(self) -> None:
        info = self.node.good("get_info")
        self.assertEqual(set(info), {
            "server_version", "chain_id", "head_block_num", "last_irreversible_block_num", "last_irreversible_block_id",
            "head_block_id", "head_block_time", "head_block_producer", "virtual_block_cpu_limit",
            "virtual_block_net_limit", "block_cpu_limit", "block_net_limit", "server_version_string",
            "fork_db_head_block_num", "fork_db_head_block_id", "server_full_version_string", "total_cpu_weight",
            "total_net_weight", "earliest_available_block_num"})
        for name in ("chain_id", "head_block_id", "last_irreversible_block_id"):
            self.assertRegex(info[name], ID)
        self.assertEqual(int(info["head_block_id"][:8], 16), info["head_block_num"])
        self.assertRegex(info["head_block_time"], TIME)
        self.assertEqual(info["head_block_producer"], "eosio")
        self.assertEqual(info["server_version_string"], "v1.2.3")
        self.assertRegex(info["server_version"], r"^[0-9a-f]{8}$")

    def test_get_info_takes_get_and_any_body(self) -> None:
        for method, body in (("GET", None), ("POST", ""), ("POST", "{}"), ("POST", "not JSON")):
            self.assertEqual(self.node.request("/v1/chain/get_info", body, method)[0], 200)

    def test_get_block(self) -> None:
        block = self.node.good("get_block", {"block_num_or_id": self.height})
        self.assertEqual(set(block), HEADER | {"new_producers", "producer_signature", "transactions", "id", "block_num",
                                               "ref_block_prefix", "state_hash"})
        self.assertRegex(block["timestamp"], TIME)
        self.assertRegex(block["producer_signature"], SIGNATURE)
        self.assertEqual(block["block_num"], self.height)
        self.assertEqual(block["ref_block_prefix"], int.from_bytes(bytes.fromhex(block["id"][16:24]), "little"))
        receipt = [one for one in block["transactions"] if one["trx"]["id"] == self.sent["transaction_id"]][0]
        self.assertEqual(set(receipt), {"status", "cpu_usage_us", "net_usage_words", "trx"})
        self.assertEqual(receipt["status"], "executed")
        trx = receipt["trx"]
        self.assertEqual(set(trx), {"id", "signatures", "compression", "packed_context_free_data", "context_free_data",
                                    "packed_trx", "transaction"})
        self.assertEqual(hashlib.sha256(bytes.fromhex(trx["packed_trx"])).hexdigest(), trx["id"])
        self.assertRegex(trx["signatures"][0], SIGNATURE)
        transaction = trx["transaction"]
        self.assertEqual(set(transaction), {"expiration", "ref_block_num", "ref_block_prefix", "max_net_usage_words",
                                            "max_cpu_usage_ms", "delay_sec", "context_free_actions", "actions",
                                            "transaction_extensions"})
        action = transaction["actions"][0]
        self.assertEqual(action["data"], {"from": "alice", "to": "bob", "quantity": "1.2345 SYS",
                                          "memo": "a \"memo\"\n\u00e9"})
        self.assertEqual(action["authorization"], [{"actor": "alice", "permission": "active"}])
        self.assertTrue(action["hex_data"].startswith("0000000000855c34"))

    def test_get_block_by_id_is_the_same(self) -> None:
        block = self.node.good("get_block", {"block_num_or_id": str(self.height)})
        self.assertEqual(self.node.good("get_block", {"block_num_or_id": block["id"]}), block)

    def test_blocks_that_are_not_there(self) -> None:
        for path in ("get_block", "get_block_header", "get_block_header_state", "get_raw_block"):
            for name in ("99999999", "4294967298", "00" * 32):
                self.fails(path, {"block_num_or_id": name}, 400, 3100002, "unknown_block_exception")
            for name in ("nonsense", "-1", "1x", "0x10", "99999999999999999999", "00" * 31, "00" * 33):
                self.fails(path, {"block_num_or_id": name}, 500, 3010008, "block_id_type_exception")
        self.fails("get_block_info", {"block_num": 99999999}, 400, 3100002, "unknown_block_exception")

    def test_get_block_info(self) -> None:
        info = self.node.good("get_block_info", {"block_num": self.height})
        self.assertEqual(set(info), HEADER | {"block_num", "ref_block_num", "id", "producer_signature", "ref_block_prefix"})
        self.assertEqual(info["ref_block_num"], self.height % 65536)

    def test_headers(self) -> None:
        block = self.node.good("get_block", {"block_num_or_id": self.height})
        header = self.node.good("get_block_header", {"block_num_or_id": self.height})
        self.assertEqual(header["id"], block["id"])
        self.assertEqual(header["signed_block_header"]["header_extensions"], [[0x5353, block["state_hash"]]])
        state = self.node.good("get_block_header_state", {"block_num_or_id": block["id"]})
        self.assertEqual(state["header"], header["signed_block_header"])
        self.assertEqual(state["active_schedule"]["producers"][0]["producer_name"], "eosio")
        raw = self.node.good("get_raw_block", {"block_num_or_id": self.height})
        self.assertEqual(set(raw["transactions"][0]["trx"]), {"signatures", "compression", "packed_context_free_data",
                                                              "packed_trx"})

    # ---------------------------------------------------------------- accounts and contracts
    def test_get_account(self) -> None:
        account = self.node.good("get_account", {"account_name": "alice"})
        for name in ("account_name", "head_block_num", "head_block_time", "privileged", "last_code_update", "created",
                     "core_liquid_balance", "ram_quota", "net_weight", "cpu_weight", "net_limit", "cpu_limit",
                     "ram_usage", "permissions", "total_resources", "self_delegated_bandwidth", "refund_request",
                     "voter_info", "rex_info", "subjective_cpu_bill_limit", "eosio_any_linked_actions"):
            self.assertIn(name, account)
        self.assertTrue(account["core_liquid_balance"].endswith(" SYS"))
        self.assertEqual(set(account["cpu_limit"]), {"used", "available", "max", "last_usage_update_time", "current_used"})
        active = account["permissions"][0]
        self.assertEqual((active["perm_name"], active["parent"]), ("active", "owner"))
        self.assertEqual(active["required_auth"], {"threshold": 1, "keys": [{"key": self.node.command("key 1"), "weight": 1}],
                                                   "accounts": [], "waits": []})
        self.assertEqual(account["permissions"][1]["perm_name"], "owner")
        self.assertEqual(account["permissions"][1]["parent"], "")

    def test_the_balance_is_of_the_symbol_that_was_asked_for(self) -> None:
        with_symbol = {"account_name": "alice", "expected_core_symbol": "4,SYS"}
        self.assertIn("core_liquid_balance", self.node.good("get_account", with_symbol))
        with_symbol["expected_core_symbol"] = "4,OTHER"
        self.assertNotIn("core_liquid_balance", self.node.good("get_account", with_symbol))

    def test_linked_actions(self) -> None:
        self.node.push(self.node.action("eosio", "updateauth", "bob", {
            "account": "bob", "permission": "pay", "parent": "active",
            "auth": {"threshold": 1, "keys": [{"key": self.node.command("key 9"), "weight": 1}], "accounts": [], "waits": []}}),
                       keys=(2,))
        self.node.push(self.node.action("eosio", "linkauth", "bob", {
            "account": "bob", "code": "eosio.token", "type": "transfer", "requirement": "pay"}), keys=(2,))
        permissions = {one["perm_name"]: one for one in self.node.good("get_account", {"account_name": "bob"})["permissions"]}
        self.assertEqual(permissions["pay"]["linked_actions"], [{"account": "eosio.token", "action": "transfer"}])
        self.assertEqual(permissions["active"]["linked_actions"], [])

    def test_unknown_accounts(self) -> None:
        for path in ("get_account", "get_abi", "get_raw_abi", "get_code", "get_code_hash", "get_raw_code_and_abi"):
            message = self.fails(path, {"account_name": "nobody"}, 400, 3060002, "account_query_exception")
            self.assertIn("nobody", message)

    def test_get_abi(self) -> None:
        answer = self.node.good("get_abi", {"account_name": "eosio.token"})
        self.assertEqual(answer["account_name"], "eosio.token")
        self.assertTrue(answer["abi"]["version"].startswith("eosio::abi/1."))
        self.assertIn({"name": "transfer", "type": "transfer", "ricardian_contract": ""}, answer["abi"]["actions"])
        self.assertEqual(self.node.good("get_abi", {"account_name": "alice"}), {"account_name": "alice"})

    def test_get_raw_abi(self) -> None:
        answer = self.node.good("get_raw_abi", {"account_name": "eosio.token"})
        abi = base64.b64decode(answer["abi"], validate=True)
        self.assertEqual(hashlib.sha256(abi).hexdigest(), answer["abi_hash"])
        self.assertEqual(answer["code_hash"], ZEROS)
        known = {"account_name": "eosio.token", "abi_hash": answer["abi_hash"]}
        self.assertNotIn("abi", self.node.good("get_raw_abi", known))
        both = self.node.good("get_raw_code_and_abi", {"account_name": "eosio.token"})
        self.assertEqual((both["wasm"], both["abi"]), ("", answer["abi"]))
        self.assertEqual(self.node.good("get_raw_abi", {"account_name": "alice"})["abi"], "")

    def test_code(self) -> None:
        self.assertEqual(self.node.good("get_code_hash", {"account_name": "eosio.token"})["code_hash"], ZEROS)
        code = self.node.good("get_code", {"account_name": "eosio.token", "code_as_wasm": True})
        self.assertEqual((code["wasm"], code["code_hash"]), ("", ZEROS))
        self.assertIn("abi", code)

    def test_abi_json_to_bin_and_back(self) -> None:
        args = {"from": "alice", "to": "bob", "quantity": "1.0000 SYS", "memo": "m"}
        binary = self.node.good("abi_json_to_bin", {"code": "eosio.token", "action": "transfer", "args": args})["binargs"]
        self.assertEqual(binary, "0000000000855c340000000000000e3d102700000000000004535953000000" + "00" + "016d")
        back = self.node.good("abi_bin_to_json", {"code": "eosio.token", "action": "transfer", "binargs": binary})
        self.assertEqual(back["args"], args)

    def test_values_that_do_not_fit(self) -> None:
        transfer = {"code": "eosio.token", "action": "transfer"}
        self.fails("abi_json_to_bin", {**transfer, "args": {"from": "alice"}}, 500, 3050002, "invalid_action_args_exception")
        self.fails("abi_json_to_bin", {**transfer, "action": "nothing", "args": {}}, 500, 3050000, "action_validate_exception")
        self.fails("abi_json_to_bin", {**transfer, "code": "alice", "args": {}}, 500, 3015001, "abi_not_found_exception")
        self.fails("abi_json_to_bin", {**transfer, "code": "nobody", "args": {}}, 400, 3060002, "account_query_exception")
        self.fails("abi_bin_to_json", {**transfer, "binargs": "00"}, 500, 3010007, "abi_type_exception")
        self.fails("abi_bin_to_json", {**transfer, "binargs": "0"}, 400, 3200006, "invalid_http_request")

    def test_get_accounts_by_authorizers(self) -> None:
        key = self.node.command("key 1")
        found = self.node.good("get_accounts_by_authorizers", {"accounts": [], "keys": [key]})["accounts"]
        self.assertEqual(found, [{"account_name": "alice", "permission_name": name, "authorizing_key": key, "weight": 1,
                                  "threshold": 1} for name in ("active", "owner")])
        self.node.push(self.node.action("eosio", "updateauth", "alice", {
            "account": "alice", "permission": "friend", "parent": "active",
            "auth": {"threshold": 2, "keys": [], "accounts": [{"permission": {"actor": "bob", "permission": "active"},
                                                              "weight": 2}], "waits": []}}), keys=(1,))
        expected = [{"account_name": "alice", "permission_name": "friend",
                     "authorizing_account": {"actor": "bob", "permission": "active"}, "weight": 2, "threshold": 2}]
        for who in ("bob", {"actor": "bob", "permission": "active"}):
            self.assertEqual(self.node.good("get_accounts_by_authorizers", {"accounts": [who]})["accounts"], expected)
        other = {"actor": "bob", "permission": "owner"}
        self.assertEqual(self.node.good("get_accounts_by_authorizers", {"accounts": [other]})["accounts"], [])

    # ---------------------------------------------------------------- tokens and producers
    def test_currency(self) -> None:
        balance = self.node.good("get_currency_balance", {"code": "eosio.token", "account": "bob", "symbol": "sys"})
        self.assertEqual(len(balance), 1)
        self.assertRegex(balance[0], r"^\d+\.\d{4} SYS$")
        self.assertEqual(self.node.good("get_currency_balance", {"code": "eosio.token", "account": "bob"}), balance)
        self.assertEqual(self.node.good("get_currency_balance", {"code": "eosio.token", "account": "bob", "symbol": "X"}), [])
        stats = self.node.good("get_currency_stats", {"code": "eosio.token", "symbol": "sys"})
        self.assertEqual(stats, {"SYS": {"supply": "500000.0000 SYS", "max_supply": "1000000.0000 SYS", "issuer": "eosio"}})
        self.assertEqual(self.node.good("get_currency_stats", {"code": "eosio.token", "symbol": "NONE"}), {})
        self.fails("get_currency_stats", {"code": "eosio", "symbol": "SYS"}, 500, 3060003, "contract_table_query_exception")
        self.fails("get_currency_balance", {"code": "nobody", "account": "bob"}, 400, 3060002, "account_query_exception")

    def test_producers(self) -> None:
        schedule = self.node.good("get_producer_schedule")
        authority = [0, {"threshold": 1, "keys": [{"key": SYSTEM_KEY, "weight": 1}]}]
        self.assertEqual(schedule, {"active": {"version": 0, "producers": [{"producer_name": "eosio", "authority": authority}]},
                                    "pending": None, "proposed": None})
        producers = self.node.good("get_producers", {"json": True, "limit": 10})
        self.assertEqual(producers["rows"][0]["owner"], "eosio")
        self.assertEqual(producers["rows"][0]["producer_key"], SYSTEM_KEY)
        self.assertEqual(self.node.good("get_producers", {"limit": 0})["more"], "eosio")
        self.assertEqual(self.node.good("get_producers", {"lower_bound": "f"})["rows"], [])

    # ---------------------------------------------------------------- transactions
    def test_push_transaction_nests_its_traces(self) -> None:
        processed = self.sent["processed"]
        self.assertEqual(set(processed), TRACE)
        self.assertEqual(processed["id"], self.sent["transaction_id"])
        self.assertEqual(set(processed["receipt"]), {"status", "cpu_usage_us", "net_usage_words"})
        self.assertEqual(processed["receipt"]["status"], "executed")
        self.assertIsNone(processed["except"])
        self.assertEqual(len(processed["action_traces"]), 1)
        action = processed["action_traces"][0]
        self.assertEqual(set(action), ACTION_TRACE | {"inline_traces"})
        self.assertEqual([one["receiver"] for one in action["inline_traces"]], ["alice", "bob"])
        self.assertEqual(action["act"]["data"]["memo"], "a \"memo\"\n\u00e9")
        receipt = action["receipt"]
        self.assertEqual(set(receipt), {"receiver", "act_digest", "global_sequence", "recv_sequence", "auth_sequence",
                                        "code_sequence", "abi_sequence"})

    def test_send_transaction_is_flat(self) -> None:
        for path in ("send_transaction", "send_transaction2"):
            signed = self.node.sign(self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS")), 1)
            body = signed if path == "send_transaction" else {"return_failure_trace": True, "retry_trx": False, "transaction": signed}
            status, answer = self.node.ask(path, body)
            self.assertEqual(status, 202)
            traces = answer["processed"]["action_traces"]
            self.assertEqual([one["receiver"] for one in traces], ["eosio.token", "alice", "bob"])
            self.assertEqual([one["closest_unnotified_ancestor_action_ordinal"] for one in traces], [0, 1, 1])
            self.assertEqual(set(traces[0]), ACTION_TRACE)

    def test_a_transfer_that_fails(self) -> None:
        transfer = self.node.transfer("bob", "alice", "999999.0000 SYS")
        for path in ("push_transaction", "send_transaction"):
            signed = self.node.sign(self.node.transaction(transfer), 2)
            self.fails(path, signed, 500, 3050003, "eosio_assert_message_exception")
        signed = self.node.sign(self.node.transaction(transfer), 2)
        self.fails("send_transaction2", {"return_failure_trace": False, "transaction": signed}, 500, 3050003,
                   "eosio_assert_message_exception")
        signed = self.node.sign(self.node.transaction(transfer), 2)
        status, answer = self.node.ask("send_transaction2", {"transaction": signed})
        self.assertEqual(status, 202)
        self.assertIsNone(answer["processed"]["receipt"])
        self.assertEqual(answer["processed"]["except"]["code"], 3050003)
        self.assertEqual(answer["processed"]["error_code"], "10000000000000000000")
        stack = answer["processed"]["except"]["stack"][0]
        self.assertIn("overdrawn", stack["data"]["message"])
        status = self.node.good("get_transaction_status", {"id": answer["transaction_id"]})
        self.assertEqual(status["state"], "FAILED")

    def test_errors_of_signatures_and_time(self) -> None:
        transfer = self.node.transfer("alice", "bob", "0.0001 SYS")
        wrong_key = self.node.sign(self.node.transaction(transfer), 7)
        self.fails("push_transaction", wrong_key, 401, 3090003, "unsatisfied_authorization")
        signed = self.node.sign(self.node.transaction(transfer), 1)
        self.node.good("push_transaction", signed)
        self.fails("push_transaction", signed, 409, 3040008, "tx_duplicate")
        expired = self.node.sign(self.node.transaction(transfer, lifetime_s=-5), 1)
        self.fails("push_transaction", expired, 500, 3040005, "expired_tx_exception")
        far = self.node.sign(self.node.transaction(transfer, lifetime_s=100000), 1)
        self.fails("push_transaction", far, 500, 3040006, "tx_exp_too_far_exception")
        elsewhere = self.node.transaction(transfer)
        elsewhere["ref_block_prefix"] ^= 1
        self.fails("push_transaction", self.node.sign(elsewhere, 1), 500, 3040007, "invalid_ref_block_exception")

    def test_transactions_that_are_none(self) -> None:
        good = self.node.sign(self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS")), 1)
        for change in ({"packed_trx": "zz"}, {"packed_trx": ""}, {"packed_trx": good["packed_trx"] + "00"},
                       {"packed_trx": 7}, {"packed_trx": good["packed_trx"][:-2]}, {"signatures": ["SIG_K1_x"]},
                       {"signatures": "none"}, {"signatures": [1]}, {"signatures": good["signatures"] * 17},
                       {"compression": "bzip2"}, {"compression": 2}):
            self.fails("push_transaction", {**good, **change}, 500, 3010010, "packed_transaction_type_exception")
        self.fails("push_transaction", {**good, "compression": "zlib"}, 500, 3040001, "tx_decompression_error")
        self.fails("push_transaction", {**good, "packed_context_free_data": "0102"}, 500, 3040004, "cfa_irrelevant_auth")
        for body in ({}, [], {"transaction": good}):
            self.fails("push_transaction", body, 500, 3010010, "packed_transaction_type_exception")
        self.fails("push_transaction", {**good, "compression": "zlib"}, 500, 3040001, "tx_decompression_error")
        self.fails("send_transaction2", good, 500, 3010010, "packed_transaction_type_exception")

    def test_zipped_and_unpacked_transactions(self) -> None:
        signed = self.node.sign(self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS")), 1)
        signed["packed_trx"] = zlib.compress(bytes.fromhex(signed["packed_trx"])).hex()
        for compression in ("zlib", 1):
            answer = self.node.ask("push_transaction", {**signed, "compression": compression})
            self.assertEqual(answer[0], 202 if compression == "zlib" else 409, answer)
        transaction = self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS"))
        signatures = self.node.sign(transaction, 1)["signatures"]
        self.assertEqual(self.node.ask("push_transaction", {**transaction, "signatures": signatures})[0], 202)

    def test_push_transactions(self) -> None:
        transfers = [self.node.sign(self.node.transaction(self.node.transfer("alice", "bob", quantity)), 1)
                     for quantity in ("0.0001 SYS", "900000.0000 SYS", "0.0002 SYS")]
        status, answer = self.node.ask("push_transactions", [*transfers, {"packed_trx": "00"}, transfers[0]])
        self.assertEqual(status, 202)
        self.assertEqual(len(answer), 5)
        for good in (0, 2):
            self.assertEqual(set(answer[good]["processed"]), TRACE)
            self.assertEqual(answer[good]["processed"]["action_traces"][0]["inline_traces"][0]["receiver"], "alice")
        codes = [answer[bad]["processed"]["except"]["code"] for bad in (1, 3, 4)]
        self.assertEqual(codes, [3050003, 3010010, 3040008])
        self.assertIn("overdrawn", answer[1]["processed"]["error"])
        self.assertEqual(answer[3]["transaction_id"], ZEROS)
        self.assertEqual(self.node.ask("push_transactions", []), (202, []))
        self.fails("push_transactions", [{}] * 1001, 500, 3040012, "too_many_tx_at_once")
        self.fails("push_transactions", {}, 400, 3200006, "invalid_http_request")

    def test_compute_transaction_keeps_nothing(self) -> None:
        before = self.node.good("get_currency_balance", {"code": "eosio.token", "account": "eosio"})
        transaction = self.node.sign(self.node.transaction(self.node.transfer("eosio", "tabler", "5.0000 SYS")))
        transaction["signatures"] = []
        for _ in range(2):
            status, answer = self.node.ask("compute_transaction", {"transaction": transaction})
            self.assertEqual(status, 200)
            self.assertEqual(answer["processed"]["receipt"]["status"], "executed")
        self.assertEqual(self.node.good("get_currency_balance", {"code": "eosio.token", "account": "eosio"}), before)
        failing = self.node.sign(self.node.transaction(self.node.transfer("tabler", "eosio", "5.0000 SYS")))
        status, answer = self.node.ask("compute_transaction", {"transaction": failing})
        self.assertEqual((status, answer["processed"]["except"]["code"]), (200, 3050003))

    def test_retry_is_refused(self) -> None:
        signed = self.node.sign(self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS")), 1)
        self.fails("send_transaction2", {"transaction": signed, "retry_trx": True}, 500, 3000000, "chain_exception")

    def test_get_required_keys(self) -> None:
        alice, bob = self.node.command("key 1"), self.node.command("key 2")
        transaction = self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS"))
        body = {"transaction": transaction, "available_keys": [SYSTEM_KEY, alice, bob]}
        self.assertEqual(self.node.good("get_required_keys", body), {"required_keys": [alice]})
        exploded = json.loads(json.dumps(body))
        exploded["transaction"]["actions"][0]["data"] = {"from": "alice", "to": "bob", "quantity": "0.0001 SYS", "memo": ""}
        self.assertEqual(self.node.good("get_required_keys", exploded), {"required_keys": [alice]})
        self.fails("get_required_keys", {**body, "available_keys": [bob]}, 401, 3090003, "unsatisfied_authorization")
        self.fails("get_required_keys", {**body, "available_keys": ["EOS1"]}, 400, 3200006, "invalid_http_request")
        self.fails("get_required_keys", {**body, "transaction": {}}, 500, 3010006, "transaction_type_exception")

    def test_get_transaction_id(self) -> None:
        transaction = self.node.transaction(self.node.transfer("alice", "bob", "0.0001 SYS"))
        packed = bytes.fromhex(self.node.sign(transaction, 1)["packed_trx"])
        self.assertEqual(self.node.good("get_transaction_id", transaction), hashlib.sha256(packed).hexdigest())

    def test_get_transaction_status(self) -> None:
        self.assertEqual(self.node.good("get_transaction_status", {"id": ZEROS})["state"], "UNKNOWN")
        sent = self.node.push(self.node.transfer("alice", "bob", "0.0001 SYS"), keys=(1,))
        self.assertIn(self.node.good("get_transaction_status", {"id": sent["transaction_id"]})["state"],
                      ("LOCALLY_APPLIED", "IN_BLOCK", "IRREVERSIBLE"))
        deadline = time.monotonic() + 120
        while True:
            status = self.node.good("get_transaction_status", {"id": sent["transaction_id"]})
            if status["state"] == "IRREVERSIBLE":
                break
            self.assertLess(time.monotonic(), deadline, status)
            time.sleep(0.1)
        self.assertEqual(status["block_number"], sent["processed"]["block_num"])
        self.assertRegex(status["block_id"], ID)
        self.assertLessEqual(status["block_number"], status["irreversible_number"])
        self.fails("get_transaction_status", {"id": "12"}, 400, 3200006, "invalid_http_request")

    def test_get_transaction(self) -> None:
        for path in ("get_transaction", "/v1/history/get_transaction"):
            answer = self.node.good(path, {"id": self.sent["transaction_id"]})
            self.assertEqual(answer["block_num"], self.height)
            self.assertEqual(answer["trx"]["trx"]["actions"][0]["data"]["to"], "bob")
            self.assertEqual([one["receiver"] for one in answer["traces"]], ["eosio.token", "alice", "bob"])
            self.fails(path, {"id": ZEROS}, 500, 3100003, "unknown_transaction_exception")

    def test_trace_api(self) -> None:
        trace = self.node.good("/v1/trace_api/get_transaction_trace", {"id": self.sent["transaction_id"]})
        self.assertEqual([one["receiver"] for one in trace["actions"]], ["eosio.token", "alice", "bob"])
        self.assertEqual(trace["actions"][0]["params"]["from"], "alice")
        block = self.node.good("/v1/trace_api/get_block", {"block_num": self.height})
        self.assertIn(trace, block["transactions"])
        self.assertTrue(block["timestamp"].endswith("Z"))
        self.assertIn(block["status"], ("pending", "irreversible"))
        self.assertEqual(self.node.ask("/v1/trace_api/get_block", {"block_num": 99999999})[0], 404)
        self.assertEqual(self.node.ask("/v1/trace_api/get_transaction_trace", {"id": ZEROS})[0], 404)

    def test_a_new_abi_is_used_at_once(self) -> None:
        abi = {"version": "eosio::abi/1.1", "structs": [{"name": "a", "base": "", "fields": [{"name": "x", "type": "uint8"}]}],
               "actions": [{"name": "go", "type": "a", "ricardian_contract": ""}], "tables": []}
        go = {"code": "bob", "action": "go", "args": {"x": 7, "y": 8}}
        for fields, binary in (("x",), "07"), (("x", "y"), "0708"), (("y", "x"), "0807"):
            abi["structs"][0]["fields"] = [{"name": name, "type": "uint8"} for name in fields]
            packed = self.node.command("packabi " + json.dumps(abi))
            self.node.push(self.node.action("eosio", "setabi", "bob", {"account": "bob", "abi": packed}), keys=(2,))
            args = {**go, "args": {name: go["args"][name] for name in fields}}
            self.assertEqual(self.node.good("abi_json_to_bin", args)["binargs"], binary)


if __name__ == "__main__":
    unittest.main(verbosity=1)
