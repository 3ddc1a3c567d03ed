// Text only ever goes in as text: what callers send is shown, not run.
const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...children);
  return made;
};
const json = (title, value) => value === undefined || value === null ? [] :
  [element("h3", title), element("pre", JSON.stringify(value, null, 2))];
const button = (text, method, path) => {
  const made = element("button", text);
  made.addEventListener("click", () => fetch(path, { method }).then(look));
  return made;
};
const open = new Set();
// The contents are made when they are first looked at.
const fold = (key, parts, contents) => {
  const made = element("details", null, element("summary", null, ...parts.map(part => element("span", part))));
  const fill = () => { if (made.open && made.children.length === 1) made.append(...contents()); };
  made.open = open.has(key);
  fill();
  made.addEventListener("toggle", () => { made.open ? open.add(key) : open.delete(key); fill(); });
  return made;
};
const table = rows => {
  const names = Object.keys(rows[0] ?? {});
  const cells = (kind, values) => element("tr", null, ...values.map(value => element(kind, value === true ? "yes" : value === false ? "" : value)));
  const made = element("div", null, element("table", null, cells("th", names), ...rows.map(row => cells("td", names.map(name => row[name])))));
  made.className = "scroll";
  return made;
};
const fill = (id, entries, nothing) => {
  const place = document.getElementById(id);
  place.replaceChildren(...(entries.length ? entries : [element("p", nothing)]));
};
const outcome = what => what.dropped ? `connection dropped${what.processed ? ", carried out" : ""}`
  : what.status ? `${what.status}${what.processed ? "" : ", not carried out"}` : "pending";
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let last = {};
const look = async () => {
  const [tenant, orders, requests, faults] = await Promise.all(
    ["tenant", "orders?last=200", "requests?last=200", "faults"].map(path => fetch(`/sandbox/${path}`).then(answer => answer.json())));
  if (!same(tenant, last.tenant)) {
    const { employees, services, devices } = tenant.counts;
    document.getElementById("tenant").textContent =
      `${tenant.code} on ${tenant.backend}: ${employees} employees, ${services} lines, ${devices} devices`;
    document.getElementById("explorer").hidden = !tenant.explorer;
    const section = (key, title, rows, all) => fold(key, [title, rows.length < all ? `the first ${rows.length} of ${all}` : `${all}`], () => [table(rows)]);
    fill("stock", [section("employees", "Employees", tenant.employees, employees),
      section("services", "Lines", tenant.services, services), section("devices", "Devices", tenant.devices, devices)]);
  }
  const of = (order, confirm) => requests.requests.filter(request => request.operation === "order_create"
    && ((request.query.find(([name]) => name === "confirm") || [])[1] === "true") === confirm
    && request.body?.orderRequest?.externalOrderNumber === order.externalOrderNumber).at(-1);
  if (!same(orders, last.orders) || !same(requests, last.requests)) {
    fill("orders", orders.orders.slice().reverse().map(order => fold(`o${order.orderId}`,
      [order.orderId, order.transactionType, order.externalOrderNumber || "", order.status],
      () => [button("One step on", "POST", `/sandbox/orders/${order.orderId}/advance`),
        ...json("Request", of(order, false)?.body), ...json("Confirmation", of(order, true)?.answer),
        ...json("Answer", of(order, false)?.answer), ...json("Order, as it is now", order)])), "None yet.");
    fill("requests", requests.requests.map(request => fold(`r${request.number}`,
      [request.method, request.path + (Array.isArray(request.query) && request.query.length
        ? "?" + request.query.map(([name, value]) => `${name}=${value}`).join("&") : ""), outcome(request.outcome)],
      () => [...json("Headers", Object.fromEntries(request.headers)), ...json("Body", request.body), ...json("Answer", request.answer)])).reverse(), "None yet.");
  }
  if (!same(faults, last.faults)) {
    fill("faults", faults.rules.length === 0 ? [] : [...faults.rules.map(rule => element("div", null, element("code", rule))),
      button("Remove all", "DELETE", "/sandbox/faults")], "None.");
  }
  last = { tenant, orders, requests, faults };
};
const watch = async () => {
  try { await look(); } catch { document.getElementById("tenant").textContent = "The sandbox has stopped."; last = {}; }
  setTimeout(watch, 700);
};
watch();
