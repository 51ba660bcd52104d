// npm's graphql-sse as client, a connection for each operation; prints what it heard.
const { createClient } = require("graphql-sse");
const [, , url, token, query, variables, wanted] = process.argv;

const client = createClient({
  url,
  headers: token ? { Authorization: `Bearer ${token}` } : {},
  retryAttempts: 0,
});

async function main() {
  const heard = [];
  for await (const answer of client.iterate({ query: "{ services(first: 1) { totalCount } }" })) heard.push(answer);
  const followed = client.iterate({ query, variables: JSON.parse(variables) });
  process.stderr.write("ready\n");
  for await (const answer of followed) {
    heard.push(answer);
    if (heard.length > Number(wanted)) break;
  }
  process.stdout.write(JSON.stringify(heard));
  client.dispose();
}
main().catch((error) => { process.stdout.write(JSON.stringify({ error: String(error.message || error) })); process.exit(0); });
