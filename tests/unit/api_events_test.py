#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The event stream, as a browser or an explorer reads it."""
import http.client
import json
import time
import unittest

from api_rig import HANG_SECONDS, Node, NodeTest


class Stream:
    """A reader of /v1/events."""

    def __init__(self, node: Node, query: str = "", headers: dict = None) -> None:
        self.connection = node.connect()
        self.connection.request("GET", "/v1/events" + query, headers=headers or {})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def next(self):
        """(event, data, id or None); None at the end. Comments are passed over."""
        fields = {}
        while line := self.answer.readline():
            line = line.decode().rstrip("\n")
            if line == "" and "data" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id")
            if line and not line.startswith(":"):
                name, value = line.split(": ", 1)
                assert name in ("event", "data", "id") and name not in fields, line
                fields[name] = value
        assert not fields
        return None

    def until(self, event: str) -> dict:
        while (got := self.next())[0] != event:
            pass
        return got[1]

    def close(self) -> None:
        self.connection.close()


class Events(NodeTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.node.found()

    def stream(self, query: str = "", headers: dict = None) -> Stream:
        stream = Stream(self.node, query, headers)
        self.addCleanup(stream.close)
        return stream

    def transfer(self, sender: str = "alice", receiver: str = "bob") -> dict:
        return self.node.push(self.node.transfer(sender, receiver, "0.0001 SYS"), keys=(1,))

    def test_what_happens_is_told(self) -> None:
        stream = self.stream()
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
        sent = self.transfer()
        told = stream.until("transaction")
        self.assertEqual(told["transaction_id"], sent["transaction_id"])
        self.assertEqual(told["block_num"], sent["processed"]["block_num"])
        flat = [one["receiver"] for one in told["trace"]["action_traces"]]
        self.assertEqual(flat, ["eosio.token", "alice", "bob"])
        event, block, number = stream.next()
        self.assertEqual((event, number), ("block", str(told["block_num"])))
        self.assertEqual((block["block_id"], block["transaction_count"]), (told["block_id"], 1))
        self.assertEqual(self.node.good("get_block", {"block_num_or_id": block["block_num"]})["id"], block["block_id"])
        self.assertGreaterEqual(stream.until("final")["block_num"], 1)
        heights = [stream.until("block")["block_num"] for _ in range(2)]
        self.assertEqual(heights[1], heights[0] + 1)

    def test_only_what_touches_an_account(self) -> None:
        bob, tabler = self.stream("?account=bob"), self.stream("?account=tabler")
        first, second = self.transfer(receiver="tabler"), self.transfer()
        self.assertEqual(tabler.until("transaction")["transaction_id"], first["transaction_id"])
        self.assertEqual(bob.until("transaction")["transaction_id"], second["transaction_id"])

    def test_the_past_is_read_from_the_log(self) -> None:
        sent = self.transfer()
        head = self.node.wait_block()["head_block_num"]
        stream = self.stream("?from_height=1")
        heights, transactions = [], []
        while len(heights) < head + 3:  # beyond what there was
            event, data, _ = stream.next()
            if event == "block":
                heights.append(data["block_num"])
            elif event == "transaction":
                self.assertEqual(data["block_num"], len(heights) + 1)
                transactions.append(data["transaction_id"])
        self.assertEqual(heights, list(range(1, head + 4)))
        self.assertIn(sent["transaction_id"], transactions)
        self.assertEqual(len(set(transactions)), len(transactions))

    def test_a_filter_holds_for_the_past_too(self) -> None:
        sent = self.transfer(receiver="tabler")
        other = self.transfer()
        self.node.wait_block(other["processed"]["block_num"])
        stream = self.stream("?account=tabler&from_height=2")
        seen = []
        while (got := stream.next())[:1] != ("block",) or got[1]["block_num"] < other["processed"]["block_num"]:
            if got[0] == "transaction":
                seen.append(got[1]["transaction_id"])
        self.assertIn(sent["transaction_id"], seen)
        self.assertNotIn(other["transaction_id"], seen)

    def test_a_browser_goes_on_where_it_was(self) -> None:
        head = self.node.wait_block(6)["head_block_num"]
        stream = self.stream("?from_height=2", {"Last-Event-ID": str(head - 3)})
        self.assertEqual(stream.until("block")["block_num"], head - 2)
        stream = self.stream(f"?from_height={head + 3}")  # of the future
        self.assertEqual(stream.until("block")["block_num"], head + 3)

    def test_queries_that_are_none(self) -> None:
        for query in ("?account=ALICE", "?account=", "?from_height=x", "?from_height=-1", "?from_height=4294967296"):
            self.assertEqual(self.stream(query).status, 400, query)
        self.assertEqual(self.stream("", {"Last-Event-ID": "x"}).status, 400)

    def test_the_end_of_the_node_is_the_end_of_the_stream(self) -> None:
        node = Node()
        streams = [Stream(node), Stream(node, "?from_height=1")]
        for stream in streams:
            stream.until("block")
        node.process.stdin.close()
        for stream in streams:
            while stream.next() is not None:
                pass
            stream.close()
        self.assertEqual(node.process.wait(timeout=HANG_SECONDS), 0)
        node.process.stdout.close()


class Limits(NodeTest):
    OPTIONS = {"timeout_s": 1, "request_s": 2}

    def subscribed(self) -> Stream:
        """A machine that stands still is cut off before it has asked: then again."""
        deadline = time.monotonic() + HANG_SECONDS
        while True:
            try:
                stream = Stream(self.node)
                self.assertEqual(stream.status, 200)
                return stream
            except (OSError, http.client.HTTPException):
                self.assertLess(time.monotonic(), deadline, "nobody gets a stream")

    def test_a_stream_outlives_them(self) -> None:
        stream = self.subscribed()
        self.addCleanup(stream.close)
        begin, heights = time.monotonic(), []
        while time.monotonic() - begin < 4:
            heights.append(stream.until("block")["block_num"])
        self.assertEqual(heights, list(range(heights[0], heights[0] + len(heights))))


class Crowd(NodeTest):
    OPTIONS = {"subscribers_max": 4}

    def test_too_many_subscribers(self) -> None:
        streams = [Stream(self.node) for _ in range(5)]
        self.assertEqual([one.status for one in streams], [200] * 4 + [503])
        for one in streams:
            one.close()
        for _ in range(40):  # it notices that they are gone when it has something to say
            self.node.wait_block()
            stream = Stream(self.node)
            stream.close()
            if stream.status == 200:
                break
        self.assertEqual(stream.status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
