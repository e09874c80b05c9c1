/** A program that neither closes its pool nor waits for anything more. */
import { contextOfArgs } from "./_method.ts";
import { square } from "../pool.ts";

if (import.meta.main) {
  const { Pool } = contextOfArgs();
  const pool = new Pool(2);
  console.log(await pool.apply(square, [3]));
}
