// Prices an order, places it, lists orders and meets an error; with a client of OpenAPI Generator.
import { readFileSync } from "node:fs";
import { env } from "node:process";
import { Configuration, OrderRequestEnvelopeFromJSON, OrdersApi, ResponseError, TokensApi } from "./client/index.js";

const { MOBPROC_CLIENT_ID: clientId = "", MOBPROC_CLIENT_SECRET: clientSecret = "", MOBPROC_TENANT: tenant = "" } = env;
const tokens = new TokensApi(new Configuration({ basePath: env.MOBPROC_TOKEN_URL?.replace("/as/token.oauth2", "") }));
const login = { grantType: "password", scope: "MOBPROC", username: env.MOBPROC_USERNAME, password: env.MOBPROC_PASSWORD };
const token = await tokens.tokenCreate({ clientId, clientSecret, ...login });
const api = new OrdersApi(new Configuration({
  basePath: env.MOBPROC_BASE_URL, accessToken: `Bearer ${token.accessToken}`,
  apiKey: (name) => (name === "client_id" ? clientId : tenant),
}));
const order = JSON.parse(readFileSync("openapi/examples/orders/upgrade/request.json", "utf8"));
const request = { orderRequestEnvelope: OrderRequestEnvelopeFromJSON(order), xTNGOCONTEXTCOMPANYEMPLOYEEID: "peter.edwards.acme" };

const checked = await api.orderCreate({ ...request, confirm: true });
console.log("price", checked.orderConfirmation?.costSummary);
const placed = await api.orderCreate({ ...request, confirm: false });
console.log("placed", placed.order?.orderId);
console.log("listed", (await api.orderList({ limit: 10, offset: 0 })).orders?.items?.length);
await api.orderGet({ id: "0" }).catch((error) => {
  console.log("error", error instanceof ResponseError ? error.response.status : error);
});
