// The audits of npm's graphql-http against a server that is not its own; prints one line of JSON.
const { serverAudits } = require("graphql-http");

const audits = serverAudits({ url: process.argv[2], fetchFn: fetch });
Promise.all(audits.map(async (audit) => ({ name: audit.name, ...(await audit.fn()) }))).then((found) => {
  const told = found.map(({ name, status, reason }) => ({ name, status, reason }));
  process.stdout.write(JSON.stringify(told));
});
