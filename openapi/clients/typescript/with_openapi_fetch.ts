// Prices an order, places it, lists orders and meets an error; with types of openapi-typescript and openapi-fetch.
import { readFileSync } from "node:fs";
import { env } from "node:process";
import createClient from "openapi-fetch";
import type { components, paths } from "./mobproc.js";

const file = "openapi/examples/orders/upgrade/request.json";
const { MOBPROC_BASE_URL: baseUrl, MOBPROC_TOKEN_URL: tokens, MOBPROC_CLIENT_ID: client_id = "" } = env;
const { MOBPROC_USERNAME: username = "", MOBPROC_PASSWORD: password = "", MOBPROC_CLIENT_SECRET: client_secret = "" } = env;
const login = { grant_type: "password", scope: "MOBPROC", username, password, client_id, client_secret };
const server = createClient<paths>({ baseUrl: tokens?.replace("/as/token.oauth2", "") });
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const token = await server.POST("/as/token.oauth2", { body: login, headers: form });
if (!token.data) throw new Error(JSON.stringify(token.error));
const headers = { Authorization: `Bearer ${token.data.access_token}`, "X-TNGO-TENANT": env.MOBPROC_TENANT, client_id };
const api = createClient<paths>({ baseUrl, headers });
const body: components["schemas"]["OrderRequestEnvelope"] = JSON.parse(readFileSync(file, "utf8"));
const header = { "X-TNGO-CONTEXT-COMPANYEMPLOYEEID": "peter.edwards.acme" };
const checked = await api.POST("/orders", { params: { query: { confirm: true }, header }, body });
if (!checked.data?.orderConfirmation) throw new Error(JSON.stringify(checked.error));
console.log("price", checked.data.orderConfirmation.costSummary);
const placed = await api.POST("/orders", { params: { query: { confirm: false }, header }, body });
console.log("placed", placed.data?.order?.orderId);
console.log("listed", (await api.GET("/orders", { params: { query: { limit: 10, offset: 0 } } })).data?.orders?.items);
console.log("error", (await api.GET("/orders/{id}", { params: { path: { id: "0" } } })).error);
