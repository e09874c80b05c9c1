"""Python's locks and their kin as a peer: `row times` on stdin is answered with seconds on stdout."""

import multiprocessing
import sys
import time


def take_turns(condition, turn, me, times):
    for _ in range(times):
        with condition:
            while turn.value != me:
                condition.wait()
            turn.value = 1 - me
            condition.notify()


def take(lock, times):
    for _ in range(times):
        lock.acquire()
        lock.release()


def guard(lock, times):
    for _ in range(times):
        with lock:
            pass


def answer_events(call, reply, times):
    for _ in range(times):
        call.wait()
        call.clear()
        reply.set()


def call_events(call, reply, times):
    for _ in range(times):
        call.set()
        reply.wait()
        reply.clear()


def other(end, lock, call, reply, condition, turn):
    while True:
        try:
            row, times = end.recv()
        except EOFError:
            return
        if row == "contended":
            take(lock, times)
        elif row == "event":
            answer_events(call, reply, times)
        else:
            take_turns(condition, turn, 1, times)
        end.send(None)


def add(value, times):
    for _ in range(times):
        with value.get_lock():
            value.value += 1


def resident():
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Rss:")) / 1024


def locks_in_memory(context, times):
    before = resident()
    locks = [context.Lock() for _ in range(times)]
    grown = resident() - before
    return grown * 1000 / len(locks)


def main():
    context = multiprocessing.get_context("spawn")
    lock, call, reply = context.Lock(), context.Event(), context.Event()
    condition, turn, value = context.Condition(), context.Value("i", 0, lock=False), context.Value("i", 0)
    mine, its = context.Pipe()
    shared = (its, lock, call, reply, condition, turn)
    process = context.Process(target=other, args=shared, daemon=True)
    process.start()
    its.close()
    here = {
        "contended": lambda times: take(lock, times),
        "event": lambda times: call_events(call, reply, times),
        "condition": lambda times: take_turns(condition, turn, 0, times),
    }
    for line in sys.stdin:
        row, argument = line.split()
        times = int(argument)
        if row == "memory":
            print(locks_in_memory(context, times), flush=True)
            continue
        begin = time.perf_counter()
        if row in here:
            mine.send((row, times))
            here[row](times)
            mine.recv()
        elif row == "lock":
            take(lock, times)
        elif row == "guard":
            guard(lock, times)
        else:
            add(value, times)
        print(time.perf_counter() - begin, flush=True)
    mine.close()
    process.join()


if __name__ == "__main__":
    main()
