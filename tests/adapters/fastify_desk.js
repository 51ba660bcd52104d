// A desk that fastify serves and @fastify/swagger describes: run by node, it prints its port.
const fastify = require("fastify")();

const ficha = {
  $id: "Ficha",
  type: "object",
  required: ["nombre", "edad"],
  properties: {
    nombre: { type: "string" },
    edad: { type: "integer" },
    etiquetas: { type: "array", items: { type: "string" } },
    monto: { type: "number", nullable: true },
  },
};

async function main() {
  await fastify.register(require("@fastify/swagger"), { openapi: { openapi: "3.0.3", info: { title: "Escritorio", version: "1" } } });
  await fastify.register(require("@fastify/cookie"));
  await fastify.register(require("@fastify/formbody"));
  await fastify.register(require("@fastify/multipart"), { attachFieldsToBody: true });
  fastify.addSchema(ficha);

  const heard = {
    type: "object",
    required: ["path", "query", "header", "cookie"],
    properties: {
      path: { type: "string" },
      query: { type: "array", items: { type: "array", items: { type: "string" } } },
      header: { type: "string" },
      cookie: { type: "string" },
    },
  };
  fastify.get("/eco/:codigo/:numero", {
    schema: {
      operationId: "eco",
      params: { type: "object", properties: { codigo: { type: "string" }, numero: { type: "integer" } } },
      querystring: {
        type: "object",
        required: ["listas", "bandera"],
        properties: {
          listas: { type: "array", items: { type: "string" } },
          bandera: { type: "boolean" },
          opcional: { type: "integer" },
        },
      },
      headers: { type: "object", required: ["x-oficina"], properties: { "x-oficina": { type: "string" } } },
      cookies: { type: "object", properties: { sesion: { type: "string" } } },
      response: { 200: { description: "a", ...heard } },
    },
  }, async (request) => ({
    path: `${request.params.codigo}|${request.params.numero}`,
    query: [...request.query.listas.map((item) => ["listas", item]), ["bandera", request.query.bandera ? "True" : "False"],
      ["opcional", request.query.opcional === undefined ? "None" : `${request.query.opcional}`]],
    header: request.headers["x-oficina"],
    cookie: request.cookies.sesion,
  }));
  fastify.post("/ficha", {
    schema: { operationId: "ficha", body: { $ref: "Ficha#" }, response: { 201: { description: "a", $ref: "Ficha#" } } },
  }, async (request, reply) => reply.code(201).send(request.body));
  fastify.post("/formulario", {
    schema: {
      operationId: "formulario", consumes: ["application/x-www-form-urlencoded"], body: { $ref: "Ficha#" },
      response: { 201: { description: "a", $ref: "Ficha#" } },
    },
  }, async (request, reply) => reply.code(201).send(request.body));
  fastify.post("/envio", {
    validatorCompiler: () => () => true,
    schema: {
      operationId: "envio", consumes: ["multipart/form-data"],
      body: { type: "object", required: ["nota", "archivo"], properties: { nota: { type: "string" }, archivo: { type: "string", format: "binary" } } },
      response: { 201: { description: "a", type: "array", items: { type: "string" } } },
    },
  }, async (request, reply) => {
    const file = request.body.archivo;
    return reply.code(201).send([request.body.nota.value, file.filename, (await file.toBuffer()).toString("hex")]);
  });
  fastify.get("/imagen", {
    schema: { operationId: "imagen", produces: ["image/png"], response: { 200: { description: "a", content: { "image/png": { schema: { type: "string" } } } } } },
  }, async (_, reply) => reply.type("image/png").serializer((given) => given).send(Buffer.from([0x89, 0x50, 0x4e, 0x47])));
  fastify.get("/texto", {
    schema: { operationId: "texto", response: { 200: { description: "a", content: { "text/plain": { schema: { type: "string" } } } } } },
  }, async (_, reply) => reply.type("text/plain; charset=utf-8").serializer((given) => given).send("año\n"));
  fastify.get("/openapi.json", { schema: { hide: true } }, async () => fastify.swagger());

  await fastify.listen({ host: "127.0.0.1", port: 0 });
  console.log(fastify.server.address().port);
}

main();
