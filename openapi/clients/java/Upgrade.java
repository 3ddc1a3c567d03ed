import java.io.File;
import mobproc.*;
import mobproc.api.*;
import mobproc.api.OrdersApi.*;
import mobproc.api.TokensApi.*;
import mobproc.model.OrderRequestEnvelope;

/** Prices an order, places it, lists orders and meets an error; with a client of OpenAPI Generator. */
class Upgrade {
    public static void main(String[] arguments) throws Exception {
        var env = System.getenv();
        var client = new ApiClient();
        client.updateBaseUri(env.get("MOBPROC_TOKEN_URL").replace("/as/token.oauth2", ""));
        var login = APITokenCreateRequest.newBuilder().scope("MOBPROC").grantType("password")
            .username(env.get("MOBPROC_USERNAME")).password(env.get("MOBPROC_PASSWORD"))
            .clientId(env.get("MOBPROC_CLIENT_ID")).clientSecret(env.get("MOBPROC_CLIENT_SECRET"));
        var token = "Bearer " + new TokensApi(client).tokenCreate(login.build()).getAccessToken();
        client.updateBaseUri(env.get("MOBPROC_BASE_URL"));
        client.setRequestInterceptor(request -> request.headers("Authorization", token,
            "X-TNGO-TENANT", env.get("MOBPROC_TENANT"), "client_id", env.get("MOBPROC_CLIENT_ID")));
        var api = new OrdersApi(client);
        var order = client.getObjectMapper().readValue(
            new File("openapi/examples/orders/upgrade/request.json"), OrderRequestEnvelope.class);
        var upgrade = APIOrderCreateRequest.newBuilder().orderRequestEnvelope(order)
            .X_TNGO_CONTEXT_COMPANYEMPLOYEEID("peter.edwards.acme");
        var confirmed = api.orderCreate(upgrade.confirm(true).build()).getOrderConfirmation();
        System.out.println("price " + confirmed.getCostSummary());
        System.out.println("placed " + api.orderCreate(upgrade.confirm(false).build()).getOrder().getOrderId());
        var page = api.orderList(APIOrderListRequest.newBuilder().limit(10).offset(0).build());
        System.out.println("listed " + page.getOrders().getItems().size());
        try {
            api.orderGet(APIOrderGetRequest.newBuilder().id("0").build());
        } catch (ApiException error) {
            System.out.println("error " + error.getCode());
        }
    }
}
