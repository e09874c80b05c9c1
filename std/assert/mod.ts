/** `@std/assert` for a checkout, where JSR may be out of reach: npm's copy of it, which comes without types. */
// @ts-types="./mod.d.ts"
export * from "npm:deno-std@1.4.0/assert/mod.js";
