/**
 * A main module that names functions while its top level is awaiting, and again when it has ended. It prints both answers
 * as one line of JSON each: a reference, or the message of the refusal.
 */
import { isVerified, noteCaller, ref, referenceTo, share } from "../../src/codec/function_ref.ts";
import { callFromLibrary } from "./function_ref_library.ts";
import tasks, { hidden, Task, work } from "./function_ref_tasks.ts";

export function inMain(n: number): number {
  return n + 1;
}

function privateInMain(n: number): number {
  return n + 2;
}

const local = (n: number): number => n + 3;
export { local as published };

export class MainClass {
  static twice(n: number): number {
    return n * 2;
  }
}

export default class Unnamed extends MainClass {}

function sharedInMain(n: number): number {
  return n + 4;
}
share(import.meta, { sharedInMain });

const subjects: Record<string, () => object> = {
  inMain: () => inMain,
  published: () => local,
  MainClass: () => MainClass,
  twice: () => MainClass.twice,
  Unnamed: () => Unnamed,
  sharedInMain: () => sharedInMain,
  privateInMain: () => privateInMain,
  imported: () => work,
  importedDefault: () => tasks,
  importedStatic: () => Task.run,
  kept: () => hidden.kept,
  byRef: () => ref(new URL("./function_ref_tasks.ts", import.meta.url), "work"),
  anonymous: () => [(n: number) => n][0] as object,
  bound: () => inMain.bind(null, 1),
  builtin: () => Math.max,
};

function answers(): Record<string, unknown> {
  const fromLibrary = { inLibrary: callFromLibrary(), inMainFromLibrary: callFromLibrary(inMain) };
  noteCaller();
  const own = Object.entries(subjects).map(([name, subject]) => [name, answerFor(subject())]);
  return { ...fromLibrary, ...Object.fromEntries(own) };
}

function answerFor(callable: object): unknown {
  try {
    const reference = referenceTo(callable);
    return { ...reference, verified: isVerified(reference) };
  } catch (error) {
    return String(error);
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(answers()));
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(JSON.stringify(answers()));
  setTimeout(() => console.log(JSON.stringify(answers())), 20);
}
