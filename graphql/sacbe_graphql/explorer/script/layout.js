// Lays a query out: two spaces a level, one selection a line, comments kept.

import { tokens } from "./tokens.js";

/** Give the query in order. */
export function laidOutQuery(text) {
  const out = [];
  let depth = 0, inside = 0, line = "";
  const flush = () => {
    if (line.trim()) out.push("  ".repeat(Math.max(depth, 0)) + line.trim());
    line = "";
  };
  for (const { text: token, kind } of tokens(text)) {
    if (token === "(" || token === "[") inside += 1;
    if (token === ")" || token === "]") inside -= 1;
    if (token === "{" && !inside) { line = `${line.trimEnd()} {`; flush(); depth += 1; }
    else if (token === "}" && !inside) { flush(); depth -= 1; line = "}"; flush(); }
    else if (kind === "comment") { line += token; flush(); }
    else if (kind === "space") { if (token.includes("\n") && !inside) flush(); else line += token.includes(",") ? ", " : " "; }
    else line += token;
  }
  flush();
  return out.length ? `${out.join("\n")}\n` : "";
}
