// Reads JSON schemas of an OpenAPI description: names of types and examples.

const DEEPEST = 6; // schemas may contain themselves

/** resolve follows $ref within the description. */
export function resolve(api, schema) {
  if (!schema?.$ref?.startsWith("#/")) return schema ?? {};
  const steps = schema.$ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((node, step) => node?.[step], api) ?? {};
}

/** typeName is a short name of a schema's type: "array of string". */
export function typeName(api, schema) {
  const s = resolve(api, schema);
  const types = [s.type ?? (s.properties ? "object" : "any")].flat().filter((type) => type !== "null");
  if (types[0] === "array") return `array of ${typeName(api, s.items)}`;
  const choice = s.enum ? `: ${s.enum.join(", ")}` : "";
  return `${types.join(" or ")}${s.format ? ` (${s.format})` : ""}${choice}`;
}

/** example makes a value that fits the schema. */
export function example(api, schema, depth = 0) {
  const s = resolve(api, schema);
  if (s.example !== undefined) return s.example;
  if (s.examples?.length) return s.examples[0];
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  const type = [s.type ?? "object"].flat().find((name) => name !== "null");
  switch (type) {
    case "array": return depth < DEEPEST ? [example(api, s.items, depth + 1)] : [];
    case "object": return depth < DEEPEST ? members(api, s, depth) : {};
    case "integer": case "number": return s.minimum ?? 0;
    case "boolean": return true;
    default: return s.format === "date-time" ? "2026-03-01T09:00:00Z" : "string";
  }
}

function members(api, schema, depth) {
  const names = Object.keys(schema.properties ?? {}).filter((name) => !name.startsWith("$"));
  return Object.fromEntries(names
    .filter((name) => !resolve(api, schema.properties[name]).readOnly)
    .map((name) => [name, example(api, schema.properties[name], depth + 1)]));
}
