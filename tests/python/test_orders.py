"""Tests of a program in Python against one running sandbox, in parallel: each case has a tenant of its own.

Run with the variables that `cargo run -p mobproc-sandbox` prints: python3 tests/python/test_orders.py
"""

import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from pathlib import Path

API = os.environ["MOBPROC_BASE_URL"]
TOKENS = os.environ["MOBPROC_TOKEN_URL"]
SANDBOX = API.removesuffix("/mobproc/v1") + "/sandbox"
UPGRADE = Path("openapi/examples/orders/upgrade/request.json").read_bytes()


def call(method, url, body=None, **headers):
    names = {name.replace("_", "-") if name != "client_id" else name: value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(url, body, names, method=method)) as answer:
        return json.load(answer)


class WithTenant(unittest.TestCase):
    """A case with a tenant, which is back at its beginning before each test."""

    def setUp(self):
        self.control = f"{SANDBOX}/tenants/{type(self).__name__}.{self._testMethodName}"
        of = call("PUT", self.control)
        self.steer("POST", "/reset")
        form = {"grant_type": "password", "scope": "MOBPROC", "username": of["username"], "password": of["password"],
                "client_id": of["clientId"], "client_secret": of["clientSecret"]}  # fmt: skip
        token = call("POST", TOKENS, urllib.parse.urlencode(form).encode())["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "X_TNGO_TENANT": of["tenant"], "client_id": of["clientId"],
                        "Content_Type": "application/json", "X_TNGO_CONTEXT_COMPANYEMPLOYEEID": "peter.edwards.acme"}  # fmt: skip
        self.steer("DELETE", "/requests")

    def steer(self, method, path, body=None):
        return call(method, self.control + path, body)

    def order(self, confirm):
        return call("POST", f"{API}/orders?confirm={confirm}", UPGRADE, **self.headers)

    def sent(self, **filters):
        query = urllib.parse.urlencode({"operation": "order_create", "order": "12345678", **filters})
        return self.steer("GET", f"/requests/count?{query}")["count"]


class Orders(WithTenant):
    def test_a_confirmation_orders_nothing(self):
        self.assertEqual(self.order("true")["status"], "SUCCESS")
        self.assertEqual((self.sent(confirm="true"), self.sent(confirm="false")), (1, 0))
        self.assertEqual(self.steer("GET", "/orders")["orders"], [])

    def test_an_order_is_sent_exactly_once(self):
        self.order("true")
        placed = self.order("false")["order"]["orderId"]
        self.assertEqual(self.sent(confirm="false"), 1)
        self.assertEqual([order["orderId"] for order in self.steer("GET", "/orders")["orders"]], [placed])

    def test_an_answer_is_lost_after_the_order_was_placed(self):
        self.steer("POST", "/faults", b"order_create:drop-after x1")
        with self.assertRaises(RemoteDisconnected):
            self.order("false")
        self.assertEqual(self.sent(confirm="false", processed="true"), 1)
        self.assertEqual(len(self.steer("GET", "/orders")["orders"]), 1)

    def test_an_order_is_shipped_and_completed_by_the_clock(self):
        self.steer("PATCH", "/settings", b'{"shipAfter": 3600}')
        self.order("false")
        for seconds, status in [(3600, "ORDER_SHIPPED"), (3600, "ORDER_COMPLETED")]:
            self.steer("POST", "/clock/advance", json.dumps({"seconds": seconds + 1}).encode())
            self.assertEqual(self.steer("GET", "/orders")["orders"][0]["status"], status)

    def test_a_script_answers_one_order(self):
        script = {"operation": "order_create", "query": {"confirm": "false"}, "status": 503}
        self.steer("POST", "/scripts", json.dumps(script).encode())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.order("false")
        self.assertEqual(refused.exception.code, 503)
        refused.exception.close()
        self.assertEqual(self.sent(status=503, processed="false"), 1)

    def test_the_beginning_comes_back(self):
        for _ in range(3):
            self.order("false")
            self.assertEqual(len(self.steer("GET", "/orders")["orders"]), 1)
            self.steer("POST", "/reset")


if __name__ == "__main__":
    results = []
    # Three times, so that each tenant is used again.
    for _ in range(3):
        cases = list(unittest.defaultTestLoader.loadTestsFromTestCase(Orders))
        with ThreadPoolExecutor(len(cases)) as threads:
            results += threads.map(lambda case: case.run(), cases)
    for result in results:
        for case, trace in result.failures + result.errors:
            print(f"{case}\n{trace}")
    run = sum(result.testsRun for result in results)
    failed = sum(not result.wasSuccessful() for result in results)
    print(f"{run} run, {failed} failed")
    raise SystemExit(failed > 0 or run == 0)
