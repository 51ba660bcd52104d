// The explorer: writes a query, helps with it, sends it, and shows the answer, the schema and the rights.

import { Access } from "./access.js";
import { showAnswer } from "./answer.js";
import { check } from "./check.js";
import { showCode } from "./code.js";
import { Docs } from "./docs.js";
import { Editor } from "./editor.js";
import { exampleFor, variablesOf } from "./examples.js";
import { remember, showHistory } from "./history.js";
import { objectIn } from "./json_text.js";
import { laidOutQuery } from "./layout.js";
import { announce, button, calmly, find, make, say, showTab, wireTabs } from "./page.js";
import { read } from "./reading.js";
import { QUESTION, Schema } from "./schema.js";
import { data, send, wireHeaders } from "./sending.js";
import { indexOf, place } from "./tokens.js";
import { variableProblems } from "./variables.js";

const EXAMPLES_PER_PROVIDER_MAX = 40;
const variables = find("variables");
let running = new AbortController();

// The schema in force, asked for once, and again when another token may see another one --------------

let asking = null;

function schema() {
  asking ??= data(QUESTION).then(({ data: told }) => new Schema(told.__schema)).catch((error) => {
    asking = null;
    announce(`${say("schemaUnreachable")}: ${error.message}`);
    return null;
  });
  return asking;
}

async function takeSchema() {
  asking = null;
  const loaded = await schema();
  if (!loaded) return;
  showExamples(loaded);
  await showProblems();
}

// What is wrong, before it is sent ------------------------------------------------------------------

async function showProblems() {
  const { text } = editor;
  const problems = check(text, await schema());
  if (text === editor.text) showMarks(problems.map((problem) => ({ ...problem, message: say(problem.word, problem.values) })));
  showVariableProblems();
}

function showMarks(problems) {
  editor.mark(problems);
  const items = problems.map(({ start, message }) => {
    const { line } = place(editor.text, start);
    return make("li", [button(say("atLine", { line }), () => editor.goTo(start)), ` ${message}`]);
  });
  find("problems").replaceChildren(...items);
  find("problem-count").textContent = problems.length ? say("problems", { count: problems.length }) : "";
}

function showVariableProblems() {
  const problems = variableProblems(variables.value, editor.text);
  variables.setAttribute("aria-invalid", problems.length > 0);
  find("variable-problems").textContent = problems.map(({ word, values }) => say(word, values)).join(" ");
}

// Asking ----------------------------------------------------------------------------------------------

async function run() {
  const query = editor.text;
  if (!query.trim()) return;
  showTab(find("tab-answer"));
  find("errors").replaceChildren();
  const { problem } = objectIn(variables.value);
  if (problem) {
    find("status").textContent = say(problem.message ? "jsonBroken" : "jsonNoObject", problem);
    showTab(find("tab-variables"));
    variables.focus();
    return;
  }
  remember(query, variables.value);
  showHistory(choose);
  await ask(query);
}

async function ask(query) {
  running.abort();
  running = new AbortController();
  find("status").textContent = say("asking");
  try {
    const told = await send(query, variables.value, { signal: running.signal });
    const errors = showAnswer(told, query, { goTo: (at) => editor.goTo(at), ask: (path) => askFor(query, path), toToken });
    if (editor.text === query) markServerErrors(errors, query);
  } catch (error) {
    if (error.name !== "AbortError") find("status").textContent = `${say("unreachable")}: ${error.message}`;
  }
}

/** Mark what the server found, where the explorer found nothing itself and so has not said it already. */
async function markServerErrors(errors, query) {
  if (check(query, await schema()).length) return;
  const placed = errors.flatMap((error) => (error.locations ?? []).map((at) => ({ at, message: error.message })));
  if (!placed.length) return;
  showMarks(placed.map(({ at, message }) => {
    const start = indexOf(query, at);
    return { start, end: start + (query.slice(start).match(/^\$?\w+/)?.[0].length ?? 1), message };
  }));
}

/** Ask for access to the operation behind a response path, whose keys may be aliases. */
function askFor(query, path) {
  const names = [];
  let sets = read(query).definitions.map(({ set }) => set);
  for (const key of path) {
    const field = sets.flatMap((set) => fieldsOf(set)).find(({ name, alias }) => (alias ?? name).text === key);
    names.push(field?.name.text ?? key);
    sets = field ? [field.set] : [];
  }
  access.askFor(names).catch((error) => announce(`${say("unreachable")}: ${error.message}`));
}

function fieldsOf(set) {
  return (set?.items ?? []).flatMap((item) => (item.kind === "inline" ? fieldsOf(item.set) : item.kind === "field" ? [item] : []));
}

function toToken() {
  showTab(find("tab-headers"));
  find("token").focus();
}

// What fills the editor --------------------------------------------------------------------------------

function put(query, given) {
  editor.text = query;
  variables.value = given;
  showProblems();
}

async function choose(query, given) {
  put(query, given ?? "");
  if (given === undefined) {
    const declared = read(query).definitions[0]?.variables ?? [];
    const loaded = await schema();
    if (loaded && variables.value === "") variables.value = variablesOf(loaded, declared);
  }
  editor.area.focus();
}

function useExample(offer, field) {
  schema().then((loaded) => {
    const { query, variables: given } = exampleFor(loaded, offer, field);
    put(query, given);
    editor.area.focus();
    announce(say("exampleTaken", { name: field.name }));
  });
}

/** Put the examples of each provider behind the ones that every node has. */
function showExamples(loaded) {
  const select = find("example");
  select.querySelectorAll("optgroup.made").forEach((each) => each.remove());
  for (const offer of loaded.offers()) {
    const options = offer.operations.slice(0, EXAMPLES_PER_PROVIDER_MAX).map((field) => {
      return Object.assign(make("option", field.name), { take: () => useExample(offer, field) });
    });
    const label = `${offer.field.description || offer.provider}${offer.root === "mutation" ? ` (${say("changes")})` : ""}`;
    select.append(Object.assign(make("optgroup", options, { label }), { className: "made" }));
  }
}

function takeExample() {
  const [chosen] = find("example").selectedOptions;
  if (chosen?.take) chosen.take();
  else if (chosen) put(chosen.dataset.query, chosen.dataset.variables);
}

// Keys ---------------------------------------------------------------------------------------------------

const PANES = ["query", "variables", "answer"];

function shortcut(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !find("request").open) {
    event.preventDefault();
    run();
  }
  if (event.key === "F6") toNextPane(event);
}

/** Go to the next pane; after the last one, F6 is the browser's again. */
function toNextPane(event) {
  const at = PANES.findIndex((id) => document.activeElement?.closest("section, [role=tabpanel]")?.contains(find(id)));
  const to = at + (event.shiftKey ? -1 : 1);
  if (!PANES[to]) return;
  event.preventDefault();
  if (PANES[to] === "variables") showTab(find("tab-variables"));
  if (PANES[to] === "answer") showTab(find("tab-answer"));
  find(PANES[to]).focus();
}

// Wiring -------------------------------------------------------------------------------------------------

const editor = new Editor({ schema, onChange: showProblems });
const access = new Access({
  onPurpose: (number) => {
    find("purpose").value = number;
    find("purpose").dispatchEvent(new Event("change"));
    announce(say("purposeTaken", { number }));
  },
});
new Docs({ schema, onExample: useExample });

wireTabs();
wireHeaders(takeSchema);
document.addEventListener("keydown", shortcut);
variables.addEventListener("input", calmly(250, showVariableProblems));
find("run").addEventListener("click", run);
find("tidy").addEventListener("click", () => put(laidOutQuery(editor.text), variables.value));
find("example").addEventListener("change", takeExample);
find("panel-history").addEventListener("show", () => showHistory(choose));
find("panel-code").addEventListener("show", () => showCode(editor.text, variables.value));
find("copy-answer").addEventListener("click", () => navigator.clipboard.writeText(find("answer").textContent));
takeExample();
takeSchema();
showHistory(choose);
