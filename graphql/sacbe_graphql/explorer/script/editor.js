// The editor: a text area, its text in colours below it, what is wrong marked, and the list of completions.
//
// The text area keeps the text, the caret, undo and the screen reader; what lies below is only looked at.

import { complete } from "./complete.js";
import { announce, calmly, find, make, say } from "./page.js";
import { place, tokens } from "./tokens.js";

const CLOSERS = { "{": "}", "(": ")", "[": "]" };
const CALM_MILLISECONDS = 250;

export class Editor {
  constructor({ schema, onChange }) {
    this.area = find("query");
    this.schema = schema;
    this.onChange = calmly(CALM_MILLISECONDS, onChange);
    this.marks = [];
    this.list = new Completions(this);
    this.area.addEventListener("input", (event) => this.typed(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("scroll", () => this.follow());
    this.area.addEventListener("blur", () => this.list.close());
    this.area.addEventListener("click", () => this.list.close());
    new ResizeObserver(() => this.follow()).observe(this.area);
    addEventListener("resize", () => this.list.close());
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.marks = [];
    this.changed();
  }

  typed({ inputType, data }) {
    this.marks = [];
    this.changed();
    if (inputType === "insertText" && /[\w$@]/.test(data ?? "")) this.list.offer();
    else if (this.list.isOpen) this.list.offer();
  }

  changed() {
    this.show();
    this.onChange();
  }

  /** Underline what is wrong: [{start, end}]. */
  mark(marks) {
    this.marks = marks;
    this.area.setAttribute("aria-invalid", marks.length > 0);
    this.show();
  }

  show() {
    const count = this.text.split("\n").length;
    find("lines").textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
    find("colours").replaceChildren(...coloured(this.text, this.marks), "\n");
    this.follow();
  }

  follow() {
    find("lines").scrollTop = this.area.scrollTop;
    find("colours").scrollTop = this.area.scrollTop;
    find("colours").scrollLeft = this.area.scrollLeft;
  }

  /** Put the caret at a place, and show it. */
  goTo(index) {
    this.area.focus();
    this.area.setSelectionRange(index, index);
    const { line } = place(this.text, index);
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 4) * height);
  }

  key(event) {
    if (event.isComposing || this.list.key(event)) return;
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.list.offer({ isAsked: true });
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) this.helpTyping(event);
  }

  helpTyping(event) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    if (event.key in CLOSERS) {
      event.preventDefault();
      this.insert(event.key + this.text.slice(start, end) + CLOSERS[event.key], 1);
    } else if (start === end && event.key === this.text[start] && Object.values(CLOSERS).includes(event.key)) {
      event.preventDefault();
      this.area.setSelectionRange(start + 1, start + 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.breakLine(start, end);
    }
  }

  breakLine(start, end) {
    const indent = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start).match(/^ */)[0];
    const opens = this.text[start - 1] in CLOSERS;
    const closes = opens && this.text[end] === CLOSERS[this.text[start - 1]];
    this.insert(`\n${indent}${opens ? "  " : ""}${closes ? `\n${indent}` : ""}`, closes ? indent.length + 1 : 0);
  }

  insert(text, back = 0) {
    // execCommand is old, and the only way that keeps the browser's own undo.
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.changed();
    }
    const at = this.area.selectionEnd - back;
    this.area.setSelectionRange(at, at);
  }
}

/** Give the text's parts in their colours, those within a mark underlined. */
function coloured(text, marks) {
  const parts = [];
  for (const token of tokens(text)) {
    const cuts = marks.flatMap(({ start, end }) => [start, end]).filter((at) => at > token.start && at < token.end);
    const edges = [token.start, ...new Set(cuts.sort((one, other) => one - other)), token.end];
    for (let index = 1; index < edges.length; index += 1) {
      const [start, end] = [edges[index - 1], edges[index]];
      const isMarked = marks.some((mark) => mark.start < end && start < Math.max(mark.end, mark.start + 1));
      const className = `${classOf(token, text)}${isMarked && token.kind !== "space" ? " marked" : ""}`.trim();
      parts.push(className ? make("span", text.slice(start, end), { className }) : text.slice(start, end));
    }
  }
  return parts;
}

const KEYWORDS = new Set(["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"]);

function classOf(token, text) {
  if (token.kind !== "name") return { comment: "c", string: "s", open: "s", number: "n" }[token.kind] ?? "";
  if (KEYWORDS.has(token.text)) return "k";
  if (text[token.start - 1] === "$" || text[token.start - 1] === "@") return "v";
  return /^\s*:/.test(text.slice(token.end, token.end + 9)) ? "a" : "";
}

/** The list below the caret. The text area keeps the focus and names the option that is meant. */
class Completions {
  constructor(editor) {
    this.editor = editor;
    this.box = find("completions");
    this.options = [];
    this.at = 0;
    // The text area keeps the focus, also while the list is scrolled by pointer.
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return !this.box.hidden;
  }

  async offer({ isAsked = false } = {}) {
    const schema = await this.editor.schema();
    const { area } = this.editor;
    if (!schema || area.selectionStart !== area.selectionEnd) return;
    const { from, options } = complete(area.value, area.selectionStart, schema);
    const typed = area.value.slice(from, area.selectionStart);
    const isWhole = options.length === 1 && options[0].label === typed && !isAsked;
    if (!options.length || isWhole) {
      this.close();
      if (isAsked) announce(say("noCompletions"));
      return;
    }
    Object.assign(this, { from, options, at: 0 });
    this.show();
  }

  show() {
    find("options").replaceChildren(...this.options.map((option, index) => this.item(option, index)));
    this.box.hidden = false;
    this.move(0);
    this.place();
    this.editor.area.setAttribute("aria-controls", "options");
    announce(say("completions", { count: this.options.length }));
  }

  item(option, index) {
    const content = [make("span", option.label, { className: "label" }), make("span", option.detail, { className: "detail" })];
    return make("li", content, { id: `option-${index}`, onclick: () => this.accept(index) }, { role: "option", "aria-selected": false });
  }

  move(to) {
    const { children } = find("options");
    children[this.at]?.setAttribute("aria-selected", false);
    this.at = (to + this.options.length) % this.options.length;
    children[this.at].setAttribute("aria-selected", true);
    children[this.at].scrollIntoView({ block: "nearest" });
    this.editor.area.setAttribute("aria-activedescendant", `option-${this.at}`);
    find("about").textContent = this.options[this.at].about ?? "";
  }

  /** Stand below the caret, or above it where there is more room, and never outside the editor. */
  place() {
    const { area } = this.editor;
    const style = getComputedStyle(area);
    const { line, column } = place(area.value, this.from);
    const height = parseFloat(style.lineHeight);
    const top = parseFloat(style.paddingTop) + line * height - area.scrollTop;
    const left = area.offsetLeft + parseFloat(style.paddingLeft) + (column - 1) * letterWidth() - area.scrollLeft;
    const room = area.parentElement.clientWidth - this.box.offsetWidth - 4;
    this.box.style.left = `${Math.max(4, Math.min(left, room))}px`;
    const isLow = top + this.box.offsetHeight > area.clientHeight + 160 && top - height > this.box.offsetHeight;
    this.box.style.top = `${isLow ? top - height - this.box.offsetHeight : top}px`;
  }

  accept(index = this.at) {
    const { area } = this.editor;
    const { insert, back, goesOn } = this.options[index];
    area.setSelectionRange(this.from, area.selectionStart);
    this.close();
    this.editor.insert(insert, back);
    this.close();
    if (goesOn) this.offer();
  }

  /** Take the keys that are the list's while it is open; say whether one was taken. */
  key(event) {
    if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey) return false;
    const acts = {
      ArrowDown: () => this.move(this.at + 1),
      ArrowUp: () => this.move(this.at - 1),
      Enter: () => this.accept(),
      Tab: () => this.accept(),
      Escape: () => this.close(),
    };
    const act = event.shiftKey ? undefined : acts[event.key];
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) this.close();
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }

  close() {
    this.box.hidden = true;
    this.editor.area.removeAttribute("aria-activedescendant");
    this.editor.area.removeAttribute("aria-controls");
  }
}

/** Measure one letter of the editor; all are as wide. */
function letterWidth() {
  const probe = make("span", "0".repeat(100));
  find("colours").append(probe);
  const width = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return width;
}
