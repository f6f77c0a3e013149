#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of contract tables: every type of key, bounds, pages, both directions."""
import json
import struct
import unittest

from api_rig import NodeTest

ABI = {"version": "eosio::abi/1.1",
       "structs": [{"name": "row", "base": "", "fields": [{"name": "id", "type": "uint64"}, {"name": "text", "type": "string"}]}],
       "tables": [{"name": "things", "type": "row", "index_type": "i64", "key_names": [], "key_types": []},
                  {"name": "others", "type": "row", "index_type": "i64", "key_names": [], "key_types": []}],
       "actions": []}
PRIMARIES = [0, 1, 5, 300, 2**32, 2**64 - 1]


def ordered_float(value: float, size: int) -> str:
    """As host/api/table_key.h says."""
    if size == 8:
        bits = struct.unpack(">Q", struct.pack(">d", value))[0]
    else:  # the same number with the exponent and fraction of binary128
        raw = struct.unpack(">Q", struct.pack(">d", value))[0]
        sign, exponent, fraction = raw >> 63, raw >> 52 & 0x7FF, raw & (1 << 52) - 1
        bits = sign << 127 if value == 0 else sign << 127 | (exponent - 1023 + 16383) << 112 | fraction << 60
    top = 1 << 8 * size - 1
    return format(bits ^ (2 * top - 1) if bits & top else bits | top, f"0{2 * size}x")


def name_value(name: str) -> int:
    """Of a name of at most 12 characters."""
    value = 0
    for character in name.ljust(12, "."):
        value = value << 5 | ".12345abcdefghijklmnopqrstuvwxyz".index(character)
    return value << 4


# By index: key type, encoding, (as in the state, as asked for, as next_key), in order.
INDEXES = {
    0: ("i64", "dec", [(format(key, "016x"), str(key), str(key)) for key in (0, 7, 2**40, 2**64 - 1)]),
    1: ("i128", "dec", [(format(key, "032x"), str(key), str(key)) for key in (0, 9, 2**70, 2**128 - 1)]),
    2: ("i256", "dec", [(format(key, "064x"), str(key), "0x" + format(key, "064x")) for key in (0, 9, 2**200, 2**256 - 1)]),
    3: ("sha256", "hex", [(key * 32, key * 32, key * 32) for key in ("00", "01", "a0", "ff")]),
    4: ("ripemd160", "hex", [(key * 20 + "00" * 12, key * 20, key * 20) for key in ("00", "01", "a0", "ff")]),
    5: ("float64", "dec", [(ordered_float(key, 8), repr(key), format(key, ".17g")) for key in (-1e300, -1.5, 0.0, 2.25)]),
    6: ("float128", "dec", [(ordered_float(key, 16), repr(key), format(key, ".17g")) for key in (-1e300, -1.5, 0.0, 2.25)]),
    7: ("name", "dec", [(format(name_value(name), "016x"), name, str(name_value(name)))
                        for name in ("alice", "bob", "carol", "zz")]),
    8: ("i256", "hex", [(key * 32, key * 32, key * 32) for key in ("00", "01", "a0", "ff")]),
}


class Tables(NodeTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        node = cls.node
        node.found()
        packed = node.command("packabi " + json.dumps(ABI))
        node.push(node.action("eosio", "setabi", "tabler", {"account": "tabler", "abi": packed}))
        for primary in PRIMARIES:
            node.command(f"row tabler alice things {primary} bob {cls.packed(primary)}")
        node.command(f"row tabler bob things 3 alice {cls.packed(3)}")
        node.command(f"row tabler bob others 4 alice {cls.packed(4)}")
        node.command(f"row tabler aaa others 4 alice {cls.packed(4)}")
        for index, (_, _, keys) in INDEXES.items():
            for (key, _, _), primary in zip(keys, PRIMARIES):
                node.command(f"index tabler alice things {index} {key} {primary} bob")

    @staticmethod
    def packed(primary: int) -> str:
        text = f"row {primary}".encode()
        return (struct.pack("<Q", primary) + bytes([len(text)]) + text).hex()

    def rows(self, **query) -> dict:
        body = {"json": True, "code": "tabler", "scope": "alice", "table": "things", "limit": 100, **query}
        return self.node.good("get_table_rows", body)

    def ids(self, **query) -> list:
        return [int(row["id"]) for row in self.rows(**query)["rows"]]

    def test_rows_are_decoded(self) -> None:
        self.assertEqual(self.rows(), {"rows": [{"id": key if key < 2**32 else str(key), "text": f"row {key}"} for key in PRIMARIES],
                                       "more": False, "next_key": ""})
        self.assertEqual(self.rows(json=False, upper_bound=0)["rows"], [self.packed(0)])

    def test_payer(self) -> None:
        self.assertEqual(self.rows(show_payer=True, limit=1)["rows"], [{"data": {"id": 0, "text": "row 0"}, "payer": "bob"}])

    def test_bounds_are_inclusive(self) -> None:
        self.assertEqual(self.ids(lower_bound="1", upper_bound="300"), [1, 5, 300])
        self.assertEqual(self.ids(lower_bound=2, upper_bound=299), [5])
        self.assertEqual(self.ids(lower_bound=str(2**64 - 1)), [2**64 - 1])
        self.assertEqual(self.ids(lower_bound="6", upper_bound="5"), [])
        self.assertEqual(self.ids(lower_bound="300", upper_bound="1"), [])

    def test_pages(self) -> None:
        seen, query = [], {"limit": 2}
        for _ in range(10):
            page = self.rows(**query)
            seen += [int(row["id"]) for row in page["rows"]]
            if not page["more"]:
                break
            query["lower_bound"] = page["next_key"]
        self.assertEqual(seen, PRIMARIES)

    def test_pages_in_reverse(self) -> None:
        seen, query = [], {"limit": 4, "reverse": True}
        for _ in range(10):
            page = self.rows(**query)
            seen += [int(row["id"]) for row in page["rows"]]
            if not page["more"]:
                break
            query["upper_bound"] = page["next_key"]
        self.assertEqual(seen, PRIMARIES[::-1])

    def test_limits(self) -> None:
        self.assertEqual(self.rows(limit=0), {"rows": [], "more": True, "next_key": "0"})
        body = {"code": "tabler", "scope": "alice", "table": "things"}
        self.assertEqual(len(self.node.good("get_table_rows", body)["rows"]), len(PRIMARIES))
        self.fails("get_table_rows", {**body, "limit": -1}, 400, 3200006, "invalid_http_request")
        self.fails("get_table_rows", {**body, "limit": 2**32}, 400, 3200006, "invalid_http_request")

    def test_every_type_of_secondary_key(self) -> None:
        for index, (kind, encoding, keys) in INDEXES.items():
            query = {"index_position": str(index + 2), "key_type": kind, "encode_type": encoding}
            with self.subTest(**query):
                primaries = PRIMARIES[:len(keys)]
                self.assertEqual(self.ids(**query), primaries)
                self.assertEqual(self.ids(**query, reverse=True), primaries[::-1])
                for at, (_, asked, after) in enumerate(keys):
                    self.assertEqual(self.ids(**query, lower_bound=asked), primaries[at:])
                    self.assertEqual(self.ids(**query, upper_bound=asked), primaries[:at + 1])
                    page = self.rows(**query, limit=at)
                    self.assertEqual((page["more"], page["next_key"]), (True, after))
                    self.assertEqual(self.ids(**query, lower_bound=after), primaries[at:])

    def test_words_for_positions(self) -> None:
        for words, index in ((("2", "secondary", "second", "two"), 0), (("3", "tertiary", "third", "ternary"), 1),
                             (("5", "fifth", "five"), 3)):
            kind, encoding, keys = INDEXES[index]
            for word in words:
                self.assertEqual(self.ids(index_position=word, key_type=kind, encode_type=encoding), PRIMARIES[:len(keys)])
        for word in ("1", "0", "primary", "first", "one", ""):
            self.assertEqual(self.ids(index_position=word), PRIMARIES)
        for query in ({"index_position": "last", "key_type": "i64"}, {"index_position": "99", "key_type": "i64"},
                      {"index_position": "2"}, {"index_position": "2", "key_type": "i63"},
                      {"lower_bound": "no number!"}, {"index_position": "7", "key_type": "float64", "lower_bound": "nan"},
                      {"index_position": "3", "key_type": "i128", "lower_bound": str(2**128)},
                      {"index_position": "5", "key_type": "sha256", "lower_bound": "00"}, {"scope": "-"}):
            self.fails("get_table_rows", {"code": "tabler", "scope": "alice", "table": "things", **query}, 500, 3060003,
                       "contract_table_query_exception")

    def test_an_index_of_another_type_shows_nothing(self) -> None:
        self.assertEqual(self.ids(index_position="2", key_type="i128"), [])

    def test_scopes_are_numbers_names_and_symbols(self) -> None:
        stats = {"code": "eosio.token", "table": "stat"}
        for scope in ("SYS", str(0x535953), 0x535953):
            rows = self.node.good("get_table_rows", {**stats, "json": True, "scope": scope})["rows"]
            self.assertEqual(rows[0]["issuer"], "eosio", scope)
        self.assertEqual(self.ids(scope=str(name_value("alice"))), PRIMARIES)
        self.assertEqual(self.rows(scope="nobody")["rows"], [])

    def test_tables_that_are_not_there(self) -> None:
        body = {"code": "tabler", "scope": "alice", "table": "nothing"}
        self.fails("get_table_rows", body, 500, 3060003, "contract_table_query_exception")
        self.fails("get_table_rows", {**body, "code": "alice"}, 500, 3060003, "contract_table_query_exception")
        self.fails("get_table_rows", {**body, "code": "nobody"}, 400, 3060002, "account_query_exception")

    def test_what_the_abi_does_not_fit_is_hexadecimal(self) -> None:
        self.node.command("row tabler broken things 1 bob ff")
        self.assertEqual(self.rows(scope="broken")["rows"], ["ff"])

    def scopes(self, **query) -> list:
        answer = self.node.good("get_table_by_scope", {"code": "tabler", "limit": 100, **query})
        return [(row["scope"], row["table"]) for row in answer["rows"] if row["scope"] != "broken"]

    def test_get_table_by_scope(self) -> None:
        everything = [("aaa", "others"), ("alice", "things"), ("bob", "others"), ("bob", "things")]
        self.assertEqual(self.scopes(), everything)
        self.assertEqual(self.scopes(reverse=True), everything[::-1])
        self.assertEqual(self.scopes(table="things"), [("alice", "things"), ("bob", "things")])
        self.assertEqual(self.scopes(lower_bound="alice", upper_bound="alice"), [("alice", "things")])
        self.assertEqual(self.scopes(lower_bound="b", upper_bound="a"), [])
        page = self.node.good("get_table_by_scope", {"code": "tabler", "limit": 1})
        self.assertEqual(page["rows"], [{"code": "tabler", "scope": "aaa", "table": "others", "payer": "alice", "count": 1}])
        self.assertEqual(page["more"], "alice")
        self.assertEqual(self.node.good("get_table_by_scope", {"code": "nobody"}), {"rows": [], "more": ""})


if __name__ == "__main__":
    unittest.main(verbosity=1)
