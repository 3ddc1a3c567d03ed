"""Prices an order, places it, lists orders and meets an error; with a client of OpenAPI Generator."""

import json
from os import environ as env
from pathlib import Path

from mobproc_client import ApiClient, ApiException, Configuration, OrderRequestEnvelope, OrdersApi, TokensApi

at = Configuration(env["MOBPROC_TOKEN_URL"].removesuffix("/as/token.oauth2"), ignore_operation_servers=True)
token = TokensApi(ApiClient(at)).token_create(
    grant_type="password", username=env["MOBPROC_USERNAME"], password=env["MOBPROC_PASSWORD"], scope="MOBPROC",
    client_id=env["MOBPROC_CLIENT_ID"], client_secret=env["MOBPROC_CLIENT_SECRET"])  # fmt: skip
keys = {"tenant": env["MOBPROC_TENANT"], "clientId": env["MOBPROC_CLIENT_ID"]}
api = OrdersApi(ApiClient(Configuration(env["MOBPROC_BASE_URL"], keys, access_token=token.access_token)))
order = OrderRequestEnvelope(**json.loads(Path("openapi/examples/orders/upgrade/request.json").read_text()))
checked = api.order_create(order, x_tngo_context_companyemployeeid="peter.edwards.acme", confirm=True).order_confirmation
print("price", *[cost.amount for cost in checked.cost_summary or []] if checked else "unknown")
placed = api.order_create(order, x_tngo_context_companyemployeeid="peter.edwards.acme", confirm=False).order
print("placed", placed.order_id if placed else "without a number")
page = api.order_list(limit=10, offset=0).orders
print("listed", len(page.items or []) if page else 0)
try:
    api.order_get("0")
except ApiException as error:
    print("error", error.status)
