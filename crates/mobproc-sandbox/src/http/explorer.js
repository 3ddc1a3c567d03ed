const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();

let credentials, token;
const signIn = async () => {
  credentials = await (await fetch("/sandbox/credentials")).json();
  const { clientId, clientSecret, username, password } = credentials;
  const answer = await fetch("/as/token.oauth2", {
    method: "POST",
    body: new URLSearchParams({ grant_type: "password", scope: "MOBPROC", client_id: clientId, client_secret: clientSecret, username, password }),
  });
  token = (await answer.json()).access_token;
};
SwaggerUIBundle({
  url: "/sandbox/openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  // The sandbox's own credentials, unless somebody has filled in others.
  requestInterceptor: async request => {
    if (!new URL(request.url, location).pathname.startsWith("/mobproc/")) return request;
    if (!token) await signIn();
    request.headers.Authorization ??= `Bearer ${token}`;
    request.headers["X-TNGO-TENANT"] ??= credentials.tenant;
    request.headers.client_id ??= credentials.clientId;
    return request;
  },
  responseInterceptor: response => {
    if (response.status === 401) token = undefined;
    return response;
  },
});
