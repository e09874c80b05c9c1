/**
 * The classes of contexts: each is a class of the module whose objects lie in the memory of one start method.
 *
 * @module
 */

const known = new WeakMap<object, Map<string, unknown>>();

/** A class of the module, bound to a start method; always the same one. Without a start method, the class itself. */
export function boundClass<C extends object>(cls: C, startMethod: string | undefined): C {
  if (startMethod === undefined || typeof cls !== "function") return cls;
  const classes = known.get(cls) ?? new Map<string, unknown>();
  known.set(cls, classes);
  const made = classes.get(startMethod) ?? extend(cls, startMethod);
  classes.set(startMethod, made);
  // What extends a class is used as that class is.
  return made as C;
}

function extend(cls: unknown, startMethod: string): unknown {
  const Base = cls as new (...args: unknown[]) => object;
  const Bound = class extends Base {
    static readonly startMethod = startMethod;

    /** As among the classes of the module: a JoinableQueue of a context is a Queue of it, though its class extends another. */
    static override [Symbol.hasInstance](object: unknown): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
      return this === Bound && object instanceof Base && Reflect.get(object.constructor, "startMethod") === startMethod;
    }
  };
  Object.defineProperty(Bound, "name", { value: Base.name });
  return Bound;
}
