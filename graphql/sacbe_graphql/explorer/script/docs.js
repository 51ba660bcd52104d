// The schema as pages of one pane: types, fields and arguments, with a search and a way back.

import { button, find, make, prose, say } from "./page.js";
import { named } from "./schema.js";

const FOUND_MAX = 60;

export class Docs {
  constructor({ schema, onExample }) {
    this.schema = schema;
    this.onExample = onExample;
    this.path = [];
    find("find").addEventListener("input", () => this.search());
    find("back").addEventListener("click", () => this.back());
    find("panel-docs").addEventListener("show", () => this.open());
  }

  /** Show where the reader was, of the schema in force. */
  async open() {
    find("types").textContent = find("types").textContent || say("loading");
    this.loaded = await this.schema();
    if (!this.loaded) return;
    this.path = this.path.filter((name) => this.loaded.type(name));
    this.show(this.path.pop() ?? this.loaded.roots.query);
  }

  show(name, { moveFocus = false } = {}) {
    const type = this.loaded.type(name);
    if (!type) return;
    if (this.path.at(-1) !== name) this.path.push(name);
    find("back").disabled = this.path.length < 2;
    find("trail").replaceChildren(...Object.values(this.loaded.roots).filter(Boolean).map((root) => this.link(root)));
    find("types").replaceChildren(...this.page(type));
    if (moveFocus) find("types").focus();
  }

  back() {
    this.path.pop();
    this.show(this.path.pop() ?? this.loaded.roots.query, { moveFocus: true });
  }

  page(type) {
    const members = type.fields ?? type.inputFields ?? type.enumValues ?? [];
    const offer = this.loaded.offers().find(({ field }) => named(field.type) === type.name);
    const possible = (type.possibleTypes ?? []).map((each) => make("li", this.link(each.name)));
    return [
      make("h3", [make("span", `${type.kind.toLowerCase().replace("_", " ")} `, { className: "hint" }), type.name]),
      prose(type.description) ?? "",
      make("ul", [...members.map((each) => this.member(each, offer)), ...possible], { className: "members" }),
    ];
  }

  member(each, offer) {
    const arguments_ = each.args?.length ? make("ul", each.args.map((one) => this.member(one))) : null;
    const usual = each.defaultValue === null || each.defaultValue === undefined ? "" : ` = ${each.defaultValue}`;
    const code = make("code", each.type ? [`${each.name}: `, ...this.reference(each.type), usual] : each.name);
    const old = each.isDeprecated ? make("p", [make("strong", say("deprecated")), ` ${each.deprecationReason ?? ""}`]) : null;
    const use = offer ? button(say("useExample"), () => this.onExample(offer, each), "small") : null;
    return make("li", [code, use, prose(each.description), old, arguments_]);
  }

  reference(type) {
    if (type.kind === "NON_NULL") return [...this.reference(type.ofType), "!"];
    if (type.kind === "LIST") return ["[", ...this.reference(type.ofType), "]"];
    return [this.link(type.name)];
  }

  link(name) {
    return button(name, () => this.show(name, { moveFocus: true }));
  }

  search() {
    if (!this.loaded) return;
    const wanted = find("find").value.trim().toLowerCase();
    if (!wanted) {
      this.show(this.path.pop() ?? this.loaded.roots.query);
      return;
    }
    const found = [...this.found(wanted)];
    find("types").replaceChildren(found.length ? make("ul", found) : make("p", say("nothing")));
  }

  *found(wanted) {
    let count = 0;
    for (const type of this.loaded.types.values()) {
      const fields = [...type.byName.keys()].filter((name) => name.toLowerCase().includes(wanted));
      if (type.name.startsWith("__") || !(fields.length || type.name.toLowerCase().includes(wanted))) continue;
      yield make("li", [this.link(type.name), fields.length ? `: ${fields.slice(0, 20).join(", ")}` : ""]);
      count += 1;
      if (count === FOUND_MAX) return;
    }
  }
}
