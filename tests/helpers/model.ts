/**
 * Looks at every order in which the atomic steps of several threads can follow each other, for algorithms small enough: at each
 * state once (explicit-state model checking, as Spin does it).
 */

/** What a step answers if it cannot be done in this state; it must have changed nothing then. */
export const BLOCKED = Symbol("blocked");

/** The label at which a thread has ended. */
export const DONE = "done";

/**
 * One atomic step: changes what is shared and what is its thread's own, and gives the label to go on at.
 *
 * Both are plain data as JSON has it.
 */
export type Step<S, L> = (shared: S, own: L, id: number) => string | typeof BLOCKED;

/** A thread: its own data, and at each label a step, or several of which any may be the next. */
export interface Thread<S, L> {
  readonly name?: string;
  readonly own: L;
  readonly start: string;
  readonly steps: Readonly<Record<string, Step<S, L> | readonly Step<S, L>[]>>;
}

/** What is to be explored. */
export interface Model<S, L> {
  readonly initial: S;
  readonly threads: readonly Thread<S, L>[];
  /** What is wrong with a state, if something is. */
  readonly invariant?: (shared: S, threads: readonly Place<L>[]) => string | undefined;
  /** What is wrong with a state in which all threads have ended. */
  readonly final?: (shared: S) => string | undefined;
  /** More states than this are a fault of the model. */
  readonly most?: number;
}

/** Where a thread is. */
export interface Place<L> {
  readonly at: string;
  readonly own: L;
}

/** How it can go wrong. */
export interface Fault {
  readonly kind: "deadlock" | "livelock" | "invariant" | "final" | "error";
  readonly message: string;
  /** The shortest way there, a step a line. */
  readonly trace: readonly string[];
}

/** What was found. */
export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly fault?: Fault;
}

interface State<S, L> {
  readonly shared: S;
  readonly threads: { at: string; own: L }[];
}

interface Node {
  readonly key: string;
  readonly from: number;
  readonly action: string;
  /** States that this one comes after. */
  readonly before: number[];
  final: boolean;
}

/** Explores a model, until the first fault or the end. */
export function explore<S, L>(model: Model<S, L>): Exploration {
  return new Explorer(model).run();
}

/** Explores a model, and throws what is wrong with it, with the way there. */
export function assertHolds<S, L>(model: Model<S, L>): Exploration {
  const exploration = explore(model);
  const { fault } = exploration;
  if (fault === undefined) return exploration;
  throw new Error(`The model does not hold, ${fault.kind}: ${fault.message}\n${fault.trace.join("\n")}`);
}

class Explorer<S, L> {
  readonly #model: Model<S, L>;
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, number>();
  #steps = 0;

  constructor(model: Model<S, L>) {
    this.#model = model;
  }

  run(): Exploration {
    const { initial, threads, most = 2_000_000 } = this.#model;
    const start: State<S, L> = { shared: initial, threads: threads.map(({ start, own }) => ({ at: start, own })) };
    this.#reach(JSON.stringify(start), -1, "");
    // Breadth first, so that the way to a fault is a shortest one.
    for (let index = 0; index < this.#nodes.length; index++) {
      const fault = this.#visit(index);
      if (fault !== undefined) return this.#result(fault);
      if (this.#nodes.length > most) throw new RangeError(`Cannot explore the model: it has more than ${most} states`);
    }
    return this.#result(this.#livelock());
  }

  #result(fault: Fault | undefined): Exploration {
    return { states: this.#nodes.length, steps: this.#steps, ...fault && { fault } };
  }

  /** Checks a state, and finds those that come after it. */
  #visit(index: number): Fault | undefined {
    const { threads: programs, invariant, final } = this.#model;
    const node = this.#node(index);
    const state = this.#parse(node.key);
    const broken = invariant?.(state.shared, state.threads);
    if (broken !== undefined) return this.#fault("invariant", broken, index);
    if (state.threads.every(({ at }) => at === DONE)) {
      node.final = true;
      const wrong = final?.(state.shared);
      return wrong === undefined ? undefined : this.#fault("final", wrong, index);
    }
    let stepped = false;
    for (const [id, program] of programs.entries()) {
      const at = state.threads[id]?.at ?? DONE;
      if (at === DONE) continue;
      const steps = program.steps[at];
      if (steps === undefined) return this.#fault("error", `thread ${id} is at "${at}", where there is no step`, index);
      for (const step of typeof steps === "function" ? [steps] : steps) {
        const outcome = this.#step(index, id, program.name ?? `thread ${id}`, step);
        if (typeof outcome === "object") return outcome;
        stepped ||= outcome;
      }
    }
    if (stepped) return undefined;
    const waiting = state.threads.map(({ at }, id) => `${programs[id]?.name ?? id} at ${at}`).join(", ");
    return this.#fault("deadlock", waiting, index);
  }

  /** Does a step from a state; whether it could be done. */
  #step(index: number, id: number, name: string, step: Step<S, L>): boolean | Fault {
    const state = this.#parse(this.#node(index).key);
    const thread = state.threads[id];
    if (thread === undefined) return false;
    const label = thread.at;
    try {
      const next = step(state.shared, thread.own, id);
      if (next === BLOCKED) return false;
      thread.at = next;
    } catch (error) {
      return this.#fault("error", `${name} at ${label}: ${error}`, index);
    }
    this.#steps++;
    this.#reach(JSON.stringify(state), index, `${name}: ${label} -> ${thread.at}  ${JSON.stringify(state.shared)}`);
    return true;
  }

  #reach(key: string, from: number, action: string): void {
    const known = this.#known.get(key);
    if (known !== undefined) return void this.#node(known).before.push(from);
    this.#known.set(key, this.#nodes.length);
    this.#nodes.push({ key, from, action, before: from < 0 ? [] : [from], final: false });
  }

  /** A state from which the end cannot be reached any more, though there are always steps left. */
  #livelock(): Fault | undefined {
    const ends = new Set<number>();
    const queue: number[] = [];
    for (const [index, node] of this.#nodes.entries()) {
      if (node.final) queue.push(index);
    }
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      if (ends.has(index)) continue;
      ends.add(index);
      queue.push(...this.#node(index).before);
    }
    const stuck = this.#nodes.findIndex((_, index) => !ends.has(index));
    return stuck < 0 ? undefined : this.#fault("livelock", "from here the end cannot be reached any more", stuck);
  }

  #fault(kind: Fault["kind"], message: string, index: number): Fault {
    const trace: string[] = [];
    for (let node = this.#node(index); node.from >= 0; node = this.#node(node.from)) trace.unshift(node.action);
    return { kind, message, trace };
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`Cannot look at state ${index}: there are ${this.#nodes.length}`);
    return node;
  }

  #parse(key: string): State<S, L> {
    return JSON.parse(key) as State<S, L>;
  }
}
