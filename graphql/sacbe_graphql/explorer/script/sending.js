// Sends queries to this node and to nobody else, with the headers that say who asks.
//
// What stands in the headers is kept for this tab alone (sessionStorage): it is gone when the tab is closed.

import { find } from "./page.js";

const KEPT = "sacbe.explorer.headers";
export const DOOR = "/graphql";

const inputs = () => [...document.querySelectorAll("[data-header]")];

/** Give the headers that are filled in, the token without its scheme. */
export function givenHeaders() {
  const filled = inputs().map((input) => [input.dataset.header, input.type === "checkbox" ? (input.checked ? "1" : "") : input.value.trim()]);
  return Object.fromEntries(filled.filter(([, value]) => value));
}

/** Fill the headers from what this tab knows, and keep every change; `onToken` hears of another token. */
export function wireHeaders(onToken) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  for (const input of inputs()) {
    if (input.type === "checkbox") input.checked = kept[input.dataset.header] === "1";
    else input.value = kept[input.dataset.header] ?? "";
    input.addEventListener("change", () => {
      sessionStorage.setItem(KEPT, JSON.stringify(givenHeaders()));
      if (input === find("token")) onToken();
    });
  }
}

/** Send a request whose variables are JSON text, so that no digit of theirs is lost; give {status, text, timing}. */
export async function send(query, variables = "", { signal, bare = false } = {}) {
  const started = performance.now();
  const body = `{"query":${JSON.stringify(query)},"variables":${variables.trim() || "{}"}}`;
  const response = await fetch(DOOR, { method: "POST", headers: headers(bare), body, signal });
  const answered = performance.now();
  const text = await response.text();
  return { status: response.status, text, timing: { first: answered - started, whole: performance.now() - started } };
}

/** Send a query of the explorer's own, and give its data; raises where there is none. */
export async function data(query, variables = {}) {
  const { text } = await send(query, JSON.stringify(variables), { bare: true });
  const answer = JSON.parse(text);
  if (!answer.data) throw new Error(answer.errors?.[0]?.message ?? text.slice(0, 200));
  return answer;
}

function headers(bare) {
  const { Authorization: token, ...others } = givenHeaders();
  const identity = token ? { Authorization: `Bearer ${token.replace(/^bearer /i, "")}` } : {};
  const accept = { "content-type": "application/json", accept: "application/graphql-response+json, application/json" };
  return { ...accept, ...identity, ...(bare ? {} : others) };
}
