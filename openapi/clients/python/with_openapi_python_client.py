"""Prices an order, places it, lists orders and meets an error; with a client of openapi-python-client."""

import json
from os import environ as env
from pathlib import Path

from mobproc_calls import AuthenticatedClient, Client, models
from mobproc_calls.api.orders import order_create, order_get, order_list
from mobproc_calls.api.tokens import token_create

login = models.TokenRequest(
    grant_type="password", username=env["MOBPROC_USERNAME"], password=env["MOBPROC_PASSWORD"], scope="MOBPROC",
    client_id=env["MOBPROC_CLIENT_ID"], client_secret=env["MOBPROC_CLIENT_SECRET"])  # fmt: skip
token = token_create.sync(client=Client(env["MOBPROC_TOKEN_URL"].removesuffix("/as/token.oauth2")), body=login)
assert isinstance(token, models.TokenResponse), token
keys = {"X-TNGO-TENANT": env["MOBPROC_TENANT"], "client_id": env["MOBPROC_CLIENT_ID"]}
api = AuthenticatedClient(env["MOBPROC_BASE_URL"], token.access_token, headers=keys)
order = models.OrderRequestEnvelope.from_dict(json.loads(Path("openapi/examples/orders/upgrade/request.json").read_text()))
checked = order_create.sync(client=api, body=order, confirm=True, x_tngo_context_companyemployeeid="peter.edwards.acme")
assert isinstance(checked, models.OrderAnswer) and checked.order_confirmation, checked
print("price", checked.order_confirmation.cost_summary)
answer = order_create.sync(client=api, body=order, confirm=False, x_tngo_context_companyemployeeid="peter.edwards.acme")
print("placed", isinstance(answer, models.OrderAnswer) and answer.order and answer.order.order_id)
print("listed", order_list.sync(client=api, limit=10, offset=0))
print("error", order_get.sync(client=api, id="0"))
