// The answer: its status and times, the messages that went over the bus, its errors with what to do, and the JSON.

import { laidOut } from "./json_text.js";
import { button, copier, find, make, say } from "./page.js";
import { indexOf } from "./tokens.js";

/** Show an answer; `help` gives {goTo, ask, toToken}, what can be done about an error. */
export function showAnswer({ status, text, timing }, query, help) {
  const { content, printed } = readable(text);
  const messages = content.extensions?.sacbe?.messages ?? [];
  const errors = content.errors ?? [];
  find("answer").textContent = printed;
  find("status").textContent = summary({ status, text, timing }, messages, errors);
  find("errors").replaceChildren(...errors.map((error) => errorItem(error, query, help)));
  find("messages").replaceChildren(...(messages.length ? messageTable(messages) : []));
  find("answer-tools").hidden = false;
  return errors;
}

function readable(text) {
  try {
    return { content: JSON.parse(text) ?? {}, printed: laidOut(text) };
  } catch {
    return { content: {}, printed: text };
  }
}

function summary({ status, text, timing }, messages, errors) {
  const bytes = new TextEncoder().encode(text).length;
  const parts = [
    `HTTP ${status}`,
    say("timing", { first: Math.round(timing.first), whole: Math.round(timing.whole) }),
    `${(bytes / 1000).toFixed(1)} kB`,
  ];
  if (errors.length) parts.push(say("errorCount", { count: errors.length }));
  if (messages.length) parts.push(say("messageCount", { count: messages.length }));
  return parts.join(" · ");
}

function messageTable(messages) {
  const rows = messages.map(({ id, service }) => make("tr", [make("td", make("code", id)), make("td", service), make("td", copier(id))]));
  const head = make("tr", ["messageId", "service", "copy"].map((word) => make("th", say(word), { scope: "col" })));
  return [make("h3", say("messages")), make("table", [make("thead", head), make("tbody", rows)])];
}

function errorItem(error, query, help) {
  const { code, hint, docs } = error.extensions ?? {};
  const places = (error.locations ?? []).map((place) => placeButton(place, query, help));
  const path = error.path ? make("code", error.path.join(".")) : null;
  const link = code && docs ? make("a", code, { href: docs }) : code;
  const about = [path, ...places, link].filter(Boolean).flatMap((part) => [" ", part]);
  const act = remedy(code, error, help);
  return make("li", [make("strong", error.message), ...about, hint ? make("p", hint) : null, act]);
}

function placeButton(place, query, { goTo }) {
  return button(say("atLine", place), () => goTo(indexOf(query, place)));
}

/** Give the button that helps against an error, where one does. */
function remedy(code, error, { ask, toToken }) {
  if (code === "SACBE-301") return button(say("askAccess"), () => ask(error.path ?? []), "small");
  if (code === "SACBE-302") return button(say("giveToken"), toToken, "small");
  return null;
}
