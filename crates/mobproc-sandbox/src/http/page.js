"use strict";
// Text only ever goes in as text: what callers send is shown, not run.
const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...children);
  return made;
};
const at = id => document.getElementById(id);
const feedback = (text, bad = false) => {
  at("feedback").textContent = text;
  at("feedback").className = bad ? "bad" : "";
};
// Every button says what came of it.
const act = (text, what) => async () => {
  try {
    feedback((await what()) ?? text);
  } catch (error) {
    feedback(String(error.message ?? error), true);
  }
  await look().catch(() => {});
};
const button = (label, focus, what, done = label) => {
  const made = element("button", label);
  made.type = "button";
  made.dataset.focus = focus;
  made.addEventListener("click", act(`${done}: done.`, what));
  return made;
};
const json = async (path, options) => {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message ?? `${answer.status}`);
  return body;
};
const steer = (method, path, body) =>
  json(`/sandbox${path}`, { method, body: typeof body === "object" ? JSON.stringify(body) : body });

// Calls of the API itself, signed in like any client.
let credentials, token;
const signIn = async () => {
  credentials ??= await steer("GET", "/credentials");
  const { clientId, clientSecret, username, password } = credentials;
  const form = { grant_type: "password", scope: "MOBPROC", client_id: clientId, client_secret: clientSecret, username, password };
  const answer = await json("/as/token.oauth2", { method: "POST", body: new URLSearchParams(form) });
  token = answer.access_token;
};
const call = async (path, employee, body) => {
  for (let left = 2; ; left--) {
    if (!token) await signIn();
    let answer;
    try {
      answer = await fetch(`/mobproc/v1${path}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${token}`, "X-TNGO-TENANT": credentials.tenant, client_id: credentials.clientId,
          "Content-Type": "application/json", ...(employee ? { "X-TNGO-CONTEXT-EMPLOYEEID": employee } : {}),
        },
        body,
      });
    } catch {
      throw new Error("No answer came: the connection was closed. Whether it was carried out stands below.");
    }
    if (answer.status === 401 && left > 1) { token = undefined; continue; }
    const text = await answer.text();
    let read;
    try { read = JSON.parse(text); } catch { throw new Error(`${answer.status}: the answer is not JSON.`); }
    if (!answer.ok) throw new Error(`${answer.status}: ${read.message ?? text}`);
    return read;
  }
};

const copy = async text => {
  try {
    await navigator.clipboard.writeText(text);
    return `Copied: ${text.length > 90 ? text.slice(0, 90) + "..." : text}`;
  } catch {
    return `To be copied by hand: ${text}`;
  }
};
const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
const url = request => {
  const query = Array.isArray(request.query) && request.query.length
    ? "?" + request.query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&") : "";
  return request.path + query;
};
const curl = request => {
  const left = ["host", "content-length", "accept", "accept-encoding", "connection", "user-agent", "origin", "referer"];
  const headers = request.headers
    .filter(([name]) => !left.includes(name) && !name.startsWith("sec-") && name !== "accept-language" && name !== "cache-control" && name !== "pragma")
    .map(([name, value]) => name === "authorization" ? `-H "Authorization: Bearer $TOKEN"` : `-H ${quoted(`${name}: ${value}`)}`);
  const form = request.headers.some(([name, value]) => name === "content-type" && value.includes("urlencoded"));
  const body = request.body === null || request.body === undefined ? []
    : [`-d ${quoted(form ? new URLSearchParams(request.body).toString() : JSON.stringify(request.body))}`];
  return ["curl", `-X ${request.method}`, quoted(location.origin + url(request)), ...headers, ...body].join(" ");
};
const block = (title, value) => value === undefined || value === null ? []
  : [element("h3", title), element("pre", typeof value === "string" ? value : JSON.stringify(value, null, 2))];
const table = (rows, ids = []) => {
  const names = Object.keys(rows[0] ?? {});
  const shown = (name, value) => {
    if (value === true) return "yes";
    if (value === false || value === null || value === undefined) return "";
    if (!ids.includes(name)) return String(value);
    const made = button(String(value), `id-${value}`, () => copy(String(value)));
    made.className = "id";
    made.setAttribute("aria-label", `Copy ${value}`);
    return made;
  };
  const made = element("div", null, element("table", null,
    element("thead", null, element("tr", null, ...names.map(name => element("th", name)))),
    element("tbody", null, ...rows.map(row => element("tr", null, ...names.map(name => element("td", null, shown(name, row[name]))))))));
  made.className = "scroll";
  return made;
};

// Keeps what has not changed as it is, so that focus, selection and scroll position stay.
const sync = (place, items, nothing) => {
  const old = new Map([...place.children].map(node => [node.dataset.key, node]));
  const wanted = items.length ? items : [{ key: "nothing", stamp: nothing, make: () => element("li", nothing) }];
  const nodes = wanted.map(({ key, stamp, make }) => {
    const known = old.get(key);
    const selection = getSelection();
    const isSelected = known && !selection.isCollapsed && known.contains(selection.anchorNode);
    if (known && (known.stamp === stamp || isSelected)) return known;
    const made = make();
    made.dataset.key = key;
    made.stamp = stamp;
    if (known) {
      const focus = known.contains(document.activeElement) ? document.activeElement : undefined;
      const scrolled = [...known.querySelectorAll("pre")].map(pre => [pre.scrollTop, pre.scrollLeft]);
      known.replaceWith(made);
      [...made.querySelectorAll("pre")].forEach((pre, index) => { [pre.scrollTop, pre.scrollLeft] = scrolled[index] ?? [0, 0]; });
      if (focus) (focus.dataset.focus ? made.querySelector(`[data-focus="${focus.dataset.focus}"]`) : made.querySelector("summary"))?.focus();
    }
    return made;
  });
  const kept = new Set(nodes);
  [...place.children].forEach(node => { if (!kept.has(node)) node.remove(); });
  nodes.forEach((node, index) => { if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null); });
};
const open = new Set();
// The contents are made when they are first looked at.
const fold = (key, parts, contents) => {
  const made = element("details", null, element("summary", null, ...parts.map(part => typeof part === "string" ? element("span", part) : part)));
  const fill = () => { if (made.open && made.children.length === 1) made.append(...contents()); };
  made.open = open.has(key);
  fill();
  made.addEventListener("toggle", () => { made.open ? open.add(key) : open.delete(key); fill(); });
  return element("li", null, made);
};
const coloured = (text, kind) => {
  const made = element("span", text);
  made.className = kind;
  return made;
};
const time = at => (at ?? "").replace("T", " ").replace("Z", "");
const money = price => `${price.amount} ${price.currencyCode ?? ""} ${price.recurrence === "ONETIME" ? "once" : (price.recurrence ?? "").toLowerCase()}`;

const kindOf = request => {
  const { status, dropped } = request.outcome;
  if (dropped || status >= 500) return "bad";
  return status >= 400 ? "refused" : "good";
};
const outcome = ({ outcome: what, microseconds }) => {
  const took = microseconds === null ? "" : `, ${(microseconds / 1000).toFixed(1)} ms`;
  if (what === "pending") return "pending";
  if (what.dropped) return `connection dropped${what.processed ? ", carried out" : ", not carried out"}${took}`;
  return `${what.status}${what.processed ? "" : ", not carried out"}${took}`;
};
const sides = (left, right) => {
  const made = element("div", null, element("div", null, ...left), element("div", null, ...right));
  made.className = "sides";
  return made;
};
const copyCurl = (key, request) => button("Copy as curl", `curl-${key}`, () => copy(curl(request)));
const showRequest = request => fold(`r${request.number}`,
  [coloured(request.method, kindOf(request)), url(request), request.operation ?? "", coloured(outcome(request), kindOf(request))],
  () => [
    ...(request.violations.length ? [element("h3", "Not as documented"), ...request.violations.map(text => coloured(text, "refused"))] : []),
    copyCurl(request.number, request),
    sides([...block("Body", request.body), ...block("Headers", request.headers.map(pair => pair.join(": ")).join("\n"))], block("Answer", request.answer)),
  ]);

const names = new Map();
const nameOf = id => names.get(id) ?? id;
const costs = order => {
  const rows = [];
  const add = (what, thing) => { if (thing?.price) rows.push({ What: what, Name: thing.name ?? thing.description ?? "", Price: money(thing.price) }); };
  for (const segment of order.orderSegments?.items ?? []) {
    add("Device", segment.device);
    add("Plan", segment.plan);
    (segment.plan?.optionalFeatures ?? []).forEach(feature => add("Feature", feature));
    (segment.features ?? []).forEach(feature => add("Feature", feature));
    (segment.accessories ?? []).forEach(accessory => add("Accessory", accessory));
  }
  return rows;
};
const deviceOf = order => order.orderSegments?.items?.[0]?.device?.name ?? order.orderSegments?.items?.[0]?.plan?.name ?? "";
const showOrder = (order, timeline, of) => {
  const id = order.orderId;
  const rows = costs(order);
  const once = rows.map(row => row.Price).filter(price => price.endsWith("once")).join(" + ");
  const waits = order.status === "AWAITING_APPROVAL";
  const approver = [...employees.values()].find(employee => employee.mayApprove)?.employeeId;
  const decide = action => () => call(`/orders/${id}/approval`, approver, JSON.stringify({ action, reason: "Decided on the sandbox's page" }))
    .then(answer => `Order ${id}: ${answer.status}`);
  return fold(`o${id}`,
    [id, order.transactionType ?? "", `${order.accountHolder?.firstName ?? ""} ${order.accountHolder?.lastName ?? ""}`, deviceOf(order),
      once, time(order.dateSubmitted), order.externalOrderNumber ?? "", order.status],
    () => {
      const named = step => step.by && step.status === "ORDER_SUBMITTED" ? "APPROVED" : step.status;
      const steps = element("ol", null, ...timeline.map(step => element("li", `${named(step)} `, element("time", time(step.at)), step.by ? ` by ${nameOf(step.by)}` : "")));
      steps.className = "timeline";
      steps.setAttribute("aria-label", "Timeline");
      const buttons = element("div", null,
        ...(waits ? [button("Approve", `approve-${id}`, decide("APPROVE")), button("Reject", `reject-${id}`, decide("REJECT"))] : []),
        button("One step on", `step-${id}`, () => steer("POST", `/orders/${id}/advance`).then(answer => `Order ${id} is now ${answer.order.status}.`)),
        ...(of.placed ? [copyCurl(`o${id}`, of.placed)] : []));
      buttons.className = "row";
      return [steps, buttons, ...(rows.length ? [element("h3", "Costs"), table(rows)] : []),
        sides([...block("Request", of.placed?.body), ...block("Confirmation", of.confirmed?.answer)],
          [...block("Answer", of.placed?.answer), ...block("Order, as it is now", order)])];
    });
};

const employees = new Map();
const stock = tenant => {
  const section = (key, title, rows, all, ids) => fold(key,
    [title, rows.length < all ? `the first ${rows.length} of ${all}` : `${all}`], () => [table(rows, ids)]);
  const ids = ["id", "employeeId", "deviceId", "companyEmployeeId"];
  return [["employees", "Employees"], ["services", "Lines"], ["devices", "Devices"], ["catalog", "Catalog"]].map(([key, title]) => ({
    key, stamp: JSON.stringify(tenant[key]), make: () => section(key, title, tenant[key], tenant.counts[key], ids),
  }));
};

let last = {}, all = [];
const showRequests = () => {
  const text = at("filter").value.trim().toLowerCase();
  const wanted = at("outcome").value;
  const shown = all.filter(request => {
    const kind = request.violations.length && wanted === "violating" ? "violating" : kindOf(request);
    return (!wanted || kind === wanted) && (!text || JSON.stringify([request.operation, url(request), request.body]).toLowerCase().includes(text));
  });
  sync(at("requests"), shown.map(request => ({ key: `r${request.number}`, stamp: JSON.stringify(request), make: () => showRequest(request) })).reverse(),
    all.length ? "None that fits." : "None yet.");
};
const look = async () => {
  const [tenant, orders, requests, faults, clock, settings] = await Promise.all(
    ["/tenant", "/orders?last=200&timeline=true", "/requests?last=200", "/faults", "/clock", "/settings"].map(path => steer("GET", path)));
  const { employees: people, services, devices } = tenant.counts;
  at("tenant").textContent = `${tenant.code} on ${tenant.backend}: ${people} employees, ${services} lines, ${devices} devices`;
  at("explorer").hidden = !tenant.explorer;
  at("now").textContent = time(clock.now.replace(/\.\d+/, ""));
  at("stopped").textContent = clock.stopped ? "(stopped)" : "";
  at("stop").textContent = clock.stopped ? "Let the clock go on" : "Stop the clock";
  if (document.activeElement !== at("above")) at("above").value = settings.approvalAbove;
  last = { tenant, clock };
  tenant.employees.forEach(employee => { names.set(employee.employeeId, employee.name); employees.set(employee.employeeId, employee); });
  if (!at("person").children.length) fillTry(tenant);
  sync(at("stock"), stock(tenant), "Nothing.");
  all = requests.requests;
  const of = (order, confirm) => all.filter(request => request.operation === "order_create"
    && ((request.query.find(([name]) => name === "confirm") || [])[1] === "true") === confirm
    && request.body?.orderRequest?.externalOrderNumber === order.externalOrderNumber).at(-1);
  sync(at("orders"), orders.orders.map((order, index) => {
    const requests = { placed: of(order, false), confirmed: of(order, true) };
    const timeline = [...(requests.confirmed ? [{ status: "CONFIRMED", at: requests.confirmed.at }] : []), ...orders.timelines[index]];
    return { key: `o${order.orderId}`, stamp: JSON.stringify([order, timeline, requests.placed?.number, requests.confirmed?.number]),
      make: () => showOrder(order, timeline, requests) };
  }).reverse(), "None yet. Place one above, or with any client.");
  showRequests();
  sync(at("faults"), faults.rules.map((rule, index) => ({ key: `f${index}`, stamp: rule, make: () => element("li", null, element("code", rule)) }))
    .concat(faults.rules.length ? [{ key: "remove", stamp: "", make: () => element("li", null, button("Remove all", "remove", () => steer("DELETE", "/faults"))) }] : []), "None.");
};

// Orders to try: the examples of the document.
let examples = {};
const fillTry = tenant => {
  at("person").append(...tenant.employees.map(employee => {
    const made = element("option", `${employee.name} (${employee.companyEmployeeId})`);
    made.value = employee.employeeId;
    return made;
  }));
  choose();
};
at("person").addEventListener("change", () => at("answer").replaceChildren());
const choose = () => {
  const order = examples[at("kind").value];
  if (!order || !last.tenant) return;
  at("body").value = JSON.stringify(order, null, 2);
  const { serviceId } = order.orderRequest;
  const line = last.tenant.services.find(service => service.id === serviceId);
  const own = last.tenant.employees.find(employee => !employee.isServiceAccount && !employee.mayApprove);
  at("person").value = line?.employeeId ?? own?.employeeId ?? at("person").value;
  at("answer").replaceChildren();
};
const send = async confirm => {
  // What is shown belongs to this order as it is now.
  at("answer").replaceChildren();
  const answer = await call(`/orders?confirm=${confirm}`, at("person").value, at("body").value);
  if (confirm) {
    const sums = (answer.orderConfirmation?.costSummary ?? []).map(price => ({ Price: money(price) }));
    at("answer").replaceChildren(element("h3", "It would cost"), sums.length ? table(sums) : element("p", "Nothing."));
    return "Confirmed. Nothing is ordered yet.";
  }
  return `Placed: order ${answer.order.orderId}.`;
};
const start = async () => {
  try {
    const document = await (await fetch("/sandbox/openapi.json")).json();
    const found = document.paths["/orders"].post.requestBody.content["application/json"].examples;
    examples = Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]));
    at("kind").append(...Object.keys(examples).map(name => {
      const made = element("option", name.replaceAll("_", " "));
      made.value = name;
      return made;
    }));
    at("kind").value = "upgrade" in examples ? "upgrade" : at("kind").value;
    at("try").hidden = false;
    choose();
  } catch {
    // Without the explorer there is no document, and everything else works.
  }
};
at("kind").addEventListener("change", choose);
at("confirm").addEventListener("click", act("", () => send(true)));
at("place").addEventListener("click", act("", () => send(false)));
at("filter").addEventListener("input", showRequests);
at("outcome").addEventListener("change", showRequests);
at("forget").addEventListener("click", act("The requests are forgotten.", () => steer("DELETE", "/requests").then(() => undefined)));
at("fault").addEventListener("submit", event => {
  event.preventDefault();
  act("The fault is in force.", () => steer("POST", "/faults", at("rule").value).then(() => { at("rule").value = ""; }))();
});
at("presets").append(...[
  ["Lose the answer to the next order", "order_create:drop-after x1"],
  ["Drop the next order before it is placed", "order_create:drop-before x1"],
  ["Answer the next order with 503", "order_create:status=503 x1"],
  ["Fail the next request", "status=500 x1"],
].map(([label, rule]) => button(label, rule, () => steer("POST", "/faults", rule).then(() => `In force: ${rule}`))));
document.querySelectorAll("[data-seconds]").forEach(made => made.addEventListener("click",
  act("The clock was advanced.", () => steer("POST", "/clock/advance", { seconds: Number(made.dataset.seconds) }).then(() => undefined))));
at("stop").addEventListener("click", act("", () => steer("PUT", "/clock", { stopped: !last.clock.stopped })
  .then(clock => clock.stopped ? "The clock stands still." : "The clock goes on.")));
at("above").addEventListener("change", act("", () => steer("PATCH", "/settings", { approvalAbove: Number(at("above").value) })
  .then(settings => `Orders above ${settings.approvalAbove} wait for approval.`)));
at("expire").addEventListener("click", act("All tokens have expired.", () => steer("POST", "/tokens/expire").then(() => undefined)));
at("reset").addEventListener("click", act("Everything is as at the beginning.", () => steer("POST", "/reset").then(() => undefined)));
const watch = async () => {
  try {
    await look();
  } catch {
    at("tenant").textContent = "The sandbox has stopped.";
  }
  setTimeout(watch, 700);
};
start().then(watch);
