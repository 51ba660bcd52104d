// npm's graphql-ws as client: one subscription and one query over one socket; prints what it heard.
const { createClient } = require("graphql-ws");
const [, , url, token, query, variables, wanted] = process.argv;

const client = createClient({
  url,
  webSocketImpl: require("ws"),
  connectionParams: token ? { Authorization: `Bearer ${token}` } : {},
  retryAttempts: 0,
});

async function main() {
  const heard = [];
  const asked = client.iterate({ query: "{ services(first: 1) { totalCount } }" });
  for await (const answer of asked) heard.push(answer);
  const followed = client.iterate({ query, variables: JSON.parse(variables) });
  process.stderr.write("ready\n");
  for await (const answer of followed) {
    heard.push(answer);
    if (heard.length > Number(wanted)) break;
  }
  process.stdout.write(JSON.stringify(heard));
  await client.dispose();
}
main().catch((error) => { process.stdout.write(JSON.stringify({ error: String(error.reason || error.message || JSON.stringify(error)) })); process.exit(0); });
