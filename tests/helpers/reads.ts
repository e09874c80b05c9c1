/**
 * Whether a read of a connection that was closed settles in the same turn, as the check for operations that are left wants it. In 2.8
 * it takes some turns more, of which a program sees nothing.
 */
export const readsSettleAtOnce: boolean = !Deno.version.deno.startsWith("2.8.");
