// The page's elements and words. Text is always set as text, never as markup.

export const find = (id) => document.getElementById(id);

const words = JSON.parse(find("explorer").dataset.words);

/** Say a word of the page, with values put where it has their names in braces. */
export function say(word, values = {}) {
  return words[word].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Make an element with properties, and attributes where HTML has no property for them. */
export function make(tag, content, properties = {}, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...[content].flat(2).filter((part) => part !== undefined && part !== null && part !== ""));
  return element;
}

export function button(content, onclick, className = "link") {
  return make("button", content, { type: "button", className, onclick });
}

/** Show a description, with what stands in backquotes as code. */
export function prose(text) {
  return text ? make("p", text.split("`").map((part, index) => (index % 2 ? make("code", part) : part))) : null;
}

/** Call a function once, when it was not asked for a while. */
export function calmly(milliseconds, act) {
  let waiting = 0;
  return (...given) => {
    clearTimeout(waiting);
    waiting = setTimeout(act, milliseconds, ...given);
  };
}

/** Make a button that copies a text, and says that it did. */
export function copier(text, label = say("copy")) {
  const copy = async (event) => {
    const pressed = event.currentTarget;
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      announce(say("copied"));
      pressed.textContent = say("copied");
    } catch {
      announce(say("notCopied"));
      pressed.textContent = say("notCopied");
    }
    setTimeout(() => { pressed.textContent = label; }, 2000);
  };
  return button(label, copy, "small");
}

/** Tell what happened, also to those who do not see it. */
export function announce(text) {
  find("told").textContent = text;
}

/** Let each list of tabs show one panel, by pointer and by arrow keys (ARIA practices: tabs). */
export function wireTabs() {
  for (const list of document.querySelectorAll('[role="tablist"]')) {
    const tabs = [...list.querySelectorAll('[role="tab"]')];
    list.addEventListener("keydown", (event) => moveAmong(tabs, event));
    tabs.forEach((tab) => tab.addEventListener("click", () => showTab(tab)));
  }
}

function moveAmong(tabs, event) {
  const at = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = tabs.at(to % tabs.length);
  showTab(tab);
  tab.focus();
}

/** Show the panel of a tab. */
export function showTab(tab) {
  for (const each of tab.parentElement.querySelectorAll('[role="tab"]')) {
    const isShown = each === tab;
    each.setAttribute("aria-selected", isShown);
    each.tabIndex = isShown ? 0 : -1;
    find(each.getAttribute("aria-controls")).hidden = !isShown;
  }
  find(tab.getAttribute("aria-controls")).dispatchEvent(new Event("show"));
}
