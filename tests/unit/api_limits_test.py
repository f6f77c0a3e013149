#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the HTTP interface does with requests that are too much, too slow or none at all."""
import concurrent.futures
import http.client
import json
import re
import socket
import time
import unittest

from api_rig import HANG_SECONDS, NodeTest

PAGE = "/v1/chain/get_info"
BODY_BYTES_MAX = 65536


def raw(port: int, text: bytes) -> bytes:
    """Sends this and reads until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS) as connection:
        connection.sendall(text)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


class Requests(NodeTest):
    OPTIONS = {"body_bytes_max": BODY_BYTES_MAX, "cors_origin": "https://wallet.example"}

    def test_routes_that_are_not_there(self) -> None:
        for path in ("/", "/v1", "/v1/chain", "/v1/chain/", "/v1/chain/get_inf", "/v1/chain/get_info/", "/v1/chain/get_infos",
                     "//v1/chain/get_info", "/%2e%2e/etc/passwd", "/" + "x" * 5000):
            status, headers, text = self.node.request(path, "{}")
            answer = json.loads(text)
            self.assertEqual((status, answer["code"], answer["message"]), (404, 404, "Not Found"), path)
            self.assertEqual(answer["error"]["details"][0]["message"], "Unknown Endpoint")
            self.assertEqual(headers["Content-Type"], "application/json")

    def test_methods(self) -> None:
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"):
            status, headers, text = self.node.request(PAGE, None, method)
            self.assertEqual((status, json.loads(text)["code"]), (405, 405), method)
            self.assertIn("POST", headers["Allow"])
        status, headers, text = self.node.request(PAGE, None, "HEAD")
        self.assertEqual((status, text), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 100)

    def test_cors(self) -> None:
        for method, status in (("OPTIONS", 204), ("GET", 200)):
            got, headers, text = self.node.request(PAGE, None, method, {"Origin": "https://wallet.example"})
            self.assertEqual(got, status)
            self.assertEqual(headers["Access-Control-Allow-Origin"], "https://wallet.example")
            self.assertEqual(headers["Vary"], "Origin")
            self.assertIn("Content-Type", headers["Access-Control-Allow-Headers"])
            self.assertEqual(text == b"", method == "OPTIONS")
        self.assertIn("Access-Control-Allow-Origin", self.node.request("/nothing")[1])

    def test_bodies_that_are_no_json(self) -> None:
        for body in (b"", b"{", b"[1,", b"\xff\xfe", b"{\"a\":}", b"{\"a\":1}x", b"nul", b"{\"account_name\":\"\\u0000\"}",
                     b"{\"limit\":" + b"9" * 400 + b"}", b"{\"x\":1e999}", b"[" * 60000, b"{\"a\":" * 10000,
                     b"{\"a\":\"" + b"x" * 60000):
            status, _, text = self.node.request("/v1/chain/get_account", body)
            self.assertEqual((status, json.loads(text)["error"]["name"]), (400, "invalid_http_request"), body[:40])

    def test_members_of_other_types(self) -> None:
        for body in ({}, [], {"account_name": 7}, {"account_name": None}, {"account_name": ["alice"]}, {"account_name": {}},
                     {"account_name": "ALICE"}, {"account_name": "a" * 14}, {"account_name": "alice."}, {"account_name": "\u00e9"}):
            self.fails("get_account", body, 400, 3200006, "invalid_http_request")
        rows = {"code": "eosio.token", "scope": "eosio", "table": "accounts"}
        for wrong in ({"limit": "x"}, {"limit": -1}, {"limit": 1.5}, {"limit": []}, {"json": 3.5}, {"json": "maybe"},
                      {"scope": {}}, {"lower_bound": []}, {"reverse": []}, {"key_type": 1.0}):
            self.fails("get_table_rows", {**rows, **wrong}, 400, 3200006, "invalid_http_request")
        self.node.good("get_table_rows", {**rows, "limit": "7", "json": 1, "reverse": "false", "lower_bound": None})

    def test_keep_alive(self) -> None:
        connection = self.node.connect()
        for _ in range(20):
            connection.request("POST", "/v1/chain/get_account", json.dumps({"account_name": "eosio"}))
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(answer.read())["account_name"], "eosio")
        for path, status in (("/nothing", 404), (PAGE, 200), ("/v1/chain/get_account", 400), (PAGE, 200)):
            connection.request("POST", path, "{}")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, status)
        connection.close()

    def test_a_pipeline_is_answered_in_order(self) -> None:
        line = b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"
        answer = raw(self.node.port, line % (b"/v1/chain/get_info", b"") + line % (b"/nothing", b"") +
                     line % (b"/v1/chain/get_info", b"Connection: close\r\n"))
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", answer), [b"200", b"404", b"200"])

    def test_a_body_that_is_too_large(self) -> None:
        body = b"{\"account_name\":\"" + b"x" * (BODY_BYTES_MAX - 20)
        self.assertEqual(self.node.request("/v1/chain/get_account", body)[0], 400)
        for size in (BODY_BYTES_MAX + 1, 3 * BODY_BYTES_MAX):
            status, _, text = self.node.request("/v1/chain/get_account", b"x" * size)
            self.assertEqual((status, json.loads(text)["message"]), (413, "Payload Too Large"))
        # Announced, and refused before it comes.
        head = b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
        self.assertIn(b" 413 ", raw(self.node.port, head).split(b"\r\n")[0])
        # In chunks, which announce nothing.
        chunk = b"%x\r\n%s\r\n" % (32768, b"x" * 32768)
        head = b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        self.assertIn(b" 413 ", raw(self.node.port, head + 4 * chunk + b"0\r\n\r\n").split(b"\r\n")[0])
        self.assertIn(b" 400 ", raw(self.node.port, head + 2 * chunk + b"0\r\n\r\n").split(b"\r\n")[0])
        with self.assertRaises(OSError):  # never ends: is cut off
            raw(self.node.port, head + 10000 * chunk)
            raise ConnectionResetError

    def test_headers_that_are_too_large(self) -> None:
        for headers in (b"X: " + b"x" * 100000 + b"\r\n", b"".join(b"X-%d: y\r\n" % i for i in range(20000))):
            try:
                answer = raw(self.node.port, b"GET /v1/chain/get_info HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
            except OSError:
                answer = b""  # closed while it was sent
            self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0])
        self.assertEqual(self.node.request(PAGE)[0], 200)

    def test_what_is_no_http(self) -> None:
        for text in (b"\r\n\r\n", b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n",
                     b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS) as connection:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while part := connection.recv(65536):
                        answer += part
                except ConnectionResetError:
                    pass
            self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0])
        self.assertEqual(self.node.request(PAGE)[0], 200)

    def test_health(self) -> None:
        # A node that has just begun, or had no time for six slots, says that it does not produce.
        deadline = time.monotonic() + HANG_SECONDS
        status, _, text = self.node.request("/v1/health", None, "GET")
        while status != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
            status, _, text = self.node.request("/v1/health", None, "GET")
        health = json.loads(text)
        self.assertEqual((status, health["status"], health["crypto"], health["version"]), (200, "producing", "cpu", "v1.2.3"))
        self.node.command("producing 0")
        status, _, text = self.node.request("/v1/health", None, "GET")
        self.assertEqual((status, json.loads(text)["status"]), (503, "not producing"))
        self.node.command("producing 1")

    def test_metrics(self) -> None:
        status, headers, text = self.node.request("/metrics", None, "GET")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        lines = text.decode().splitlines()
        values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
        for name, value in values.items():
            self.assertIn(name.split("{")[0], typed)
            self.assertRegex(value, r"^\d+$")
        for name in ("head_height", "final_height", "producing", "pool_transactions", "http_requests_total",
                     "http_connections", "intake_refused_total{reason=\"pool\"}", "intake_keys_total{by=\"card\"}",
                     "offload_jobs_total{kind=\"ecdsa_secp256k1_recover\",by=\"cpu\"}", "events_subscribers"):
            self.assertIn("snapscale_" + name, values)
        self.assertGreaterEqual(int(values["snapscale_http_requests_total"]), 1)


class Slow(NodeTest):
    """Connections are cut off after 3 seconds without anything, requests after 5; also those of a client that is held up."""
    OPTIONS = {"timeout_s": 3, "request_s": 5, "body_bytes_max": 1 << 20}

    def test_half_open_connections_are_closed(self) -> None:
        head = b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        texts = (b"", b"POST /v1/chain/get_acc", head[:-2], head, head + b"{\"account_name\":")
        with concurrent.futures.ThreadPoolExecutor(len(texts)) as pool:
            for answer in pool.map(self.until_cut_off, texts):
                self.assertNotIn(b" 200 ", answer)

    def until_cut_off(self, text: bytes) -> bytes:
        try:
            return raw(self.node.port, text)
        except ConnectionError:
            return b""  # even before it was sent

    def trickle(self, head: bytes, byte: bytes) -> None:
        """A byte each quarter of a second is movement, and still is cut off."""
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS) as connection:
            connection.sendall(head)
            deadline = time.monotonic() + HANG_SECONDS
            with self.assertRaises(OSError):
                while time.monotonic() < deadline:
                    connection.sendall(byte)
                    time.sleep(0.25)
                self.fail("it was not cut off")
        self.eventually(self.node.serves, "it serves nobody any more")

    def test_a_body_that_trickles(self) -> None:
        self.trickle(b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b" ")

    def test_headers_that_trickle(self) -> None:
        self.trickle(b"GET /v1/chain/get_info HTTP/1.1\r\nHost: x\r\nX: ", b"y")


class Crowd(NodeTest):
    """What is held open here is closed by nobody else."""
    OPTIONS = {"connections_max": 6, "connections_per_address_max": 4, "in_flight_bytes_max": 100000, "body_bytes_max": 65536,
               "threads": 1, "timeout_s": 3600, "request_s": 3600}

    def test_too_many_connections(self) -> None:
        held = []
        for _ in range(4):
            connection = self.node.connect()
            connection.request("GET", PAGE)
            self.assertEqual(connection.getresponse().read()[:1], b"{")
            held.append(connection)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.node.request(PAGE)
        for connection in held:
            connection.close()
        deadline = time.monotonic() + HANG_SECONDS
        while True:  # it notices that they are gone
            try:
                self.assertEqual(self.node.request(PAGE)[0], 200)
                break
            except (OSError, http.client.HTTPException):
                self.assertLess(time.monotonic(), deadline)

    def test_too_many_bytes_under_way(self) -> None:
        head = b"POST /v1/chain/get_account HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=HANG_SECONDS) as first:
            first.sendall(head % 65536 + b" " * 65000)
            metric = 0
            while metric < 65000:  # it has come
                metric = int(re.search(rb"^snapscale_http_body_bytes (\d+)", self.node.request("/metrics")[2], re.MULTILINE)[1])
            status, headers, text = self.node.request("/v1/chain/get_account", b" " * 65000)
            self.assertEqual((status, json.loads(text)["message"]), (503, "Service Unavailable"))
            self.assertEqual(headers["Retry-After"], "1")
            first.sendall(b" " * 536)
            self.assertIn(b" 400 ", first.recv(1000))
        self.assertEqual(self.node.request("/v1/chain/get_account", b" " * 65000)[0], 400)


if __name__ == "__main__":
    unittest.main(verbosity=1)
