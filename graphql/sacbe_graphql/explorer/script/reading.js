// Reads a query into a tree, forgivingly: what does not belong is noted with its place, and reading goes on.
//
// Read up to the caret, it also tells what is wanted there, and inside of what: that is all that completion needs.

import { meaningful } from "./tokens.js";

const OPERATIONS = ["query", "mutation", "subscription"];
const DEPTH_MAX = 60;

/** Give {definitions, problems, wanted} of a text; `wanted` is what could stand at its end. */
export function read(text) {
  const reader = new Reader(text);
  const definitions = reader.document();
  return { definitions, problems: reader.problems, wanted: reader.wanted };
}

class Reader {
  constructor(text) {
    this.tokens = meaningful(text);
    this.length = text.length;
    this.at = 0;
    this.depth = 0;
    this.chain = [];
    this.problems = [];
    this.wanted = null;
  }

  // Tokens ---------------------------------------------------------------

  get next() {
    return this.tokens[this.at];
  }

  get lastEnd() {
    return this.at ? this.tokens[this.at - 1].end : 0;
  }

  is(...texts) {
    return this.next !== undefined && this.next.kind !== "string" && texts.includes(this.next.text);
  }

  take(text) {
    return this.is(text) ? this.tokens[this.at++] : null;
  }

  takeName() {
    return this.next?.kind === "name" ? this.tokens[this.at++] : null;
  }

  /** Note what could stand here, if the text ends here. */
  want(kind, more = {}) {
    if (!this.next && !this.wanted) this.wanted = { kind, chain: [...this.chain], ...more };
  }

  /** Note that the next token does not belong here, and step over it. */
  stray() {
    const token = this.next;
    if (!token) return this.problem("ended", { start: Math.max(0, this.lastEnd - 1), end: this.lastEnd });
    this.at += 1;
    return this.problem(token.kind === "open" ? "open" : "stray", token, { text: token.text.slice(0, 20) });
  }

  problem(word, { start, end }, values = {}) {
    this.problems.push({ word, values, start, end });
  }

  expect(text) {
    if (!this.take(text) && !this.problems.at(-1)?.expected) {
      const { start, end } = this.next ?? { start: Math.max(0, this.length - 1), end: this.length };
      this.problems.push({ word: "expected", values: { text }, start, end, expected: !this.next });
    }
  }

  // Definitions ----------------------------------------------------------

  document() {
    const definitions = [];
    while (this.next) {
      const definition = this.definition();
      if (definition) definitions.push(definition);
    }
    this.want("definition");
    return definitions;
  }

  definition() {
    if (this.is("{", ...OPERATIONS)) return this.operation();
    if (this.is("fragment")) return this.fragment();
    return this.stray();
  }

  operation() {
    const { start } = this.next;
    const type = this.is("{") ? "query" : this.tokens[this.at++].text;
    const operation = { kind: "operation", type, start, name: this.takeName(), variables: [] };
    this.chain.push(operation);
    if (this.take("(")) this.variables(operation);
    operation.directives = this.directives(type.toUpperCase());
    this.chain.pop();
    this.want("opening");
    operation.set = this.set(operation);
    return Object.assign(operation, { end: this.lastEnd });
  }

  variables(operation) {
    while (this.next && !this.is(")", "{")) {
      const sign = this.take("$");
      const name = sign && this.takeName();
      if (!name) this.stray();
      else operation.variables.push(this.variable(sign, name));
    }
    this.expect(")");
  }

  variable(sign, name) {
    this.expect(":");
    this.want("inputType");
    const type = this.type();
    const variable = { name: name.text, type, start: sign.start, end: name.end };
    if (this.take("=")) variable.default = this.value({ variable });
    this.directives("VARIABLE_DEFINITION");
    return variable;
  }

  type() {
    let type;
    const { start } = this.next ?? { start: this.length };
    if (this.take("[")) {
      type = { kind: "LIST", ofType: this.type() };
      this.expect("]");
    } else {
      this.want("inputType");
      const name = this.takeName();
      if (!name) return this.stray() ?? { kind: "NAMED", name: "", start, end: this.lastEnd };
      type = { kind: "NAMED", name: name.text };
    }
    if (this.take("!")) type = { kind: "NON_NULL", ofType: type };
    return Object.assign(type, { start, end: this.lastEnd });
  }

  fragment() {
    const { start } = this.tokens[this.at++];
    const fragment = { kind: "fragment", start, name: this.takeName() };
    this.expect("on");
    this.want("condition");
    fragment.on = this.takeName();
    fragment.directives = this.directives("FRAGMENT_DEFINITION");
    fragment.set = this.set(fragment);
    return Object.assign(fragment, { end: this.lastEnd });
  }

  // Selections -----------------------------------------------------------

  set(owner) {
    if (!this.is("{") || this.depth >= DEPTH_MAX) {
      this.expect("{");
      return null;
    }
    const set = { items: [], start: this.tokens[this.at++].start };
    this.chain.push(owner);
    this.depth += 1;
    while (this.next && !this.is("}")) this.selection(set);
    this.want("selection", { set });
    this.expect("}");
    this.depth -= 1;
    this.chain.pop();
    return Object.assign(set, { end: this.lastEnd });
  }

  selection(set) {
    const found = this.is("...") ? this.spread() : this.field();
    if (found) set.items.push(found);
  }

  spread() {
    const { start } = this.tokens[this.at++];
    this.want("spread");
    const name = this.is("on") ? null : this.takeName();
    if (name) {
      return { kind: "spread", name, start, directives: this.directives("FRAGMENT_SPREAD"), end: this.lastEnd };
    }
    const inline = { kind: "inline", start, on: null };
    if (this.take("on")) {
      this.want("condition");
      inline.on = this.takeName();
    }
    inline.directives = this.directives("INLINE_FRAGMENT");
    inline.set = this.set(inline);
    return Object.assign(inline, { end: this.lastEnd });
  }

  field() {
    let name = this.takeName();
    if (!name) return this.stray();
    let alias = null;
    if (this.take(":")) {
      alias = name;
      this.want("selection", { set: null });
      name = this.takeName();
      if (!name) return this.stray();
    }
    const field = { kind: "field", name, alias, args: [], start: (alias ?? name).start };
    if (this.take("(")) field.args = this.arguments({ field });
    field.directives = this.directives("FIELD");
    field.set = this.is("{") ? this.set(field) : null;
    return Object.assign(field, { end: this.lastEnd });
  }

  directives(location) {
    const found = [];
    while (this.take("@")) {
      this.want("directive", { location });
      const name = this.takeName();
      if (!name) {
        this.stray();
        continue;
      }
      const directive = { name, location, args: [] };
      if (this.take("(")) directive.args = this.arguments({ directive });
      found.push(directive);
    }
    return found;
  }

  // Arguments and values ---------------------------------------------------

  arguments(owner) {
    const given = [];
    while (this.next && !this.is(")", "{", "}")) {
      const argument = this.member(owner, given);
      if (argument) given.push(argument);
    }
    this.want("argument", { owner, given });
    this.expect(")");
    return given;
  }

  member(owner) {
    const name = this.takeName();
    if (!name) return this.stray();
    this.expect(":");
    return { name, value: this.value({ ...owner, member: name.text }) };
  }

  /** Read a value; `place` leads from a field's argument, a directive's or a variable's default inwards. */
  value(place) {
    this.want("value", { place });
    const token = this.next;
    if (!token) return this.stray() ?? null;
    if (this.depth < DEPTH_MAX && this.is("[")) return this.list(place);
    if (this.depth < DEPTH_MAX && this.is("{")) return this.object(place);
    if (this.take("$")) return this.reference(token);
    if (!["string", "number", "name"].includes(token.kind)) return this.stray() ?? null;
    this.at += 1;
    return { kind: kindOf(token), text: token.text, start: token.start, end: token.end };
  }

  reference(sign) {
    this.want("variable");
    const name = this.takeName();
    if (!name) return this.stray() ?? null;
    return { kind: "variable", name: name.text, start: sign.start, end: name.end };
  }

  list(place) {
    const { start } = this.tokens[this.at++];
    const items = [];
    this.depth += 1;
    while (this.next && !this.is("]", ")", "}")) items.push(this.value({ item: place }));
    this.want("value", { place: { item: place } });
    this.expect("]");
    this.depth -= 1;
    return { kind: "list", items: items.filter(Boolean), start, end: this.lastEnd };
  }

  object(place) {
    const { start } = this.tokens[this.at++];
    const members = [];
    this.depth += 1;
    while (this.next && !this.is("}", ")")) {
      const member = this.member({ object: place });
      if (member) members.push(member);
    }
    this.want("argument", { owner: { object: place }, given: members });
    this.expect("}");
    this.depth -= 1;
    return { kind: "object", members, start, end: this.lastEnd };
  }
}

function kindOf({ kind, text }) {
  if (kind === "number") return /[.eE]/.test(text) ? "float" : "int";
  if (kind === "string") return "string";
  return { true: "boolean", false: "boolean", null: "null" }[text] ?? "enum";
}
