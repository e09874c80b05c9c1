"""CPython's pools as a peer, by the start method given: `row times` on stdin is answered with seconds on stdout."""

import multiprocessing
import sys
import time

WORKERS = 2
MIB = bytes(1 << 20)


def increment(value):
    return value + 1


def same(value):
    return value


def spin(seed):
    """Some 20 ms."""
    state = seed | 1
    for _ in range(200_000):
        state = ((state ^ (state >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return state


def check(last, expected):
    if last != expected:
        raise RuntimeError(f"Cannot measure: the last is {last}")


def ended(pool):
    pool.close()
    pool.join()


class Bench:
    def __init__(self, context):
        self.context = context
        self.kept = None

    @property
    def pool(self):
        if self.kept is None:
            self.kept = self.context.Pool(WORKERS)
        return self.kept

    def nothing(self, times):
        pass

    def start(self, times):
        seconds = 0
        for _ in range(times):
            begin = time.perf_counter()
            pool = self.context.Pool(WORKERS)
            pool.apply(increment, (1,))
            seconds += time.perf_counter() - begin
            ended(pool)
        return seconds

    def latency(self, times):
        for _ in range(times):
            self.pool.apply(increment, (1,))

    def large(self, times):
        for _ in range(times):
            self.pool.apply(same, (MIB,))

    def throughput(self, times):
        results = [self.pool.apply_async(increment, (index,)) for index in range(times)]
        check([result.get() for result in results][-1], times)

    def map(self, times):
        check(self.pool.map(increment, range(times))[-1], times)

    def imap(self, times):
        last = None
        for last in self.pool.imap(increment, range(times)):
            pass
        check(last, times)

    def busy(self, workers, times):
        pool = self.context.Pool(workers)
        pool.map(spin, range(workers * 2), 1)
        begin = time.perf_counter()
        pool.map(spin, range(times), 1)
        seconds = time.perf_counter() - begin
        ended(pool)
        return seconds

    def cpu1(self, times):
        return self.busy(1, times)

    def cpu2(self, times):
        return self.busy(2, times)

    def recycle(self, times):
        pool = self.context.Pool(WORKERS, maxtasksperchild=1)
        begin = time.perf_counter()
        check(pool.map(increment, range(times), 1)[-1], times)
        seconds = time.perf_counter() - begin
        ended(pool)
        return seconds

    def idle(self, workers):
        self.kept = self.context.Pool(workers)
        self.kept.map(spin, range(workers * 4), 1)


def main():
    bench = Bench(multiprocessing.get_context(sys.argv[1]))
    for line in sys.stdin:
        row, argument = line.split()
        begin = time.perf_counter()
        seconds = getattr(bench, row)(int(argument))
        print(seconds or time.perf_counter() - begin, flush=True)
    if bench.kept is not None:
        ended(bench.kept)


if __name__ == "__main__":
    main()
