#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page that describes the HTTP interface, held against the interface: the same routes, the same required members."""
import json
import time
import unittest
from pathlib import Path

from api_rig import HANG_SECONDS, NodeTest

PAGE = Path("host/api/openapi.json")
TYPES = {"string": str, "boolean": bool, "integer": int, "object": dict}


class OpenApi(NodeTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.page = json.loads(PAGE.read_text(encoding="utf-8"))
        cls.node.found()
        cls.node.wait_block(3)

    def operations(self):
        for path, methods in self.page["paths"].items():
            self.assertEqual(len(methods), 1, path)
            for method, operation in methods.items():
                yield path, method, operation

    def resolved(self, part: dict) -> dict:
        """What stands on the page where the part refers to."""
        while "$ref" in part:
            names = part["$ref"].removeprefix("#/").split("/")
            part = self.page
            for name in names:
                part = part[name]
        return part

    def check(self, value, schema: dict) -> None:
        """Against a schema without patterns and lists; what it says nothing of may not be there."""
        schema = self.resolved(schema)
        self.assertIs(type(value), TYPES[schema["type"]], value)
        self.assertIn(value, schema.get("enum", [value]))
        if schema["type"] == "object":
            self.assertLessEqual(set(schema["required"]), set(value))
            for name in value:
                self.assertIn(name, schema["properties"])
                self.check(value[name], schema["properties"][name])

    def answer(self, path: str, body, method: str = "POST") -> tuple:
        """Health fails while a machine that stood still has made no block again."""
        deadline = time.monotonic() + HANG_SECONDS
        while True:
            status, headers, text = self.node.request(path, body, method)
            if path != "/v1/health" or status != 503:
                return status, headers, text
            self.assertLess(time.monotonic(), deadline, text)
            time.sleep(0.05)

    def test_the_node_serves_it(self) -> None:
        self.assertEqual(self.node.request("/v1/openapi.json", None, "GET")[2], PAGE.read_bytes())

    def test_routes_are_the_same(self) -> None:
        routes = self.node.good("/v1/node/get_supported_apis")["apis"]
        self.assertEqual(sorted(routes), routes)
        self.assertEqual(sorted(self.page["paths"]), routes)

    def test_every_route_answers_as_described(self) -> None:
        for path, method, operation in self.operations():
            if path == "/v1/events":
                continue  # never ends; tests/unit/api_events_test.py reads it
            body = operation.get("requestBody")
            example = body["content"]["application/json"]["example"] if body else None
            self.assertEqual(body is not None, method == "post", path)
            status, headers, text = self.answer(path, example, method.upper())
            described = next(iter(operation["responses"]))
            content = next(iter(operation["responses"][described]["content"]))
            if str(status) == described:
                self.assertEqual(headers["Content-Type"].split(";")[0], content, path)
            else:  # what is asked for is not there: in the form of an error, and not of the request's own
                self.assertEqual(set(json.loads(text)), {"code", "message", "error"}, path)
                self.assertNotEqual(json.loads(text)["error"]["name"], "invalid_http_request", (path, text))

    def test_health_is_as_described(self) -> None:
        # The same object, whether the node makes blocks or not.
        producing = self.answer("/v1/health", None, "GET")
        self.addCleanup(self.node.command, "producing 1")
        self.node.command("producing 0")
        stopped = self.node.request("/v1/health", None, "GET")
        responses = self.page["paths"]["/v1/health"]["get"]["responses"]
        for wanted, (status, _, text) in ((200, producing), (503, stopped)):
            self.assertEqual(status, wanted, text)
            content = self.resolved(responses[str(status)])["content"]["application/json"]
            self.check(json.loads(text), content["schema"])

    def test_bodies_are_needed_where_it_says_so(self) -> None:
        for path, method, operation in self.operations():
            if path == "/v1/events":
                continue
            status, _, text = self.answer(path, b"")
            if "requestBody" in operation:
                self.assertEqual(status, 400, path)
                self.assertIn("body is required", text.decode())
            else:
                self.assertEqual(status, 200, path)

    def test_required_members_are_required(self) -> None:
        for path, _, operation in self.operations():
            if "requestBody" not in operation:
                continue
            content = operation["requestBody"]["content"]["application/json"]
            if content["schema"]["type"] == "array":
                continue
            for name in content["schema"]["properties"]:
                less = {key: value for key, value in content["example"].items() if key != name}
                required = name in content["schema"].get("required", [])
                if name in content["example"]:
                    got = self.node.ask(path, less)
                    missing = got[0] != 200 and name in json.dumps(got[1]) + self.named(got[1])
                    self.assertEqual(missing, required, (path, name, got))

    @staticmethod
    def named(answer: dict) -> str:
        """Transactions say what they miss by their own words."""
        name = answer["error"]["name"] if isinstance(answer, dict) and "error" in answer else ""
        return {"packed_transaction_type_exception": "packed_trx transaction",
                "transaction_type_exception": "transaction expiration"}.get(name, "")


if __name__ == "__main__":
    unittest.main(verbosity=1)
