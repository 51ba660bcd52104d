// The text of a query as tokens, each with its place; nothing is ever refused here.

const PATTERN = new RegExp(
  [
    /(?<space>[\s,\uFEFF]+)/,
    /(?<comment>#[^\n\r]*)/,
    /(?<string>"""(?:\\"""|[^"]|"(?!""))*"""|"(?!"")(?:\\.|[^"\\\n\r])*"|"")/,
    /(?<open>"""[^]*|"[^\n\r]*)/,
    /(?<name>[A-Za-z_]\w*)/,
    /(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
    /(?<mark>\.\.\.|[!$&()[\]{}:=@|])/,
    /(?<strange>[^])/,
  ].map((each) => each.source).join("|"),
  "gu",
);

/** Give every token with its kind: space, comment, string, open (a string that never closes), name, number, mark, strange. */
export function tokens(text) {
  const found = [];
  for (const match of text.matchAll(PATTERN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    found.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** Give the tokens that mean something to a reader of the query. */
export function meaningful(text) {
  return tokens(text).filter((token) => token.kind !== "space" && token.kind !== "comment");
}

/** Give line and column of a place, both from 1, as GraphQL counts them. */
export function place(text, index) {
  const before = text.slice(0, index).split(/\r\n|[\n\r]/);
  return { line: before.length, column: before.at(-1).length + 1 };
}

/** Give the index of a line and column, both from 1. */
export function indexOf(text, { line, column }) {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/);
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length, 0);
  return Math.min(before + column - 1, text.length);
}
