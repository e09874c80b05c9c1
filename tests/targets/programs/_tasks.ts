/** What other_module.ts runs. */
import { share } from "../../../mod.ts";

export function shared(): void {
  console.log("shared runs");
}

export function hidden(): void {
  console.log("hidden runs");
}

share(import.meta, { shared });
