// What was asked before: kept in this browser, bounded, without tokens and without the variables' values.
//
// Values may be a person's. They are kept for this tab alone, and only their names for longer.

import { button, find, make, say } from "./page.js";

const KEPT = "sacbe.explorer.history";
const VALUES = "sacbe.explorer.values";
const ENTRIES_MAX = 30;
const QUERY_CHARACTERS_MAX = 15_000;

const kept = () => readFrom(localStorage, KEPT, []);
const values = () => readFrom(sessionStorage, VALUES, {});

function readFrom(storage, key, otherwise) {
  try {
    return JSON.parse(storage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a query as the newest; the same query stands there once. */
export function remember(query, variables) {
  if (!query.trim() || query.length > QUERY_CHARACTERS_MAX) return;
  const entries = [{ query, at: new Date().toISOString() }, ...kept().filter((entry) => entry.query !== query)].slice(0, ENTRIES_MAX);
  write(localStorage, KEPT, entries);
  const given = { ...values(), [query]: variables };
  write(sessionStorage, VALUES, Object.fromEntries(entries.map((entry) => [entry.query, given[entry.query]])));
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch { /* the browser keeps nothing here, or no more: history is a help, no promise */ }
}

function forget(onChoose) {
  localStorage.removeItem(KEPT);
  sessionStorage.removeItem(VALUES);
  showHistory(onChoose);
}

/** Show the list; `onChoose` takes a query and its variables, undefined where their values are gone. */
export function showHistory(onChoose) {
  const known = values();
  const entries = kept().map(({ query, at }) => make("li", button(entryText(query, at), () => onChoose(query, known[query]), "row")));
  const clear = entries.length ? button(say("clearHistory"), () => forget(onChoose), "small") : null;
  find("history").replaceChildren(entries.length ? make("ul", entries) : make("p", say("noHistory")), ...(clear ? [clear] : []));
}

function entryText(query, at) {
  const [, name] = query.match(/(?:query|mutation)\s+(\w+)/) ?? [];
  const when = new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  return [make("strong", name ?? query.replace(/\s+/g, " ").slice(0, 40)), make("span", when, { className: "hint" })];
}
