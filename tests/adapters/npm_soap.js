// A SOAP server that is not ours: npm's `soap`, serving a WSDL with one answer per operation.
// Usage: node npm_soap.js WSDL SERVICE PORT ANSWERS, the answers as JSON by operation. `"$heard"` as an
// answer's value becomes what the operation heard, as JSON. Prints its port and ends with its parent.
const fs = require("fs");
const http = require("http");
const soap = require("soap");

const [wsdl, service, port, answers] = process.argv.slice(2);
const operations = {};
for (const [name, answer] of Object.entries(JSON.parse(answers))) {
  operations[name] = (heard) =>
    JSON.parse(JSON.stringify(answer), (key, value) => (value === "$heard" ? JSON.stringify(heard) : value));
}
const server = http.createServer((request, response) => {
  response.statusCode = 404;
  response.end();
});
server.listen(0, "127.0.0.1", () => {
  soap.listen(server, {
    path: "/soap",
    services: { [service]: { [port]: operations } },
    xml: fs.readFileSync(wsdl, "utf8"),
    uri: wsdl,
    callback: () => console.log(server.address().port),
  });
});
process.stdin.on("end", () => process.exit(0)).resume();
