// What could stand at the caret, from the schema: each with what it inserts.

import { allows } from "./check.js";
import { membersAt, selectedType, typeAt } from "./expected.js";
import { read } from "./reading.js";
import { isRequired, named, withoutNonNull, written } from "./schema.js";
import { meaningful, tokens } from "./tokens.js";

const OPTIONS_MAX = 50;

/** Give {from, options} for a caret; each option is {label, detail, about, insert, back}, `back` the caret's way home. */
export function complete(text, caret, schema) {
  const partial = text.slice(0, caret).match(/\$?\w*$/)[0];
  const from = caret - partial.length;
  const before = text.slice(0, from);
  if (isInsideText(before)) return { from, options: [] };
  const { wanted } = read(before);
  const asked = wanted && new Asked(text, caret, schema, wanted);
  const options = asked ? ranked(asked[wanted.kind]?.() ?? [], partial) : [];
  return { from, options: options.slice(0, OPTIONS_MAX) };
}

function isInsideText(before) {
  const last = tokens(before).at(-1);
  return last?.kind === "comment" || last?.kind === "open";
}

/** Order options: those that begin as typed, then those that hold it anywhere. */
function ranked(options, partial) {
  const typed = partial.toLowerCase();
  const begin = options.filter(({ label }) => label.toLowerCase().startsWith(typed));
  const hold = options.filter(({ label }) => label.toLowerCase().indexOf(typed) > 0);
  return [...begin, ...hold];
}

class Asked {
  constructor(text, caret, schema, wanted) {
    this.schema = schema;
    this.wanted = wanted;
    this.type = selectedType(schema, wanted.chain);
    this.after = meaningful(text.slice(caret)).at(0)?.text;
    this.indent = " ".repeat(text.slice(0, caret).split("\n").at(-1).match(/^ */)[0].length);
    this.whole = read(text).definitions;
    this.caret = caret;
  }

  definition() {
    const roots = Object.keys(this.schema.roots).filter((name) => this.schema.roots[name]);
    return [...roots.map((name) => plain(name, `${name} `)), plain("fragment", "fragment ")];
  }

  selection() {
    const fields = [...this.schema.fields(this.type)];
    const fit = this.schema.isComposite(this.type);
    if (fit) fields.push(this.schema.field(this.type, "__typename"));
    return [...fields.map((field) => this.field(field)), ...(fit ? this.spread() : []).map(withDots)];
  }

  field(field) {
    const detail = written(field.type);
    const about = field.isDeprecated ? `⚠ ${field.deprecationReason ?? ""}` : field.description;
    if (["(", "{", ":"].includes(this.after)) return { ...plain(field.name), detail, about };
    const required = field.args.filter(isRequired);
    const given = required.length ? `(${required.map(({ name }) => `${name}: `).join(", ")})` : "";
    const isComposite = this.schema.isComposite(named(field.type));
    const set = isComposite ? ` {\n${this.indent}  \n${this.indent}}` : "";
    return { ...plain(field.name, field.name + given + set), detail, about, back: wayBack(given, set, required, this.indent) };
  }

  spread() {
    const fragments = this.whole.filter(({ kind, name, on }) => kind === "fragment" && name && on);
    const fitting = fragments.filter(({ on }) => this.schema.overlap(this.type, on.text));
    const on = this.condition().map((option) => ({ ...option, label: `on ${option.label}`, insert: `on ${option.insert}` }));
    return [...fitting.map((fragment) => ({ ...plain(fragment.name.text), detail: fragment.on.text })), ...on];
  }

  condition() {
    const types = [...this.schema.types.keys()].filter((name) => this.schema.isComposite(name));
    const fitting = this.type ? types.filter((name) => this.schema.overlap(this.type, name)) : types;
    return fitting.filter((name) => !name.startsWith("__")).map((name) => plain(name, `${name} `));
  }

  inputType() {
    const types = [...this.schema.types.keys()].filter((name) => this.schema.isInput(name) && !name.startsWith("__"));
    return types.map((name) => ({ ...plain(name), about: this.schema.type(name).description }));
  }

  directive() {
    const fitting = [...this.schema.directives.values()].filter(({ locations }) => locations.includes(this.wanted.location));
    return fitting.map(({ name, description, args }) => {
      const given = args.some(isRequired) ? `(${args.filter(isRequired).map((each) => `${each.name}: `).join(", ")})` : "";
      return { ...plain(name, name + given), about: description, back: given ? 1 : 0 };
    });
  }

  argument() {
    const given = new Set(this.wanted.given.map(({ name }) => name.text));
    const open = membersAt(this.schema, this.type, this.wanted.owner).filter(({ name }) => !given.has(name));
    return open.map((each) => ({
      ...plain(each.name, this.after === ":" ? each.name : `${each.name}: `),
      detail: written(each.type),
      about: each.description,
      goesOn: true,
    }));
  }

  value() {
    const type = typeAt(this.schema, this.type, this.wanted.place);
    if (!type) return [];
    const known = this.schema.type(named(type));
    return [...this.variablesFor(type), ...literals(known)];
  }

  variable() {
    return this.variables().map(({ name, type }) => ({ ...plain(name), detail: written(type) }));
  }

  variablesFor(type) {
    const fitting = this.variables().filter((variable) => allows(variable, type) || allows(variable, withoutNonNull(type)));
    return fitting.map((variable) => ({ ...plain(`$${variable.name}`), detail: written(variable.type) }));
  }

  variables() {
    const here = this.whole.find(({ kind, start, end }) => kind === "operation" && start <= this.caret && this.caret <= end);
    return (here ?? this.wanted.chain[0])?.variables ?? [];
  }
}

function literals(type) {
  if (type?.kind === "ENUM") return type.enumValues.map(({ name, description }) => ({ ...plain(name), detail: type.name, about: description }));
  if (type?.kind === "INPUT_OBJECT") return [{ ...plain("{ }", "{  }"), detail: type.name, back: 2, goesOn: true }];
  if (type?.name === "Boolean") return [plain("true"), plain("false")];
  if (type?.name === "Int" || type?.name === "Float") return [];
  return type ? [{ ...plain('""'), detail: type.name, back: 1 }] : [];
}

function plain(label, insert = label) {
  return { label, insert, detail: "", about: "", back: 0 };
}

function withDots(option) {
  return { ...option, label: `... ${option.label}`, insert: `... ${option.insert}` };
}

/** Say how far the caret goes back from the end of what was inserted: to the first argument, or into the braces. */
function wayBack(given, set, required, indent) {
  if (given) return set.length + given.length - `(${required[0].name}: `.length;
  return set ? indent.length + 2 : 0;
}
