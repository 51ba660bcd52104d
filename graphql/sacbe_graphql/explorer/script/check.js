// Checks a query against the schema while it is written, so that mistakes are seen before it is sent.
//
// What is marked here is wrong for the server too; the server checks more (GraphQL, section 5), and has the last word.

import { below } from "./expected.js";
import { read } from "./reading.js";
import { isRequired, named, withoutNonNull, written } from "./schema.js";

/** Give the problems of a query, in the order of the text: {word, values, start, end}. */
export function check(text, schema) {
  const document = read(text);
  if (!document.problems.length && schema) new Checker(document, schema).document();
  return document.problems.sort((one, other) => one.start - other.start);
}

class Checker {
  constructor(document, schema) {
    this.schema = schema;
    this.problems = document.problems;
    this.operations = document.definitions.filter((each) => each.kind === "operation");
    const fragments = document.definitions.filter((each) => each.kind === "fragment");
    this.fragments = new Map(fragments.map((each) => [each.name?.text, each]));
    this.spreadNames = new Set();
  }

  problem(word, { start, end }, values = {}) {
    this.problems.push({ word, values, start, end });
  }

  document() {
    this.operations.forEach((operation) => this.operation(operation));
    for (const fragment of this.fragments.values()) this.fragment(fragment);
    this.names();
  }

  names() {
    const seen = new Set();
    for (const operation of this.operations) {
      const name = operation.name?.text;
      if (!name && this.operations.length > 1) this.problem("nameless", { start: operation.start, end: operation.start + 1 });
      if (name && seen.has(name)) this.problem("twice", operation.name, { name });
      seen.add(name);
    }
    for (const [name, fragment] of this.fragments) {
      if (name && !this.spreadNames.has(name)) this.problem("fragmentUnused", fragment.name, { name });
    }
  }

  operation(operation) {
    const root = this.schema.roots[operation.type];
    if (!root) return this.problem("operationUnknown", { start: operation.start, end: operation.start + 8 }, { name: operation.type });
    this.variables = new Map(operation.variables.map((each) => [each.name, each]));
    this.used = new Set();
    this.entered = new Set();
    operation.variables.forEach((variable) => this.declared(variable));
    this.directives(operation, root);
    this.set(operation.set, root);
    for (const [name, variable] of this.variables) {
      if (!this.used.has(name)) this.problem("variableUnused", variable, { name });
    }
    return undefined;
  }

  declared(variable) {
    const type = named(variable.type);
    if (!this.schema.isInput(type)) this.problem("inputUnknown", variable.type, { type });
    else if (variable.default) this.value(variable.default, variable.type);
  }

  /** Check a fragment by itself; its variables are looked at from the operations that spread it. */
  fragment(fragment) {
    this.variables = null;
    if (fragment.on && this.condition(fragment)) this.set(fragment.set, fragment.on.text);
  }

  condition({ on }) {
    if (this.schema.isComposite(on.text)) return true;
    this.problem("typeUnknown", on, { type: on.text });
    return false;
  }

  // Selections -----------------------------------------------------------

  set(set, type) {
    if (!set) return;
    if (!set.items.length) this.problem("empty", set);
    for (const item of set.items) this[item.kind](item, type);
  }

  field(field, type) {
    const { text: name } = field.name;
    const known = this.schema.field(type, name);
    if (!known) {
      const near = nearest(name, this.schema.fields(type));
      this.problem(near ? "fieldUnknownNear" : "fieldUnknown", field.name, { name, type, near });
      return;
    }
    this.members(field.args, known.args, field.name);
    this.directives(field, type);
    const given = named(known.type);
    if (!this.schema.isComposite(given)) {
      if (field.set) this.problem("selectionUnfit", field.name, { name, type: written(known.type) });
    } else if (field.set) this.set(field.set, given);
    else this.problem("selectionMissing", field.name, { name, type: written(known.type) });
  }

  inline(inline, type) {
    if (inline.on && !this.condition(inline)) return;
    this.fits(inline.on, type);
    this.directives(inline, type);
    this.set(inline.set, below(this.schema, type, inline));
  }

  spread(spread, type) {
    const name = spread.name.text;
    const fragment = this.fragments.get(name);
    this.spreadNames.add(name);
    if (!fragment) return this.problem("fragmentUnknown", spread.name, { name });
    if (fragment.on && this.schema.isComposite(fragment.on.text)) this.fits({ ...spread.name, text: fragment.on.text }, type);
    this.directives(spread, type);
    return this.usesOf(fragment);
  }

  /** Take the variables that a fragment uses as used by the operation that spreads it. */
  usesOf(fragment) {
    if (!this.variables || this.entered.has(fragment)) return;
    this.entered.add(fragment);
    for (const name of variablesIn(fragment, this.fragments)) this.used.add(name);
  }

  fits(on, type) {
    if (on && !this.schema.overlap(type, on.text)) this.problem("typeUnfit", on, { type: on.text, within: type });
  }

  directives({ directives = [] }) {
    for (const directive of directives) {
      const known = this.schema.directives.get(directive.name.text);
      if (!known) this.problem("directiveUnknown", directive.name, { name: directive.name.text });
      else if (!known.locations.includes(directive.location)) this.problem("directiveUnfit", directive.name, { name: known.name });
      else this.members(directive.args, known.args, directive.name);
    }
  }

  // Arguments and values ---------------------------------------------------

  /** Check what is given of arguments or input fields, and name each required one that is not. */
  members(given, known, owner) {
    const byName = new Map(known.map((each) => [each.name, each]));
    const seen = new Set();
    for (const { name, value } of given) {
      const expected = byName.get(name.text);
      if (seen.has(name.text)) this.problem("twice", name, { name: name.text });
      seen.add(name.text);
      if (expected) this.value(value, expected.type, expected);
      else {
        const near = nearest(name.text, known);
        this.problem(near ? "argumentUnknownNear" : "argumentUnknown", name, { name: name.text, near });
      }
    }
    for (const each of known) {
      if (isRequired(each) && !seen.has(each.name)) {
        this.problem("argumentMissing", owner, { name: each.name, type: written(each.type) });
      }
    }
  }

  value(value, type, expected = {}) {
    if (!value) return;
    if (value.kind === "variable") this.variable(value, type, expected);
    else if (value.kind === "null") {
      if (type.kind === "NON_NULL") this.problem("valueUnfit", value, { type: written(type) });
    } else this.given(value, withoutNonNull(type));
  }

  given(value, type) {
    if (type.kind === "LIST") {
      const items = value.kind === "list" ? value.items : [value];
      items.forEach((item) => this.value(item, type.ofType));
      return;
    }
    const known = this.schema.type(type.name);
    if (known?.kind === "INPUT_OBJECT" && value.kind === "object") this.object(value, known);
    else if (known && !isOf(value, known)) this.problem("valueUnfit", value, { type: type.name });
  }

  object(value, type) {
    this.members(value.members, type.inputFields, { start: value.start, end: value.start + 1 });
    if (type.isOneOf && value.members.length !== 1) this.problem("oneOf", value, { type: type.name });
  }

  variable(value, type, { defaultValue = null }) {
    if (!this.variables) return;
    this.used.add(value.name);
    const variable = this.variables.get(value.name);
    if (!variable) this.problem("variableUnknown", value, { name: value.name });
    else if (!allows(variable, type, defaultValue)) {
      this.problem("variableUnfit", value, { name: value.name, type: written(variable.type), wanted: written(type) });
    }
  }
}

const LITERALS = { Int: ["int"], Float: ["int", "float"], String: ["string"], Boolean: ["boolean"], ID: ["string", "int"] };

/** Say whether a literal can be of a named type; scalars of Sacbé's own are left to the server. */
function isOf(value, type) {
  if (type.kind === "ENUM") return value.kind === "enum" && type.enumValues.some((each) => each.name === value.text);
  if (type.kind === "INPUT_OBJECT") return false;
  return LITERALS[type.name]?.includes(value.kind) ?? true;
}

/** Say whether a variable may stand where a type is wanted (GraphQL, section 5.8.5). */
export function allows(variable, type, defaultValue = null) {
  if (type.kind === "NON_NULL" && variable.type.kind !== "NON_NULL") {
    const hasDefault = (variable.default && variable.default.kind !== "null") || defaultValue !== null;
    return Boolean(hasDefault) && isCompatible(variable.type, type.ofType);
  }
  return isCompatible(variable.type, type);
}

function isCompatible(given, wanted) {
  if (wanted.kind === "NON_NULL") return given.kind === "NON_NULL" && isCompatible(given.ofType, wanted.ofType);
  if (given.kind === "NON_NULL") return isCompatible(given.ofType, wanted);
  if (wanted.kind === "LIST") return given.kind === "LIST" && isCompatible(given.ofType, wanted.ofType);
  return given.kind !== "LIST" && given.name === wanted.name;
}

/** Give the names of the variables that a fragment uses, with those that it spreads. */
function variablesIn(fragment, fragments, seen = new Set()) {
  if (!fragment || seen.has(fragment)) return [];
  seen.add(fragment);
  const inNode = (node) => {
    if (Array.isArray(node)) return node.flatMap(inNode);
    if (node === null || typeof node !== "object") return [];
    if (node.kind === "variable") return [node.name];
    const further = node.kind === "spread" ? variablesIn(fragments.get(node.name.text), fragments, seen) : [];
    return [...further, ...Object.values(node).flatMap(inNode)];
  };
  return inNode([fragment.set, fragment.directives]);
}

/** Give the name that was probably meant: of those that start alike or differ in little, the nearest. */
function nearest(name, known) {
  const distances = known.map((each) => [distance(name.toLowerCase(), each.name.toLowerCase()), each.name]);
  const [best] = distances.sort(([one], [other]) => one - other);
  return best && best[0] <= Math.max(1, name.length / 3) ? best[1] : "";
}

/** Count the letters to add, drop or change between two names (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const last = row;
    row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      row.push(Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
  }
  return row[other.length];
}
