// The variables: JSON, looked at before it is sent, beside what the query declares.

import { objectIn } from "./json_text.js";
import { read } from "./reading.js";
import { written } from "./schema.js";

/** Give what is wrong with the variables' text for a query: {word, values}. */
export function variableProblems(text, query) {
  const { value, problem } = objectIn(text);
  if (problem) return [{ word: problem.message ? "jsonBroken" : "jsonNoObject", values: problem }];
  const operations = read(query).definitions.filter(({ kind }) => kind === "operation");
  if (operations.length !== 1) return [];
  const [{ variables }] = operations;
  const known = new Set(variables.map(({ name }) => name));
  const missing = variables.filter((each) => isMissing(each, value));
  return [
    ...missing.map(({ name, type }) => ({ word: "variableMissing", values: { name, type: written(type) } })),
    ...Object.keys(value).filter((name) => !known.has(name)).map((name) => ({ word: "variableStray", values: { name } })),
  ];
}

function isMissing({ name, type, default: usual }, value) {
  return type.kind === "NON_NULL" && !usual && (value[name] === undefined || value[name] === null);
}
