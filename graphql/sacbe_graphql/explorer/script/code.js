// The query as code to take along: curl, Python and TypeScript. The token never stands in it: it is read from SACBE_TOKEN.

import { copier, find, make } from "./page.js";
import { DOOR, givenHeaders } from "./sending.js";

/** Show the query as code in every language. */
export function showCode(query, variables) {
  const given = { query, variables: variables.trim() || "{}", headers: otherHeaders(), address: location.origin + DOOR };
  const blocks = Object.entries(LANGUAGES).map(([title, write]) => {
    const text = write(given);
    return make("section", [make("h3", title), copier(text), make("pre", text, { tabIndex: 0 }, { role: "region", "aria-label": title })]);
  });
  find("code").replaceChildren(...blocks);
}

const LANGUAGES = { curl, "Python (urllib)": urllib, "Python (httpx)": httpx, TypeScript: typescript };

function otherHeaders() {
  const { Authorization, ...others } = givenHeaders();
  return { ...others, ...(Authorization ? { Authorization } : {}) };
}

function pairs(headers, write) {
  return Object.entries(headers).map(([name, value]) => (name === "Authorization" ? write.token(name) : write.plain(name, value)));
}

function curl({ query, variables, headers, address }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = pairs(headers, {
    token: (name) => `-H "${name}: Bearer $SACBE_TOKEN"`,
    plain: (name, value) => `-H ${quoted(`${name}: ${value}`)}`,
  });
  const body = `{"query": ${JSON.stringify(query)}, "variables": ${variables}}`;
  return [`curl ${quoted(address)}`, "-H 'Content-Type: application/json'", ...lines, `--data-binary ${quoted(body)}`].join(" \\\n  ") + "\n";
}

function pythonHeaders(headers) {
  const lines = pairs(headers, {
    token: (name) => `    "${name}": "Bearer " + os.environ["SACBE_TOKEN"],`,
    plain: (name, value) => `    "${name}": ${JSON.stringify(value)},`,
  });
  return ["HEADERS = {", '    "Content-Type": "application/json",', ...lines, "}"].join("\n");
}

/** Write a text as Python does: raw between three quotes where it can be, else as one line. */
function pythonText(text) {
  const isPlain = !text.includes('"""') && !/["\\]$/.test(text) && !text.includes("\r");
  return isPlain ? `r"""${text}"""` : JSON.stringify(text);
}

function python(imports, { query, variables, headers, address }, asking) {
  const wanted = "Authorization" in headers ? [...imports, "import os"] : imports;
  const [standard, others] = [wanted.filter((line) => !line.includes("httpx")), wanted.filter((line) => line.includes("httpx"))];
  const head = [standard.sort().join("\n"), others.join("\n")].filter(Boolean).join("\n\n");
  const body = [`ADDRESS = ${JSON.stringify(address)}`, `QUERY = ${pythonText(query)}`, `VARIABLES = json.loads(${pythonText(variables)})`];
  return `${head}\n\n${[...body, pythonHeaders(headers)].join("\n")}\n\n${asking}\n`;
}

function urllib(given) {
  return python(
    ["import json", "import urllib.request"],
    given,
    `body = json.dumps({"query": QUERY, "variables": VARIABLES}).encode()
request = urllib.request.Request(ADDRESS, data=body, headers=HEADERS)
with urllib.request.urlopen(request, timeout=30) as response:
    answer = json.load(response)
print(json.dumps(answer, ensure_ascii=False, indent=2))`,
  );
}

function httpx(given) {
  return python(
    ["import json", "import httpx"],
    given,
    `response = httpx.post(ADDRESS, json={"query": QUERY, "variables": VARIABLES}, headers=HEADERS, timeout=30)
answer = response.json()
print(json.dumps(answer, ensure_ascii=False, indent=2))`,
  );
}

function typescript({ query, variables, headers, address }) {
  const template = (text) => "`" + text.replace(/[`\\]|\$\{/g, "\\$&") + "`";
  const lines = pairs(headers, {
    token: (name) => `    ${name}: \`Bearer \${process.env.SACBE_TOKEN}\`,`,
    plain: (name, value) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  });
  return `const query = ${template(query)};
const variables = ${variables};

const response = await fetch(${JSON.stringify(address)}, {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
${lines.map((line) => `${line}\n`).join("")}  },
  body: JSON.stringify({ query, variables }),
});
const answer = await response.json();
console.log(JSON.stringify(answer, null, 2));

export {};
`;
}
