// Asks a node through the types that graphql-codegen made, and prints the data that came.
import { print } from "graphql";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { TaxpayerDocument } from "./client.js";

declare const process: { env: Record<string, string> };

async function ask<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch(process.env.SACBE_URL, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.SACBE_TOKEN}` },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer: { data: Result; errors?: { message: string }[] } = await response.json();
  if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join("; "));
  return answer.data;
}

const data = await ask(TaxpayerDocument, { cui: process.env.CUI, words: "dpi" });
const name: string | null | undefined = data.exchange.sat?.consultarContribuyente?.nombre;
const found: number = data.services.totalCount;
console.log(JSON.stringify({ name, found, data }));
