// Ready queries, made from the schema: one operation of a provider with its arguments as variables.

import { named, isRequired, withoutNonNull, written } from "./schema.js";

const DEPTH_MAX = 3;
const FIELDS_MAX = 40;

/** Give {query, variables} that asks one field of a provider. */
export function exampleFor(schema, { root, provider }, field) {
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const declared = field.args.map((each) => `$${each.name}: ${written(each.type)}${withDefault(each)}`);
  const given = field.args.map((each) => `${each.name}: $${each.name}`);
  const call = `${field.name}${list(given)}${selectionOf(schema, field.type, "      ", new Sparing())}`;
  const query = `${root} ${name}${list(declared)} {\n  exchange {\n    ${provider} {\n      ${call}\n    }\n  }\n}\n`;
  return { query, variables: variablesOf(schema, field.args) };
}

/** Give JSON with an empty value for each of these that has to be given. */
export function variablesOf(schema, members) {
  const required = members.filter(isRequired);
  if (!required.length) return "";
  const values = required.map(({ name, type }) => [name, emptyValue(schema, type, 0)]);
  return JSON.stringify(Object.fromEntries(values), null, 2);
}

function list(parts) {
  return parts.length ? `(${parts.join(", ")})` : "";
}

function withDefault({ defaultValue }) {
  return defaultValue === null || defaultValue === undefined ? "" : ` = ${defaultValue}`;
}

/** Counts what was selected, so that an example stays readable. */
class Sparing {
  constructor() {
    this.fields = 0;
    this.within = [];
  }
}

function selectionOf(schema, type, indent, spent) {
  const name = named(type);
  if (!schema.isComposite(name)) return "";
  const lines = schema.type(name).kind === "UNION" ? branches(schema, name, `${indent}  `, spent) : leavesAndBelow(schema, name, `${indent}  `, spent);
  return ` {\n${(lines.length ? lines : [`${indent}  __typename`]).join("\n")}\n${indent}}`;
}

function branches(schema, name, indent, spent) {
  const each = (type) => `${indent}... on ${type}${selectionOf(schema, { name: type }, indent, spent)}`;
  return [`${indent}__typename`, ...schema.possible(name).map(each)];
}

function leavesAndBelow(schema, name, indent, spent) {
  const open = schema.fields(name).filter((field) => !field.isDeprecated && !field.args.some(isRequired));
  const lines = [];
  spent.within.push(name);
  for (const field of open) {
    const below = named(field.type);
    const isBelow = schema.isComposite(below);
    if (spent.fields >= FIELDS_MAX || (isBelow && (spent.within.length >= DEPTH_MAX || spent.within.includes(below)))) continue;
    spent.fields += 1;
    lines.push(`${indent}${field.name}${selectionOf(schema, field.type, indent, spent)}`);
  }
  spent.within.pop();
  return lines;
}

const EMPTY = { Int: 0, Float: 0, Boolean: false, Long: 0 };

function emptyValue(schema, type, depth) {
  const bare = withoutNonNull(type);
  if (bare.kind === "LIST") return [emptyValue(schema, bare.ofType, depth + 1)];
  const known = schema.type(bare.name);
  if (known?.kind === "ENUM") return known.enumValues[0]?.name ?? "";
  if (known?.kind !== "INPUT_OBJECT") return EMPTY[bare.name] ?? "";
  if (depth > DEPTH_MAX) return {};
  const wanted = known.isOneOf ? known.inputFields.slice(0, 1) : known.inputFields.filter(isRequired);
  return Object.fromEntries(wanted.map((each) => [each.name, emptyValue(schema, each.type, depth + 1)]));
}
