/** Whether two values are alike to the last detail, by a text of each. */

/** Everything that structured clone keeps, as a text: kinds, prototypes, order, holes, identity, -0. */
export function textOf(root: unknown): string {
  const ids = new Map<unknown, number>();
  const lines: string[] = [];
  const label = (value: unknown): string => {
    if (Object.is(value, -0)) return "-0";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "symbol") return String(value);
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
    const known = ids.get(value);
    if (known !== undefined) return `#${known}`;
    ids.set(value, ids.size);
    pending.push(value);
    return `#${ids.size - 1}`;
  };
  const pending: object[] = [];
  lines.push(label(root));
  for (let next = 0; next < pending.length; next++) lines.push(`#${next} ${describe(pending[next] as object, label)}`);
  return lines.join("\n");
}

function describe(value: object, label: (value: unknown) => string): string {
  const kind = value instanceof Error ? errorKind(value) : Object.prototype.toString.call(value);
  const prototype = Object.getPrototypeOf(value)?.constructor?.name ?? "null";
  return `${kind} ${prototype} ${inside(value, label)} {${properties(value, label)}}`;
}

function errorKind(error: Error): string {
  return `Error ${String(error)}`;
}

function inside(value: object, label: (value: unknown) => string): string {
  if (value instanceof Map) return [...value].map(([key, item]) => `${label(key)}=>${label(item)}`).join(",");
  if (value instanceof Set) return [...value].map(label).join(",");
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof RegExp) return `${value} ${value.lastIndex}`;
  if (value instanceof ArrayBuffer) {
    return `${new Uint8Array(value)} ${value.resizable ? value.maxByteLength : "fixed"}`;
  }
  if (ArrayBuffer.isView(value)) return `${value.byteOffset}+${value.byteLength} ${label(value.buffer)}`;
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt) {
    return label(value.valueOf());
  }
  return Array.isArray(value) ? `length ${value.length}` : "";
}

function properties(value: object, label: (value: unknown) => string): string {
  if (ArrayBuffer.isView(value) || value instanceof String) return "";
  return Reflect.ownKeys(value).filter((key) => key !== "length" && key !== "lastIndex").map((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    const read: unknown = Reflect.get(value, key);
    return `${String(key)}${descriptor?.enumerable ? "" : "!"}:${label(read)}`;
  }).join(",");
}
