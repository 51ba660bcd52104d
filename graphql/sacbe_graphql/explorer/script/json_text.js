// JSON as text: laid out and looked at without reading its numbers, so that no digit is lost.

const PARTS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Lay JSON out with two spaces; every string and number stays as it came. */
export function laidOut(text) {
  let depth = 0;
  let out = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  let last = "";
  for (const [part] of text.matchAll(PARTS)) {
    const closes = part === "}" || part === "]";
    if (closes) depth -= 1;
    if (closes ? !isOpening(last) : isOpening(last)) out += line();
    out += part;
    if (part === "," ) out += line();
    else if (part === ":") out += " ";
    else if (isOpening(part)) depth += 1;
    last = part;
  }
  return out;
}

function isOpening(part) {
  return part === "{" || part === "[";
}

/** Give {value} of the variables' text, or {problem: {line, message}} where it is no JSON object. */
export function objectIn(text) {
  if (!text.trim()) return { value: {} };
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return { value };
    return { problem: { line: 1, message: "" } };
  } catch (error) {
    return { problem: { line: lineOf(error.message, text), message: error.message } };
  }
}

/** Find the line that a browser's message speaks of; each browser says it in its own way. */
function lineOf(message, text) {
  const [, line] = message.match(/line (\d+)/) ?? [];
  if (line) return Number(line);
  const [, position] = message.match(/position (\d+)/) ?? [];
  return text.slice(0, Number(position ?? text.length)).split("\n").length;
}
