// Prices an order, places it, lists orders and meets an error; with a client of OpenAPI Generator.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"mobproc"
	"net/http"
	"os"
	"strings"
)

func main() {
	ctx, env, settings := context.Background(), os.Getenv, mobproc.NewConfiguration()
	settings.Servers[0].URL = env("MOBPROC_BASE_URL")
	settings.OperationServers["TokensAPIService.TokenCreate"][0].URL = strings.TrimSuffix(env("MOBPROC_TOKEN_URL"), "/as/token.oauth2")
	api := mobproc.NewAPIClient(settings)
	login := api.TokensAPI.TokenCreate(ctx).GrantType("password").Username(env("MOBPROC_USERNAME")).Password(env("MOBPROC_PASSWORD"))
	token := must(login.Scope("MOBPROC").ClientId(env("MOBPROC_CLIENT_ID")).ClientSecret(env("MOBPROC_CLIENT_SECRET")).Execute())
	settings.AddDefaultHeader("Authorization", "Bearer "+token.AccessToken)
	settings.AddDefaultHeader("X-TNGO-TENANT", env("MOBPROC_TENANT"))
	settings.AddDefaultHeader("client_id", env("MOBPROC_CLIENT_ID"))
	var order mobproc.OrderRequestEnvelope
	file, err := os.ReadFile("openapi/examples/orders/upgrade/request.json")
	must(file, nil, err)
	must(order, nil, json.Unmarshal(file, &order))
	upgrade := api.OrdersAPI.OrderCreate(ctx).OrderRequestEnvelope(order).XTNGOCONTEXTCOMPANYEMPLOYEEID("peter.edwards.acme")
	for _, cost := range must(upgrade.Confirm(true).Execute()).OrderConfirmation.CostSummary {
		fmt.Println("price", cost.Amount, cost.GetCurrencyCode(), cost.GetRecurrence())
	}
	fmt.Println("placed", *must(upgrade.Confirm(false).Execute()).Order.OrderId)
	fmt.Println("listed", len(must(api.OrdersAPI.OrderList(ctx).Limit(10).Offset(0).Execute()).Orders.Items))
	_, _, err = api.OrdersAPI.OrderGet(ctx, "0").Execute()
	fmt.Println("error", err)
}

func must[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
