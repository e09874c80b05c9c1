/** A main module that receives references to its own functions while its top level is awaiting just that. */
import { loadReferences, noteCaller, referenceTo, resolveReference, share } from "../../src/codec/function_ref.ts";
import type { FunctionReference } from "../../src/codec/handoff.ts";

export function sentBefore(): void {}

export function neverSent(): void {}

function shared(): void {}
share(import.meta, { shared });

async function receive(reference: FunctionReference): Promise<unknown> {
  await loadReferences([reference]);
  try {
    return (resolveReference(reference) as () => void).name;
  } catch (error) {
    return String(error);
  }
}

noteCaller();
const own: FunctionReference = { kind: "export", modules: [import.meta.url], name: "neverSent", hash: "" };
console.log(await receive(structuredClone(referenceTo(sentBefore))));
console.log(await receive(structuredClone(referenceTo(shared))));
console.log(await receive(own));
setTimeout(async () => console.log(await receive(own)), 0);
