// The schema in force, as introspection tells it, with the questions that the explorer asks of it.

const REFERENCE = "kind name ofType{".repeat(7) + "kind name" + "}".repeat(7);
const INPUT = `name description defaultValue isDeprecated type{${REFERENCE}}`;

export const QUESTION = `query Explorer{__schema{queryType{name}mutationType{name}subscriptionType{name}
directives{name description locations args{${INPUT}}}
types{kind name description isOneOf possibleTypes{name}enumValues(includeDeprecated:true){name description isDeprecated}
inputFields{${INPUT}}
fields(includeDeprecated:true){name description isDeprecated deprecationReason type{${REFERENCE}}args{${INPUT}}}}}}`;

const META = {
  __typename: { name: "__typename", args: [], type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } } },
  __schema: { name: "__schema", args: [], type: { kind: "NON_NULL", ofType: { kind: "OBJECT", name: "__Schema" } } },
  __type: {
    name: "__type",
    args: [{ name: "name", defaultValue: null, type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } } }],
    type: { kind: "OBJECT", name: "__Type" },
  },
};

export class Schema {
  constructor(told) {
    this.types = new Map(told.types.map((type) => [type.name, indexed(type)]));
    this.directives = new Map(told.directives.map((directive) => [directive.name, directive]));
    this.roots = {
      query: told.queryType?.name,
      mutation: told.mutationType?.name,
      subscription: told.subscriptionType?.name,
    };
  }

  type(name) {
    return this.types.get(name);
  }

  field(typeName, name) {
    if (name === "__typename" || typeName === this.roots.query) {
      const meta = META[name];
      if (meta) return meta;
    }
    return this.type(typeName)?.byName.get(name);
  }

  /** Give the fields of an object type or interface, or nothing. */
  fields(typeName) {
    return this.type(typeName)?.fields ?? [];
  }

  isComposite(name) {
    return ["OBJECT", "INTERFACE", "UNION"].includes(this.type(name)?.kind);
  }

  isInput(name) {
    return ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(this.type(name)?.kind);
  }

  /** Give the names of the object types that a value of this type can be of. */
  possible(name) {
    const type = this.type(name);
    return type?.possibleTypes?.length ? type.possibleTypes.map((each) => each.name) : [name];
  }

  /** Say whether a value can be of both types, so that a fragment on one can stand within the other. */
  overlap(one, other) {
    const names = new Set(this.possible(one));
    return this.possible(other).some((name) => names.has(name));
  }

  /** Give the names below `exchange`: [{root, provider, field, operations}], of reads and changes. */
  offers() {
    return ["query", "mutation"].flatMap((root) => {
      const exchange = this.field(this.roots[root], "exchange");
      const providers = exchange ? this.fields(named(exchange.type)) : [];
      return providers
        .filter((field) => field.name !== "providers")
        .map((field) => ({ root, provider: field.name, field, operations: this.fields(named(field.type)) }));
    });
  }
}

function indexed(type) {
  return { ...type, byName: new Map((type.fields ?? type.inputFields ?? []).map((each) => [each.name, each])) };
}

/** Give the name of a type without what wraps it. */
export function named(reference) {
  return reference.ofType ? named(reference.ofType) : reference.name;
}

/** Write a type as GraphQL does. */
export function written(reference) {
  if (reference.kind === "NON_NULL") return `${written(reference.ofType)}!`;
  if (reference.kind === "LIST") return `[${written(reference.ofType)}]`;
  return reference.name;
}

export function isRequired({ type, defaultValue }) {
  return type.kind === "NON_NULL" && (defaultValue === null || defaultValue === undefined);
}

export function withoutNonNull(reference) {
  return reference.kind === "NON_NULL" ? reference.ofType : reference;
}
