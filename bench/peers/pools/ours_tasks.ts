/** The same tasks, found by the library. */
import { share } from "../../../mod.ts";
import { increment, incrementAll, same, spin } from "./tasks.ts";

export { increment, incrementAll, same, spin };

share(import.meta, { increment, incrementAll, same, spin });
