// The explorer: writes a query, sends it, shows the answer and the schema.
// Nothing is stored and nothing is loaded from elsewhere; the token lives in its input alone.

const find = (id) => document.getElementById(id);
const form = find("ask"), query = find("query"), variables = find("variables"), lines = find("lines");
const words = form.dataset;

function make(tag, content, attributes = {}) {
  const element = document.createElement(tag);
  Object.assign(element, attributes);
  element.append(...[content].flat().filter((part) => part !== undefined && part !== null));
  return element;
}

// The editor -----------------------------------------------------------------------------

const CLOSERS = { "{": "}", "(": ")", "[": "]" };

function* tokens(text) {
  const pattern = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|\.\.\.|[{}()[\]]|[^\s{}()[\]#",.]+|[,.]|\s+/g;
  for (const match of text.matchAll(pattern)) yield [match[0], match.index];
}

function bracketProblem(text) {
  const open = [];
  const lineOf = (index) => text.slice(0, index).split("\n").length;
  for (const [token, index] of tokens(text)) {
    if (token in CLOSERS) open.push([token, index]);
    else if (Object.values(CLOSERS).includes(token)) {
      const last = open.pop();
      if (!last || CLOSERS[last[0]] !== token) return `${words.unexpected} ${token} (${words.line} ${lineOf(index)})`;
    }
  }
  const last = open.pop();
  return last ? `${words.unclosed} ${last[0]} (${words.line} ${lineOf(last[1])})` : "";
}

function showLines() {
  const count = query.value.split("\n").length;
  lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
  lines.scrollTop = query.scrollTop;
  find("brackets").textContent = bracketProblem(query.value);
}

function insert(text, caretBack = 0) {
  // execCommand is old, and the only way that keeps the browser's own undo.
  if (!document.execCommand("insertText", false, text)) {
    query.setRangeText(text, query.selectionStart, query.selectionEnd, "end");
  }
  query.selectionStart = query.selectionEnd = query.selectionEnd - caretBack;
}

function helpTyping(event) {
  const { selectionStart: start, selectionEnd: end, value } = query;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key in CLOSERS) {
    event.preventDefault();
    insert(event.key + value.slice(start, end) + CLOSERS[event.key], 1);
  } else if (start === end && event.key === value[start] && Object.values(CLOSERS).includes(event.key)) {
    event.preventDefault();
    query.selectionStart = query.selectionEnd = start + 1;
  } else if (event.key === "Enter") {
    event.preventDefault();
    const indent = value.slice(value.lastIndexOf("\n", start - 1) + 1).match(/^ */)[0];
    const opens = value[start - 1] in CLOSERS;
    const closes = opens && value[end] === CLOSERS[value[start - 1]];
    insert("\n" + indent + (opens ? "  " : "") + (closes ? "\n" + indent : ""), closes ? indent.length + 1 : 0);
  }
}

function tidied(text) {
  const out = [];
  let depth = 0, inParentheses = 0, line = "";
  const flush = () => {
    if (line.trim()) out.push("  ".repeat(Math.max(depth, 0)) + line.trim());
    line = "";
  };
  for (const [token] of tokens(text)) {
    if (token === "(" || token === "[") inParentheses += 1;
    if (token === ")" || token === "]") inParentheses -= 1;
    if (token === "{" && !inParentheses) { line += " {"; flush(); depth += 1; }
    else if (token === "}" && !inParentheses) { flush(); depth -= 1; line = "}"; flush(); }
    else if (token.startsWith("#")) { line += token; flush(); }
    else if (/^\s+$/.test(token)) { if (token.includes("\n") && !inParentheses) flush(); else line += " "; }
    else line += token;
  }
  flush();
  return out.join("\n").replace(/ +\{/g, " {") + "\n";
}

// Asking ---------------------------------------------------------------------------------

let running = new AbortController();

function headers() {
  const given = { "content-type": "application/json", accept: "application/graphql-response+json, application/json" };
  for (const input of form.querySelectorAll("input[data-header]")) {
    const value = input.value.trim();
    if (value) given[input.dataset.header] = input.type === "password" ? `Bearer ${value.replace(/^bearer /i, "")}` : value;
  }
  return given;
}

async function post(body, signal) {
  const response = await fetch("/graphql", { method: "POST", headers: headers(), body: JSON.stringify(body), signal });
  return [response, await response.text()];
}

function parsedVariables() {
  const text = variables.value.trim();
  return text ? JSON.parse(text) : {};
}

async function ask(event) {
  event.preventDefault();
  running.abort();
  running = new AbortController();
  find("errors").replaceChildren();
  let given;
  try {
    given = parsedVariables();
  } catch (error) {
    find("status").textContent = `${words.variables}: ${error.message}`;
    variables.focus();
    return;
  }
  find("status").textContent = words.asking;
  const started = performance.now();
  try {
    const [response, text] = await post({ query: query.value, variables: given }, running.signal);
    show(response.status, text, Math.round(performance.now() - started));
  } catch (error) {
    if (error.name !== "AbortError") find("status").textContent = `${words.unreachable}: ${error.message}`;
  }
}

function show(status, text, milliseconds) {
  const kilobytes = (new TextEncoder().encode(text).length / 1000).toFixed(1);
  let content = {}, printed = text;
  try {
    content = JSON.parse(text);
    printed = JSON.stringify(content, null, 2);
  } catch { /* not JSON: shown as it came */ }
  const messages = (content.extensions?.sacbe?.messages ?? []).map((message) => message.id);
  const summary = [`HTTP ${status}`, `${milliseconds} ms`, `${kilobytes} kB`];
  if (messages.length) summary.push(`${words.messages}: ${messages.join(", ")}`);
  find("status").textContent = summary.join(" · ");
  find("answer").textContent = printed;
  find("errors").replaceChildren(...(content.errors ?? []).map(errorItem));
}

function errorItem(error) {
  const { code, hint, docs } = error.extensions ?? {};
  const places = (error.locations ?? []).map((place) => `${words.line} ${place.line}`).join(", ");
  const link = code && docs ? make("a", code, { href: docs }) : code;
  return make("li", [make("strong", error.message), places ? ` (${places}) ` : " ", link, hint ? make("p", hint) : null]);
}

// The schema -----------------------------------------------------------------------------

const REFERENCE = "kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name}}}}";
const SCHEMA = `{__schema{queryType{name}mutationType{name}types{kind name description
  fields{name description args{name description defaultValue type{${REFERENCE}}}type{${REFERENCE}}}
  inputFields{name description defaultValue type{${REFERENCE}}}
  enumValues{name description}possibleTypes{name}}}}`;

let types = new Map(), roots = [];

async function loadSchema() {
  if (!find("docs").open || types.size) return;
  find("types").textContent = words.asking;
  try {
    const [, text] = await post({ query: SCHEMA });
    const schema = JSON.parse(text).data.__schema;
    types = new Map(schema.types.filter((type) => !type.name.startsWith("__")).map((type) => [type.name, type]));
    roots = [schema.queryType, schema.mutationType].filter(Boolean).map((type) => type.name);
    showType(roots[0]);
  } catch (error) {
    find("types").textContent = `${words.unreachable}: ${error.message}`;
  }
}

function prose(text) {
  return text ? make("p", text.split("`").map((part, index) => (index % 2 ? make("code", part) : part))) : null;
}

function typeButton(name) {
  return make("button", name, { type: "button", className: "type", onclick: () => showType(name, true) });
}

function reference(type) {
  if (type.kind === "NON_NULL") return [...reference(type.ofType), "!"];
  if (type.kind === "LIST") return ["[", ...reference(type.ofType), "]"];
  return [typeButton(type.name)];
}

function argument(each) {
  const fallback = each.defaultValue === null ? "" : ` = ${each.defaultValue}`;
  return make("li", [make("code", [`${each.name}: `, ...reference(each.type), fallback]), prose(each.description)]);
}

function member(each) {
  const code = make("code", each.type ? [`${each.name}: `, ...reference(each.type)] : each.name);
  const given = each.args?.length ? make("ul", each.args.map(argument)) : null;
  return make("li", [code, prose(each.description), given]);
}

function showType(name, moveFocus = false) {
  const type = types.get(name);
  if (!type) return;
  const members = type.fields ?? type.inputFields ?? type.enumValues ?? [];
  const possible = (type.possibleTypes ?? []).map((each) => make("li", typeButton(each.name)));
  find("trail").replaceChildren(...roots.map(typeButton));
  find("types").replaceChildren(
    make("h3", `${type.kind.toLowerCase().replace("_", " ")} ${type.name}`),
    prose(type.description) ?? "",
    make("ul", [...members.map(member), ...possible]),
  );
  if (moveFocus) find("types").focus();
}

function search() {
  const wanted = find("find").value.trim().toLowerCase();
  if (!wanted) return showType(roots[0]);
  const found = [];
  for (const type of types.values()) {
    const fields = (type.fields ?? []).filter((field) => field.name.toLowerCase().includes(wanted));
    if (type.name.toLowerCase().includes(wanted) || fields.length) {
      const names = fields.length ? `: ${fields.map((field) => field.name).join(", ")}` : "";
      found.push(make("li", [typeButton(type.name), names]));
    }
    if (found.length === 50) break;
  }
  find("types").replaceChildren(found.length ? make("ul", found) : words.nothing);
}

// Wiring ---------------------------------------------------------------------------------

function takeExample() {
  const { query: text = "", variables: given = "" } = find("example").selectedOptions[0]?.dataset ?? {};
  query.value = text;
  variables.value = given;
  showLines();
}

form.addEventListener("submit", ask);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
query.addEventListener("keydown", helpTyping);
query.addEventListener("input", showLines);
query.addEventListener("scroll", () => { lines.scrollTop = query.scrollTop; });
find("tidy").addEventListener("click", () => { query.value = tidied(query.value); showLines(); query.focus(); });
find("example").addEventListener("change", takeExample);
find("docs").addEventListener("toggle", loadSchema);
find("find").addEventListener("input", search);
find("find").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
takeExample();
