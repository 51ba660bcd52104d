// Which type stands where: the type that a selection is made of, and the one that a value has to have.

import { named, withoutNonNull } from "./schema.js";

/** Give the name of the type whose fields are selected inside these nodes, from the outermost inwards. */
export function selectedType(schema, chain) {
  return chain.reduce((type, node) => below(schema, type, node), undefined);
}

/** Give the name of the type that a node's own selection is made of. */
export function below(schema, type, node) {
  if (node.kind === "operation") return schema.roots[node.type];
  if (node.kind === "fragment" || node.kind === "inline") return node.on?.text ?? type;
  const field = schema.field(type, node.name.text);
  return field && named(field.type);
}

/** Give the arguments or input fields that can be given at a place within a selection of this type. */
export function membersAt(schema, type, { field, directive, object }) {
  if (field) return schema.field(type, field.name.text)?.args ?? [];
  if (directive) return schema.directives.get(directive.name.text)?.args ?? [];
  const expected = object && typeAt(schema, type, object);
  return (expected && schema.type(named(expected))?.inputFields) ?? [];
}

/** Give the type that a value has to have at a place, or undefined where that is not known. */
export function typeAt(schema, type, place) {
  if (place.variable) return place.variable.type;
  if (place.item) {
    const list = typeAt(schema, type, place.item);
    return list && itemType(list);
  }
  return membersAt(schema, type, place).find((each) => each.name === place.member)?.type;
}

/** Give the type of a list's items; a single value stands for a list of one. */
export function itemType(reference) {
  const list = withoutNonNull(reference);
  return list.kind === "LIST" ? list.ofType : list;
}
