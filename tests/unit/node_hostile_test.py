#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snapscaled under attack over HTTP: each attack gets the family's error, and leaves the node as it was."""
import calendar
import json
import os
import random
import re
import socket
import threading
import time
import unittest
import zlib

from antelope import G, N, action, asset, digest, name, pack, signature_text, sized, symbol, transfer, varuint
from api_rig import HANG_SECONDS, NodeTest
from node_rig import LedgerNode, Place

INVALID_REQUEST = (400, 3200006, "invalid_http_request")
INVALID_PACKED = (500, 3010010, "packed_transaction_type_exception")
TOO_BIG = (500, 3040013, "tx_too_big")
BAD_ZIP = (500, 3040001, "tx_decompression_error")
CONTEXT_FREE = (500, 3040004, "cfa_irrelevant_auth")
INVALID_ABI = (500, 3010007, "abi_type_exception")
ASSERTION = (500, 3050003, "eosio_assert_message_exception")
TRANSACTION = (500, 3040000, "transaction_exception")
AUTHORIZATION = (500, 3090000, "authorization_exception")
UNSATISFIED = (401, 3090003, "unsatisfied_authorization")
DUPLICATE = (409, 3040008, "tx_duplicate")
PUSH_ROUTES = ("push_transaction", "send_transaction", "send_transaction2", "push_transactions")
AMOUNT_MAX = 2**62 - 1
MEMORY_MB = 96  # that an attack may leave behind: caches that have a limit fill
# A limit that is waited for, and that a client whose machine stands still for seconds keeps to.
LIMIT_SECONDS = "10"
# Of a node on which connections must stay open, however busy the machine is.
PATIENT = ("--http-idle-seconds", "3600", "--http-request-seconds", "3600")
FLOOD = int(os.environ.get("HOSTILE_FLOOD", "20000"))


class Attack(NodeTest):
    """A node with a world; each test ends with a look at whether that has changed."""
    NODE_OPTIONS = ()

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = Place()
        cls.node = LedgerNode(cls.place, *cls.NODE_OPTIONS)
        cls.node.found()
        cls.node.push(transfer("alice", "bob", asset(1)), keys=(1,))  # pays for her own row from now on
        cls.bring_back(1)
        cls.node.wait_block()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.node.wait_block()  # the head goes on
        cls.node.close()
        assert cls.place.check() == {"damaged": 0, "findings": []}
        cls.place.scratch.cleanup()

    @classmethod
    def bring_back(cls, amount: int) -> None:
        """Undoes honest transfers of Alice's to Bob."""
        close = action("eosio.token", "close", name("bob") + symbol(4, "SYS"), "bob@active")
        cls.node.push(transfer("bob", "alice", asset(amount)), close, keys=(2,))

    def setUp(self) -> None:
        self.before, self.memory_mb = self.node.ledger(), self.node.resident_mb()

    def tearDown(self) -> None:
        self.assertIsNone(self.node.process.poll(), "the node has ended")
        self.eventually(lambda: self.node.metric("pool_transactions") == 0, "waiting transactions remain")
        self.assertEqual(self.node.ledger(), self.before)
        self.leaves_memory(self.memory_mb, MEMORY_MB)

    def leaves_memory(self, before_mb: float, more_mb: int) -> None:
        self.eventually(lambda: self.node.resident_mb() - before_mb < more_mb, "it keeps memory")

    # ---------------------------------------------------------------- sending
    def refused(self, signed: dict, expected: tuple, text: str = "") -> None:
        """By the route that wallets use."""
        message = self.fails("push_transaction", signed, *expected)
        self.assertIn(text, message)

    def refused_everywhere(self, signed: dict, expected: tuple) -> None:
        status, code, name_ = expected
        for route in ("push_transaction", "send_transaction"):
            self.fails(route, signed, status, code, name_)
        self.fails("send_transaction2", {"transaction": signed, "return_failure_trace": False}, status, code, name_)
        [one] = self.node.good("push_transactions", [signed])
        self.assertEqual((one["processed"]["except"]["code"], one["processed"]["except"]["name"]), (code, name_))

    def pay(self, **change) -> dict:
        """An honest transfer, but for what changes."""
        return {**self.node.transaction(transfer("alice", "bob", asset(1))), **change}

    def do(self, one: dict, expected: tuple, text: str = "", keys: tuple = (1,)) -> None:
        self.refused(self.node.sign(self.node.transaction(one), *keys), expected, text)


class Signatures(Attack):
    def numbers(self) -> tuple:
        packed = pack(self.pay())
        signed = self.node.signed(packed)
        return signed, self.place.keys[1].numbers(self.digest(packed))

    def digest(self, packed: bytes) -> bytes:
        return digest(self.node.chain_id, packed)

    def test_of_another_key(self) -> None:
        self.refused_everywhere(self.node.sign(self.pay(), 2), UNSATISFIED)
        self.refused(self.node.sign(self.pay()), UNSATISFIED)  # of nobody

    def test_of_another_chain(self) -> None:
        pay = self.pay()
        self.node.chain_id = "00" * 32
        self.refused(self.node.sign(pay, 1), UNSATISFIED)

    def test_of_another_transaction(self) -> None:
        signed, other = self.node.sign(self.pay(), 1), self.node.sign(self.pay(), 1)
        self.refused({**signed, "signatures": other["signatures"]}, UNSATISFIED)

    def test_that_are_not_canonical(self) -> None:
        signed, (recovery, r, s) = self.numbers()
        for text in (signature_text(recovery ^ 1, r, N - s), signature_text(recovery, r, N - s), signature_text(4, r, s),
                     signature_text(recovery - 31, r, s), signature_text(-1, r, s), signature_text(200, r, s),
                     signature_text(recovery, 0, s), signature_text(recovery, r, 0), signature_text(recovery, r, N),
                     signature_text(recovery, N, s), signature_text(recovery, 2**256 - 1, s)):
            self.refused({**signed, "signatures": [text]}, AUTHORIZATION, "canonical")

    def test_of_no_key(self) -> None:
        signed, (_, _, s) = self.numbers()
        for r in (5, 2**255 - 1, 2**254 + 3):  # two of three are the x of no point, or not canonical
            for recovery in range(4):
                status, answer = self.node.ask("push_transaction",
                                               {**signed, "signatures": [signature_text(recovery, r, s)]})
                self.assertIn((status, answer["error"]["code"], answer["error"]["name"]), (UNSATISFIED, AUTHORIZATION))

    def test_texts_that_are_none(self) -> None:
        signed = self.node.sign(self.pay(), 1)
        [good] = signed["signatures"]
        for text in ("", "SIG_K1_", good[:-1], good[:-1] + ("1" if good[-1] != "1" else "2"), good + "1",
                     good.replace("K1", "R1"),
                     good.replace("K1", "SM2"), good.replace("SIG_", "PUB_"), "SIG_K1_" + "1" * 100000, good + "\u00e9",
                     " " + good,
                     "SIG_WA_" + good[7:], None, 7, [good], {"": good}):
            self.refused({**signed, "signatures": [text]}, INVALID_PACKED)

    def test_twice_and_too_many(self) -> None:
        packed = pack(self.pay())
        one = self.node.signed(packed, 1)
        self.refused({**one, "signatures": one["signatures"] * 2}, (500, 3090001, "tx_duplicate_sig"))
        self.refused(self.node.signed(packed, 1, 1), (500, 3090001, "tx_duplicate_sig"), "the same key")
        self.refused(self.node.signed(packed, 1, 2), (500, 3090002, "tx_irrelevant_sig"))
        self.refused(self.node.signed(packed, 1, 0), (500, 3090002, "tx_irrelevant_sig"))
        self.refused({**one, "signatures": [self.place.keys[1].sign(self.digest(packed)) for _ in range(17)]},
                     INVALID_PACKED)


class Packed(Attack):
    def test_times(self) -> None:
        # The block's time counts, not the clock: it is behind in a node that was held up.
        head = calendar.timegm(time.strptime(self.node.good("get_info")["head_block_time"][:19], "%Y-%m-%dT%H:%M:%S"))
        for seconds in (-1, -3600, -10**9):
            self.refused(self.node.sign(self.pay(expiration=head + seconds), 1),
                         (500, 3040005, "expired_tx_exception"))
        self.refused(self.node.sign(self.pay(expiration=0), 1), (500, 3040005, "expired_tx_exception"))
        for expiration in (int(time.time()) + 3700, 2**32 - 1):
            self.refused(self.node.sign(self.pay(expiration=expiration), 1), (500, 3040006, "tx_exp_too_far_exception"))

    def test_blocks_that_are_not_there(self) -> None:
        wrong = (500, 3040007, "invalid_ref_block_exception")
        good = self.pay()
        for change in ({"ref_block_prefix": good["ref_block_prefix"] ^ 1},
                       {"ref_block_num": good["ref_block_num"] ^ 0x8000},
                       {"ref_block_num": 0, "ref_block_prefix": 0}, {"ref_block_num": 65535, "ref_block_prefix": 0}):
            self.refused_everywhere(self.node.sign({**good, **change}, 1), wrong)

    def test_delay(self) -> None:
        for seconds in (1, 3600, 2**32 - 1):
            self.refused(self.node.sign(self.pay(delay_sec=seconds), 1), (500, 3040019, "tx_delay_not_supported"))

    def test_what_this_node_does_not_have(self) -> None:
        free = action("eosio.token", "transfer", b"")
        for change in ({"context_free_actions": [free]}, {"context_free_actions": [free], "actions": []}):
            self.refused(self.node.sign(self.pay(**change), 1), CONTEXT_FREE, "context-free")
        for extension in ((0, b""), (1, bytes(40)), (65535, b"x")):
            self.refused(self.node.sign(self.pay(transaction_extensions=[extension]), 1),
                         (500, 3040015, "invalid_transaction_extension"))
        signed = self.node.sign(self.pay(), 1)
        for data in ("01", "0102", "0000", "ff" * 100):
            self.refused({**signed, "packed_context_free_data": data}, CONTEXT_FREE)

    def test_too_few_or_too_many_parts(self) -> None:
        pay = transfer("alice", "bob", asset(1))
        self.refused_everywhere(self.node.sign(self.pay(actions=[]), 1), (500, 3040002, "tx_no_action"))
        self.refused(self.node.sign(self.pay(actions=[pay] * 65), 1), TOO_BIG, "too many")
        self.refused(self.node.sign(self.pay(actions=[{**pay, "authorization": pay["authorization"] * 17}]), 1), TOO_BIG)
        self.refused(self.node.sign(self.pay(actions=[{**pay, "authorization": []}]), 1), (500, 3040003, "tx_no_auths"))

    def test_bytes_too_many_or_too_few(self) -> None:
        packed = pack(self.pay())
        for bad in [packed + b"\0", packed + packed, b"", *(packed[:size] for size in range(0, len(packed), 7)),
                    packed[:-1]]:
            self.refused(self.node.signed(bad, 1), INVALID_PACKED)

    def test_lengths_that_lie(self) -> None:
        packed = pack(self.pay())
        for number in (b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x80" * 30 + b"\0",
                       b"\x81\x80\0"):
            for place in (10, 15, 16, 33, len(packed) - 1):
                self.refused_by_anything(packed[:place] + number + packed[place + 1:])

    def test_bits_at_random(self) -> None:
        packed, chance = pack(self.pay()), random.Random(7)
        for _ in range(100):
            bad = bytearray(packed)
            for _ in range(chance.choice((1, 1, 8))):
                bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
            self.refused_by_anything(bytes(bad))

    def refused_by_anything(self, packed: bytes) -> None:
        """Signed by a key of nobody, so that nothing good comes of it."""
        signed = {**self.node.signed(packed), "signatures": ["SIG_K1_" + self.stranger[7:]]}
        status, answer = self.node.ask("push_transaction", signed)
        self.assertIn(status, (400, 401, 500), answer)
        self.assertGreater(answer["error"]["code"], 3000000)

    @property
    def stranger(self) -> str:
        return self.place.keys[2].sign(bytes(32))

    def test_a_transaction_that_is_too_large(self) -> None:
        memo = transfer("alice", "bob", asset(1), bytes(600000))
        self.refused(self.node.sign(self.node.transaction(memo), 1), TOO_BIG)
        parts = [transfer("alice", "bob", asset(1), bytes(8100))] * 64
        self.refused(self.node.sign(self.node.transaction(*parts), 1), ASSERTION, "256")
        limited = self.pay(max_net_usage_words=1)
        self.refused(self.node.sign(limited, 1), (500, 3080002, "tx_net_usage_exceeded"))

    def test_zipped(self) -> None:
        signed = {**self.node.sign(self.pay(), 1), "compression": "zlib"}
        plain = bytes.fromhex(signed["packed_trx"])
        zipped = zlib.compress(plain)
        engine = zlib.compressobj()
        bomb = b"".join(engine.compress(bytes(1 << 20)) for _ in range(512)) + engine.flush()
        self.assertLess(len(bomb), 524288)
        for bad in (plain, zipped[:-1], zipped[:10], zipped + b"\0", zipped + zipped, zipped[:5] + b"\xff" + zipped[6:],
                    bomb, b"",
                    zlib.compress(plain, wbits=-15), zlib.compress(plain, wbits=31), zlib.compress(bytes(524289))):
            self.refused({**signed, "packed_trx": bad.hex()}, BAD_ZIP)
        for nested in (zlib.compress(bomb), zlib.compress(zlib.compress(bomb)), zlib.compress(zipped), zlib.compress(b"")):
            self.assertIn(self.node.ask("push_transaction", {**signed, "packed_trx": nested.hex()})[1]["error"]["code"],
                          (INVALID_PACKED[1], CONTEXT_FREE[1], TOO_BIG[1]))  # whatever the bytes within seem to be
        for data, expected in ((bomb, BAD_ZIP), (zlib.compress(bomb), CONTEXT_FREE), (zipped, CONTEXT_FREE),
                               (b"\1", BAD_ZIP)):
            self.refused({**signed, "packed_trx": zipped.hex(), "packed_context_free_data": data.hex()}, expected)
        for compression in ("gzip", "ZLIB", 2, -1, True, [], {}, 0.5, 2**63 - 1):
            self.refused({**signed, "packed_trx": zipped.hex(), "compression": compression}, INVALID_PACKED)


class Authority(Attack):
    def test_who_is_not_there(self) -> None:
        self.do(action("eosio.token", "transfer", b"", "nobody@active"), TRANSACTION, "'nobody' does not exist")
        self.do(action("nobody", "transfer", b"", "alice@active"), TRANSACTION, "'nobody' does not exist")
        self.do(action("eosio.token", "transfer", b"", "alice@nothing"), TRANSACTION, "non-existent permission")
        self.do(transfer("alice", "nobody", asset(1)), ASSERTION, "to account does not exist")

    def test_who_may_not(self) -> None:
        data = name("bob") + name("alice") + asset(1) + b"\0"
        self.do(action("eosio.token", "transfer", data, "alice@active"), (500, 3090004, "missing_auth_exception"), "bob")
        self.do(action("eosio.token", "transfer", data, "bob@active"), UNSATISFIED)
        self.do(action("eosio.token", "transfer", data, "alice@active", "bob@active"), UNSATISFIED)
        self.do(action("eosio", "setalimits", name("alice") + bytes(24), "alice@active"),
                (500, 3090004, "missing_auth_exception"))
        for owner in ("eosio", "bob", "eosio.token"):
            setabi = action("eosio", "setabi", name(owner) + b"\0", "alice@active")
            self.do(setabi, (500, 3090004, "missing_auth_exception"))
        create = name("alice") + asset(1, 0, "MINE")
        self.do(action("eosio.token", "create", create, "alice@active"), (500, 3090004, "missing_auth_exception"))

    def test_permissions_of_others(self) -> None:
        theirs = name("bob") + name("active") + name("owner") + bytes(4) + b"\0\0\0"
        self.do(action("eosio", "updateauth", theirs, "alice@active"), (500, 3090005, "irrelevant_auth_exception"))
        own = name("alice") + name("owner") + bytes(8) + bytes(4) + b"\0\0\0"
        self.do(action("eosio", "updateauth", own, "alice@active"), (500, 3090005, "irrelevant_auth_exception"))
        gone = name("alice") + name("active")
        self.do(action("eosio", "deleteauth", gone, "alice@active"), (500, 3050000, "action_validate_exception"))
        orphan = name("alice") + name("orphan") + name("nowhere") + (1).to_bytes(4, "little") + b"\0\0\0"
        self.do(action("eosio", "updateauth", orphan, "alice@active"), (500, 3060001, "permission_query_exception"))

    def test_actions_that_are_none(self) -> None:
        for account in ("eosio", "eosio.token"):
            self.do(action(account, "nothing", b"", "alice@active"), (500, 3050005, "action_not_found_exception"))
        for data in (b"", bytes(3), name("alice") + name("bob") + asset(1),
                     name("alice") + name("bob") + asset(1) + b"\5abc",
                     name("alice") + name("bob") + asset(1) + b"\0\0",
                     name("alice") + name("bob") + asset(1) + b"\xff\xff\xff\xff\x0f"):
            self.do(action("eosio.token", "transfer", data, "alice@active"),
                    (500, 3050002, "invalid_action_args_exception"))
        for what in ("newaccount", "setabi", "updateauth", "deleteauth", "linkauth", "unlinkauth", "setalimits"):
            for data in (b"", bytes(5), b"\xff" * 200):
                status, answer = self.node.ask("push_transaction", self.node.sign(
                    self.node.transaction(action("eosio", what, data, "alice@active")), 1))
                self.assertNotEqual(status, 202, (what, data))
                self.assertGreater(answer["error"]["code"], 3000000)

    def test_accounts_with_bad_names(self) -> None:
        empty = (1).to_bytes(4, "little") + b"\0\0\0"
        key = b"\1\0\2" + G[0].to_bytes(32, "big") + b"\1\0"
        good = (1).to_bytes(4, "little") + key + b"\0\0"
        for new in ("alice", "eosio", "eosio.mine", "b.alicia", "aaaaaaaaaaaaj", ""):
            self.refused_newaccount(new, good)
        for authority in (empty, bytes(4) + key + b"\0\0", (2).to_bytes(4, "little") + key + b"\0\0",
                          good[:-1] + b"\1" + bytes(6)):
            self.refused_newaccount("fresh", authority)

    def refused_newaccount(self, new: str, authority: bytes) -> None:
        one = action("eosio", "newaccount", name("alice") + name(new) + authority * 2, "alice@active")
        status, answer = self.node.ask("push_transaction", self.node.sign(self.node.transaction(one), 1))
        self.assertEqual((status, answer["error"]["code"] // 10000), (500, 305), (new, answer))
        self.assertEqual(self.node.ask("get_account", {"account_name": "fresh"})[0], 400)


class Token(Attack):
    def token(self, what: str, data: bytes, text: str, actor: str = "eosio", keys: tuple = (0,)) -> None:
        self.do(action("eosio.token", what, data, f"{actor}@active"), ASSERTION, text, keys)

    def test_transfers(self) -> None:
        for quantity, text in ((asset(10000001), "overdrawn"), (asset(AMOUNT_MAX), "overdrawn"), (asset(0), "positive"),
                               (asset(-1), "positive"), (asset(-AMOUNT_MAX), "positive"),
                               (asset(AMOUNT_MAX + 1), "invalid quantity"),
                               (asset(2**63 - 1), "invalid quantity"), (asset(-2**63), "invalid quantity"),
                               (asset(1, 3), "precision"), (asset(1, 5), "precision"), (asset(1, 255), "quantity"),
                               (asset(1, 4, "NONE"), "unable to find key"), (asset(1, 4, "sys"), ""),
                               (asset(1, 4, "S S"), ""),
                               (asset(1, 4, "S\0S"), ""), (asset(1, 4, ""), ""), (asset(1, 4, "SYSSYSS"), "")):
            self.do(transfer("alice", "bob", quantity), ASSERTION, text)
        self.do(transfer("alice", "bob", asset(1), bytes(257)), ASSERTION, "256")
        self.do(transfer("alice", "alice", asset(1)), ASSERTION, "self")

    def test_a_later_action_undoes_the_earlier_ones(self) -> None:
        parts = [transfer("alice", "bob", asset(4000000))] * 3
        self.refused(self.node.sign(self.node.transaction(*parts), 1), ASSERTION, "overdrawn")

    def test_supply(self) -> None:
        issue = lambda quantity: name("eosio") + quantity + b"\0"
        for quantity, text in ((asset(5000000001), "exceeds available supply"),
                               (asset(AMOUNT_MAX), "exceeds available supply"),
                               (asset(2**63 - 1), "invalid quantity"), (asset(0), "positive"), (asset(-1), "positive"),
                               (asset(1, 3), "precision"), (asset(1, 4, "NONE"), "does not exist")):
            self.token("issue", issue(quantity), text)
        self.token("issue", name("alice") + asset(1) + b"\0", "issuer account")
        for quantity, text in ((asset(5000000001), ""), (asset(AMOUNT_MAX), ""), (asset(-1), "positive")):
            self.token("retire", quantity + b"\0", text)
        create = lambda quantity: name("alice") + quantity
        for quantity, text in ((asset(AMOUNT_MAX + 1, 0, "BIG"), "invalid supply"), (asset(-1, 0, "NEG"), "positive"),
                               (asset(0, 0, "NIL"), "positive"), (asset(1, 19, "DEEP"), ""),
                               (asset(1, 4, "SYS"), "already exists"),
                               (asset(1, 0, "SYS"), "already exists"), (asset(1, 0, "low"), "symbol"),
                               (asset(1, 0, ""), "symbol")):
            self.token("create", create(quantity), text, "eosio.token")

    def test_open_and_close(self) -> None:
        self.token("open", name("nobody") + symbol(4, "SYS") + name("eosio"), "does not exist")
        self.token("open", name("alice") + symbol(4, "NONE") + name("eosio"), "does not exist")
        self.token("open", name("alice") + symbol(3, "SYS") + name("eosio"), "precision")
        self.token("close", name("eosio") + symbol(4, "SYS"), "not zero")
        self.token("close", name("eosio") + symbol(4, "NONE"), "never existed")


class Duplicates(Attack):
    def test_the_same_twice(self) -> None:
        signed = self.node.sign(self.pay(), 1)
        both = self.node.good("push_transactions", [signed, signed])
        self.assertEqual({(one["processed"]["except"] or {}).get("code") for one in both}, {None, 3040008})
        self.before = self.node.ledger()
        self.refused_everywhere(signed, DUPLICATE)
        plain = bytes.fromhex(signed["packed_trx"])
        again = [{**signed, "packed_trx": zlib.compress(plain, level).hex(), "compression": "zlib"} for level in (1, 9)]
        again += [self.node.signed(plain, 1), self.node.signed(plain, 2), self.node.signed(plain)]
        for one in again:
            self.refused(one, DUPLICATE)
        self.node.wait_block(self.node.good("get_info")["head_block_num"] + 2)
        for one in again:
            self.refused(one, DUPLICATE)
        self.refused_everywhere(signed, DUPLICATE)

    def test_the_same_by_many_at_a_time(self) -> None:
        signed, results = self.node.sign(self.pay(), 1), []
        threads = [threading.Thread(target=lambda: results.append(self.node.ask("push_transaction",
                                                                                signed)[0])) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(results), [202] + 19 * [409])
        self.assertEqual(self.node.balance("alice"), [self.minus(self.before["accounts"]["alice"][2][0], 1)])
        self.before = self.node.ledger()

    def minus(self, quantity: str, amount: int) -> str:
        return f"{(round(float(quantity.split()[0]) * 10000) - amount) / 10000:.4f} SYS"


def packed_abi(structs: tuple, aliases: tuple = (), variants: tuple = (), what: bytes = b"a") -> bytes:
    """Structs are (name, base, fields), fields (name, type); `what` is the type of action go and of table rows."""
    pairs = lambda items: varuint(len(items)) + b"".join(sized(one) + sized(other) for one, other in items)
    out = sized(b"eosio::abi/1.1") + pairs(aliases) + varuint(len(structs))
    out += b"".join(sized(own) + sized(base) + pairs(fields) for own, base, fields in structs)
    out += varuint(1) + name("go") + sized(what) + sized(b"")
    out += varuint(1) + name("rows") + sized(b"i64") + b"\0\0" + sized(what) + b"\0\0\0"
    out += varuint(len(variants))
    return out + b"".join(sized(own) + varuint(len(types)) + b"".join(map(sized, types)) for own, types in variants)


class Abi(Attack):
    def setabi(self, packed: bytes) -> dict:
        return action("eosio", "setabi", name("tabler") + sized(packed), "tabler@active")

    def keeps(self, packed: bytes) -> None:
        """An ABI that is allowed, whatever it is good for."""
        self.node.good("push_transaction", self.node.sign(self.node.transaction(self.setabi(packed)), 0))

    def decode(self, binary: bytes) -> tuple:
        return self.node.ask("abi_bin_to_json", {"code": "tabler", "action": "go", "binargs": binary.hex()})

    def tearDown(self) -> None:
        self.node.good("push_transaction", self.node.sign(self.node.transaction(self.setabi(b"")), 0))
        super().tearDown()

    def test_that_are_none(self) -> None:
        good, chance = packed_abi(((b"a", b"", ((b"x", b"a[]"),)),)), random.Random(3)
        bad = [b"\0", b"x", good[:-2], good + b"\0\1", good[:20], bytes(100), bytes(200000), b"\xff" * 1000,
               sized(b"eosio::abi/9.9") + bytes(8),
               zlib.compress(good), zlib.compress(bytes(10**7)), json.dumps({"version": "eosio::abi/1.1"}).encode()]
        bad += [chance.randbytes(chance.randrange(1, 400)) for _ in range(40)]
        bad += [sized(b"eosio::abi/1.1") + b"\xff\xff\xff\xff\x0f" * 8, sized(b"eosio::abi/1.1") + b"\0" + b"\xff\xff\3"]
        for packed in bad:
            self.do(self.setabi(packed), INVALID_ABI, keys=(0,))
        self.do(self.setabi(bytes(300000)), (500, 3050002, "invalid_action_args_exception"), keys=(0,))

    def test_types_that_do_not_end(self) -> None:
        x = lambda of: ((b"x", of),)
        bad = [packed_abi(((b"a", b"", x(b"a")),)), packed_abi(((b"a", b"", x(b"b")), (b"b", b"", x(b"a")))),
               packed_abi(((b"a", b"a", ()),)),
               packed_abi(((b"a", b"b", ()), (b"b", b"a", ()))), packed_abi((), ((b"a", b"a"),)),
               packed_abi((), ((b"a", b"b"), (b"b", b"a"))),
               packed_abi((), (), ((b"a", (b"a",)),)), packed_abi(((b"a", b"", x(b"none")),)),
               packed_abi(((b"a", b"none", ()),)),
               packed_abi(((b"a", b"", ()), (b"a", b"", ()))), packed_abi(((b"uint8", b"", ()),)),
               packed_abi(((b"", b"", ()),)),
               packed_abi(((b"a[]", b"", ()),)), packed_abi(((b"a", b"", x(b"uint8" + b"[]" * 1000)),)),
               packed_abi((), what=b"nothing"),
               packed_abi(((b"a", b"", ((b"n" * 257, b"uint8"),)),)), packed_abi(((b"b" * 100000, b"", ()),))]
        for packed in bad:
            self.do(self.setabi(packed), INVALID_ABI, keys=(0,))

    def test_values_that_grow(self) -> None:
        """A few bytes of which much JSON would be made."""
        long = b"n" * 256
        self.keeps(packed_abi(((b"e", b"", ()), (b"a", b"", ((long, b"e[]"),)))))
        self.assertEqual(self.decode(varuint(100))[0], 200)
        for count in (60000, 65537, 2**32 - 1):
            self.assertEqual(self.decode(varuint(count))[1]["error"]["name"], "abi_type_exception")
        self.keeps(packed_abi(((b"e", b"", ((long, b"uint8"),)), (b"a", b"", ((long, b"e[]"),)))))
        self.assertIn(self.decode(varuint(32000) + bytes(32000))[0], (200, 500))
        deep = tuple((b"t%d" % i, b"", ((b"x", b"t%d" % (i + 1)), (b"y", b"t%d" % (i + 1)))) for i in range(30))
        self.keeps(packed_abi(deep + ((b"t30", b"", ()),), what=b"t0"))
        self.assertEqual(self.decode(b"")[0], 500)
        self.keeps(packed_abi(((b"a", b"", ((b"x", b"a[]"),)),)))
        for binary in (b"\1" * 31 + b"\0", b"\1" * 60000 + b"\0", b"\x80" * 60000, b"\xff\xff\xff\xff\x0f" * 1000):
            self.assertIn(self.decode(binary)[0], (200, 500))
        nested = '{"code":"tabler","action":"go","args":' + '{"x":[' * 900 + "]}" * 900 + "}"
        self.assertEqual(self.node.ask("abi_json_to_bin", nested)[1]["error"]["name"], "invalid_action_args_exception")

    def test_an_action_of_any_bytes_is_told_as_json(self) -> None:
        """What is in a block must not spoil the answers about it."""
        self.keeps(packed_abi(((b"a", b"", ((b"x", b"string"),)),)))
        memos = (b"\xff\xfe", b"\0", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b'"\\\x1b\x7f',
                 "\u2028\u0000\U0001f600".encode(), bytes(range(256)))
        for memo in memos:
            sent = self.node.push(transfer("alice", "bob", asset(1), memo),
                                  action("tabler", "go", sized(memo), "tabler@active"), keys=(0, 1))
            self.node.wait_block(sent["processed"]["block_num"])
            for route, body in (("get_block", {"block_num_or_id": sent["processed"]["block_num"]}),
                                ("get_transaction", {"id": sent["transaction_id"]}),
                                ("/v1/trace_api/get_block", {"block_num": sent["processed"]["block_num"]})):
                self.assertEqual(self.node.ask(route, body)[0], 200)
        self.bring_back(len(memos))


class Texts(Attack):
    def all_of(self, body) -> list:
        """What each push route answers: (status, JSON)."""
        body = body.encode() if isinstance(body, str) else body
        return [self.node.ask(route, body) for route in PUSH_ROUTES]

    def test_bodies_that_are_no_json(self) -> None:
        good = json.dumps(self.node.sign(self.pay(), 1))
        bad = ["", " ", "{", "[", good[:-1], good + "}", good + "x", good.replace('"', "'"), "\ufeff" + good, "nul", "tru",
               "01", "+1", "-", "1e", "NaN",
               "Infinity", '"\\u12"', '"\\ud800"', '"\t"', "[" * 100000, '{"a":' * 50000, "[" * 3000 + "]" * 3000,
               '{"signatures":' * 3000 + "1" + "}" * 3000,
               '{"a":1e99999}', '{"a":' + "9" * 100000 + "}", "{,}", '{"a" 1}', "[1,]", '{"\\u0000":1}',
               '{"packed_trx":"\\u0000"}']
        bad += [b"\xff\xfe\x00", b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b"\0" * 1000, good.encode() + b"\0",
                b'{"\xc0\x80":1}']
        for body in bad:
            for status, answer in self.all_of(body):
                self.assertEqual((status, answer["error"]["name"]), (400, "invalid_http_request"), body[:60])

    def test_values_of_wrong_types(self) -> None:
        signed = self.node.sign(self.pay(), 1)
        for key in signed:
            for value in (None, True, 7, -1, 2**63 - 1, 0.5, 1e300, [], {}, [[]], [{}], "", "x" * 100000, [None],
                          {"a": "b"}):
                if key == "packed_context_free_data" and value == "":
                    continue  # as it should be
                body = {**signed, key: value}
                wrapped = {"transaction": body}
                for route, one in (("push_transaction", body), ("send_transaction2", wrapped)):
                    status, answer = self.node.ask(route, one)
                    if status == 202:
                        self.assertTrue("except" in answer["processed"] and answer["processed"]["except"], (key, value))
                        continue
                    self.assertIn(status, (401, 500), (key, value, answer))
                    self.assertGreater(answer["error"]["code"], 3000000)
        for body in (7, "x", True, None, 0.5, [signed], [], {}, {"transaction": 7}, {"transaction": [signed]},
                     {"transaction": None}):
            for route in PUSH_ROUTES[:3]:
                self.assertIn(self.node.ask(route, body)[0], (400, 500), (route, body))
        status, answer = self.node.ask("push_transactions", [None, 7, "x", [], {}, [[]], {"packed_trx": []}, True])
        self.assertEqual((status, [one["processed"]["except"]["code"] for one in answer]), (202, 8 * [3010010]))
        self.fails("push_transactions", [{}] * 1001, 500, 3040012, "too_many_tx_at_once")

    def test_transactions_with_fields_of_wrong_types(self) -> None:
        good = {"expiration": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60)), "ref_block_num": 1,
                "ref_block_prefix": 1,
                "actions": [transfer("alice", "bob", asset(1))], "signatures": []}
        for key in good:
            for value in (None, True, -1, 2**32, 2**63 - 1, 0.5, "", "x", "2026-13-01T00:00:00", "9999-01-01T00:00:00", [],
                          {}, [[]], [7], [{}], [None]):
                status, answer = self.node.ask("push_transaction", {**good, key: value})
                self.assertIn(status, (401, 500), (key, value, answer))
        for data in (7, [], {}, {"from": 7}, {"from": "alice", "to": "bob", "quantity": "1.0000 SYS SYS", "memo": 7}, "zz",
                     "0", None, True):
            status, answer = self.node.ask("push_transaction", {**good, "actions": [{**good["actions"][0], "data": data}]})
            self.assertIn(status, (401, 500), (data, answer))

    def test_the_same_key_twice(self) -> None:
        """Whichever counts, nothing but the one transaction that is signed can happen."""
        signed, other = self.node.sign(self.pay(), 2), self.node.sign(self.pay(), 1)
        for first, second in ((signed, other), (other, signed)):
            body = json.dumps(first)[:-1] + "," + f'"packed_trx":"{second["packed_trx"]}"' + "}"
            for status, answer in self.all_of(body)[:2]:
                self.assertIn(status, (401, 500), answer)


class Tables(Attack):
    def test_parameters_that_are_malformed(self) -> None:
        good = {"code": "eosio.token", "scope": "alice", "table": "accounts", "json": True}
        self.assertEqual(len(self.node.good("get_table_rows", good)["rows"]), 1)
        values = (None, True, False, 0, -1, 7, 2**31, 2**32, 2**63 - 1, 0.5, 1e300, "", "x", "X", "alice", "zzzzzzzzzzzzzz",
                  "-1", "99999999999999999999",
                  "0x", "0xff", " ", "\u00e9", "a" * 100000, "4,SYS", "SYS", [], {}, [[]], "\n", "%s%n", "-0", "1e5",
                  "name", "sha256", "float64", "i128")
        for key in ("code", "scope", "table", "json", "limit", "lower_bound", "upper_bound", "key_type", "index_position",
                    "encode_type", "reverse",
                    "show_payer", "table_key", "time_limit_ms"):
            for value in values:
                self.answers("get_table_rows", {**good, key: value})
        for key_type in ("i64", "i128", "i256", "float64", "float128", "sha256", "ripemd160", "name", "x"):
            for position in (1, 2, 10, 17, 18, "secondary"):
                for bound in values[3:]:
                    self.answers("get_table_rows", {**good, "key_type": key_type, "index_position": position,
                                                    "lower_bound": bound, "upper_bound": bound})
        for low, high in (("zzz", "a"), ("18446744073709551615", "0"), ("18446744073709551615", "18446744073709551615"),
                          ("0", "0")):
            for reverse in (False, True):
                for limit in (0, 1, 2**32 - 1):
                    self.answers("get_table_rows", {**good, "lower_bound": low, "upper_bound": high, "reverse": reverse,
                                                    "limit": limit})
        for key in ("code", "table", "lower_bound", "upper_bound", "limit", "reverse"):
            for value in values:
                self.answers("get_table_by_scope", {"code": "eosio.token", key: value})

    def answers(self, route: str, body: dict) -> None:
        status, answer = self.ask_on(route, body)
        self.assertIn(status, (200, 400, 500), (body, answer))
        if status != 200:
            self.assertGreater(answer["error"]["code"], 3000000, (body, answer))

    def ask_on(self, route: str, body: dict) -> tuple:
        """On one connection: these are many."""
        if not hasattr(self, "connection"):
            self.connection = self.node.connect()
            self.addCleanup(self.connection.close)
        self.connection.request("POST", "/v1/chain/" + route, json.dumps(body))
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_other_questions(self) -> None:
        values = (None, True, -1, 0, 2**63 - 1, 0.5, "", "x", "X" * 1000, "00" * 32, "zz" * 32, [], {}, [{}], ["x"] * 1000,
                  "\u00e9")
        for route, keys in (("get_account", ("account_name", "expected_core_symbol")), ("get_block", ("block_num_or_id",)),
                            ("get_block_info", ("block_num",)),
                            ("get_block_header_state", ("block_num_or_id",)), ("get_raw_block", ("block_num_or_id",)),
                            ("get_block_header", ("block_num_or_id", "include_extensions")),
                            ("get_currency_balance", ("code", "account", "symbol")),
                            ("get_currency_stats", ("code", "symbol")), ("get_abi", ("account_name",)),
                            ("get_raw_abi", ("account_name", "abi_hash")), ("get_code", ("account_name", "code_as_wasm")),
                            ("get_transaction", ("id", "block_num_hint")),
                            ("get_transaction_status", ("id",)), ("get_producers", ("json", "limit", "lower_bound")),
                            ("abi_bin_to_json", ("code", "action", "binargs")),
                            ("abi_json_to_bin", ("code", "action", "args")),
                            ("get_required_keys", ("transaction", "available_keys")),
                            ("get_accounts_by_authorizers", ("accounts", "keys")),
                            ("compute_transaction", ("transaction",)), ("get_transaction_id", ("expiration", "actions"))):
            good = {"account_name": "alice", "code": "eosio.token", "account": "alice", "symbol": "SYS",
                    "action": "transfer"}
            for key in keys:
                for value in values:
                    status, answer = self.ask_on(route, {**good, key: value})
                    self.assertIn(status, (200, 400, 401, 404, 500), (route, key, value, answer))


def raw(node: LedgerNode, text: bytes, source: str = "127.0.0.1") -> bytes:
    """Sends this and reads until the other side closes."""
    with socket.create_connection(("127.0.0.1", node.port), HANG_SECONDS, (source, 0)) as connection:
        answer = b""
        try:
            connection.sendall(text)
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass  # closed while it was sent
        return answer


HEAD = b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\n"
HALF_OPEN = (b"", b"G", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")


class Connections(Attack):
    """Those that are held open; each class below has the time limits that fit."""

    def hold(self, source: str, count: int, text: bytes = b"") -> list:
        """Connections that were accepted, with a text sent on each."""
        held = []
        for _ in range(count):
            try:
                one = socket.create_connection(("127.0.0.1", self.node.port), HANG_SECONDS, (source, 0))
                self.addCleanup(one.close)
                one.sendall(text)
            except OSError:
                continue
            held.append(one)
        return held

    def transfers(self) -> None:
        """What an honest client gets meanwhile."""
        sent = self.node.push(transfer("alice", "bob", asset(1)), keys=(1,))
        self.assertTrue(sent["processed"]["receipt"])
        self.bring_back(1)


class HeldConnections(Connections):
    NODE_OPTIONS = PATIENT

    def test_half_open_connections_by_the_hundreds(self) -> None:
        """Of one address there are 256 at most, so that three leave room for others."""
        for number in range(3):
            for text in HALF_OPEN:
                self.hold(f"127.0.1.{number + 1}", 60, text)
        self.eventually(lambda: self.node.metric("http_connections") == 3 * 256 + 1, "not 3 * 256 and that of the question")
        self.transfers()
        self.assertGreater(self.node.metric("http_connections"), 3 * 256)

    def hold_bodies(self, source: str, count: int, size: int) -> list:
        """Requests that lack their last byte."""
        held = self.hold(source, count, HEAD + b"Content-Length: %d\r\n\r\n" % size + b" " * (size - 1))
        self.assertEqual(len(held), count)
        return held

    def test_many_large_bodies_at_a_time(self) -> None:
        """More than may be under way: large ones are told to come again, small ones have a part of their own."""
        held = self.hold_bodies("127.0.3.1", 24, 2 << 20)
        self.eventually(lambda: self.node.metric("http_body_bytes") == 48 << 20, "large ones do not get their three quarters")
        held += self.hold_bodies("127.0.3.2", 36, 2 << 20) + self.hold_bodies("127.0.3.3", 200, 128 << 10)
        self.assertGreaterEqual(self.node.metric("http_body_bytes"), 48 << 20)
        self.assertLessEqual(self.node.metric("http_body_bytes"), 64 << 20)
        self.assertEqual(self.node.request("/v1/chain/push_transaction", b" " * (2 << 20))[0], 503)
        self.transfers()
        for one in held:
            one.close()


class IdleConnections(Connections):
    NODE_OPTIONS = ("--http-idle-seconds", LIMIT_SECONDS, "--http-request-seconds", "3600")

    def test_are_cut_off(self) -> None:
        """Five addresses fill all of the node; others come in when it closes what does not move."""
        held = [one for number, text in enumerate(HALF_OPEN) for one in self.hold(f"127.0.1.{number + 1}", 300, text)]
        self.assertGreater(len(held), 1024)
        self.transfers()
        self.assertLessEqual(self.node.metric("http_connections"), 1024)
        for one in held:
            one.settimeout(HANG_SECONDS)
            try:
                while one.recv(1000):
                    pass
            except ConnectionError:
                pass


class SlowRequests(Connections):
    NODE_OPTIONS = ("--http-idle-seconds", "3600", "--http-request-seconds", LIMIT_SECONDS)

    def test_are_cut_off(self) -> None:
        """A byte now and then is movement; the limit of a request is what ends it."""
        heads = (HEAD + b"Content-Length: 100000\r\n\r\n", HEAD + b"X: ", b"",
                 HEAD + b"Transfer-Encoding: chunked\r\n\r\n186a0\r\n")
        held = [one for number, head in enumerate(heads) for one in self.hold(f"127.0.2.{number + 1}", 1, head)]
        self.assertEqual(len(held), len(heads))
        deadline = time.monotonic() + HANG_SECONDS
        while held and time.monotonic() < deadline:
            self.assertTrue(self.node.serves())
            held = [one for one in held if self.accepts(one)]
            time.sleep(0.5)
        self.assertEqual(held, [])

    @staticmethod
    def accepts(connection: socket.socket) -> bool:
        try:
            connection.sendall(b"x")
            connection.settimeout(0.01)
            return connection.recv(1000) != b""
        except TimeoutError:
            return True
        except OSError:
            return False


class Http(Attack):
    """What goes on below: texts of requests."""

    def test_requests_that_are_none(self) -> None:
        lines = (b"\r\n\r\n", b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET /v1/chain/get_info\r\n\r\n",
                 b"GET / HTTP/9.9\r\n\r\n", b"\x16\3\1\2\0\1" + bytes(500),
                 b"\0" * 1000, b"\xff" * 1000, b"GET /v1/chain/\0get_info HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET " + b"/" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET /?" + b"a=b&" * 25000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"X" * 100000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", HEAD + b"X: " + b"y" * 100000 + b"\r\n\r\n",
                 HEAD + b"".join(b"X-%d: y\r\n" % i for i in range(20000)) + b"\r\n",
                 HEAD + b"Content-Length: -1\r\n\r\n",
                 HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
                 HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                 HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 HEAD + b"Transfer-Encoding: nonsense\r\n\r\n",
                 HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                 HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                 HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
                 b"GET /v1/events?from_height=-1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 b"GET /v1/events?from_height=99999999999999999999 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 b"GET /v1/events?account=%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 b"GET /v1/events?from_height=1 HTTP/1.1\r\nHost: x\r\nLast-Event-ID: x\r\nConnection: close\r\n\r\n")
        for text in lines:
            with socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS) as connection:
                answer = b""
                try:
                    connection.sendall(text)
                    connection.shutdown(socket.SHUT_WR)
                    while part := connection.recv(65536):
                        answer += part
                except OSError:
                    pass
            self.assertNotRegex(answer.split(b"\r\n")[0], rb" 200 ", text[:80])

    def test_versions_and_pipelines(self) -> None:
        one = b"GET /v1/chain/get_info HTTP/1.0\r\n\r\n"
        answer = raw(self.node, one)
        self.assertRegex(answer, rb"^HTTP/1\.[01] 200 ")
        body = b'{"account_name":"alice"}'
        line = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
        last = b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = raw(self.node, line * 200 + last)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", answer), 200 * [b"200"] + [b"404"])
        signed = [json.dumps(self.node.sign(self.pay(), 2)).encode() for _ in range(20)]
        head = HEAD.replace(b"get_account", b"push_transaction")
        push = b"".join(head + b"Content-Length: %d\r\n\r\n" % len(text) + text for text in signed)
        answer = raw(self.node, push + last)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", answer), 20 * [b"401"] + [b"404"])

    def test_routes_and_methods(self) -> None:
        for path in ("/", "/v1", "/v1/chain/", "/v1/chain/get_info/", "/v1/chain/get_infos", "/v1/chain/push_block",
                     "/v1/wallet/unlock", "/v1/net/connect",
                     "/v1/producer/pause", "/v1/db_size/get", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                     "/" + "x" * 20000,
                     "/V1/CHAIN/GET_INFO", "/%", "/%zz", "//v1/chain/get_info"):
            status, _, text = self.node.request(path, "{}")
            self.assertEqual((status, json.loads(text)["code"]), (404, 404), path)
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "NONSENSE", "get"):
            self.assertEqual(self.node.request("/v1/chain/get_info", None, method)[0], 405, method)

    def test_bodies_that_are_too_large(self) -> None:
        limit = 2 << 20
        self.assertEqual(self.node.request("/v1/chain/push_transaction", b" " * limit)[0], 400)
        for size in (limit + 1, 3 * limit):
            self.assertEqual(self.node.request("/v1/chain/push_transaction", b"x" * size)[0], 413)
        self.assertIn(b" 413 ", raw(self.node, HEAD + b"Content-Length: 99999999999\r\n\r\n").split(b"\r\n")[0])
        chunk = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
        endless = raw(self.node, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + 40 * chunk)
        self.assertNotIn(b" 200 ", endless.split(b"\r\n")[0])


class Events(Attack):
    NODE_OPTIONS = PATIENT

    def test_a_subscriber_that_never_reads(self) -> None:
        for number in range(40):  # more than may be
            one = socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS)
            self.addCleanup(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(b"GET /v1/events?from_height=%d HTTP/1.1\r\nHost: x\r\n\r\n" % (1 + number % 2))
        memo = os.urandom(128) * 2
        sent = 0
        for _ in range(8):
            batch = [self.node.sign(self.pay(actions=[transfer("alice", "bob", asset(1), memo)] * 16),
                                    1) for _ in range(20)]
            answer = self.node.good("push_transactions", batch)
            sent += 16 * sum(1 for one in answer if one["processed"].get("receipt"))
        self.assertEqual(sent, 8 * 20 * 16)
        self.assertLessEqual(self.node.metric("events_subscribers"), 32)
        self.bring_back(sent)

    def test_answers_that_nobody_reads(self) -> None:
        parts = [transfer("alice", "bob", asset(1), os.urandom(128) * 2)] * 64
        heights, height = [], 0

        def one_block_has_many() -> bool:  # else the kernel takes its answer whole
            nonlocal height
            batch = [self.node.sign(self.pay(actions=parts), 1) for _ in range(40)]
            heights.extend(one["processed"]["block_num"] for one in self.node.good("push_transactions", batch))
            height = max(set(heights), key=heights.count)
            return heights.count(height) >= 20

        self.eventually(one_block_has_many, "a block takes less than 20 transactions")
        self.node.wait_block(height)
        body = json.dumps({"block_num": height}).encode()
        answer_bytes = len(self.node.request("/v1/trace_api/get_block", body)[2])
        held = []
        for _ in range((256 << 20) // answer_bytes + 8):
            one = socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS)
            self.addCleanup(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(b"POST /v1/trace_api/get_block HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            held.append(one)
        statuses = [one.recv(12)[9:] for one in held]
        self.assertLessEqual(self.node.metric("http_answer_bytes"), 257 << 20)
        self.assertIn(b"503", statuses)
        self.assertIn(b"200", statuses)
        for one in held:
            one.close()
        self.eventually(lambda: self.node.metric("http_answer_bytes") < 1 << 20, "it does not notice that they are gone")
        self.bring_back(len(heights) * 64)


class Flood(Attack):
    BATCH = 500

    def batch(self, template: dict, first: int) -> list:
        """Transfers of Alice's, signed by nobody in particular: canonical numbers, of which about half are of a key."""
        chance, out = random.Random(first), []
        for number in range(first, first + self.BATCH):
            packed = pack({**template, "max_net_usage_words": 1000000 + number})
            r, s = (chance.getrandbits(254) | 1 << 254 for _ in range(2))
            text = signature_text(chance.getrandbits(1), r, min(s, N // 2))
            out.append({"signatures": [text], "compression": "none", "packed_context_free_data": "",
                        "packed_trx": packed.hex()})
        return out

    def attack(self, first: int, count: int, codes: set) -> None:
        template = self.pay(expiration=int(time.time()) + 600)
        for start in range(first, first + count, self.BATCH):
            for one in self.node.good("push_transactions", self.batch(template, start)):
                codes.add(one["processed"]["except"]["code"])

    def test_bad_signatures_starve_nobody(self) -> None:
        codes, honest, slowest = set(), 0, 0.0
        self.attack(0, 2000, codes)  # what grows once has grown then
        before_mb, metric = self.node.resident_mb(), self.node.metric("intake_submitted_total")
        halves = [threading.Thread(target=self.attack, args=(start, FLOOD // 2, codes)) for start in (10000, 10000 + FLOOD)]
        for half in halves:
            half.start()
        while any(half.is_alive() for half in halves):
            start = time.monotonic()
            sent = self.node.push(transfer("alice", "bob", asset(1)), keys=(1,))
            self.assertTrue(sent["processed"]["receipt"])
            slowest = max(slowest, time.monotonic() - start)
            honest += 1
        self.assertEqual(codes, {AUTHORIZATION[1], UNSATISFIED[1]})
        self.assertEqual(self.node.metric("intake_submitted_total") - metric, FLOOD + honest)
        self.assertGreater(honest, 5)
        self.assertLess(slowest, HANG_SECONDS)
        self.leaves_memory(before_mb, 48)
        self.bring_back(honest)


if __name__ == "__main__":
    unittest.main(verbosity=1)
