"""Python's queues as a peer: `row times` on stdin is answered with seconds on stdout."""

import multiprocessing
import sys
import time

BYTES = {"integer": None, "64KiB": 1 << 16, "1MiB": 1 << 20}


def item_of(size):
    return 123456 if BYTES[size] is None else bytes(BYTES[size])


def partner(orders, queue, back):
    """Puts or gets what it is told, and says so."""
    while True:
        try:
            what, size, times = orders.recv()
        except EOFError:
            return
        if what == "put":
            item = item_of(size)
            for _ in range(times):
                queue.put(item)
        elif what == "get":
            for _ in range(times):
                queue.get()
        else:
            for _ in range(times):
                back.put(queue.get())
        orders.send(None)


class Partners:
    def __init__(self, context, count, queue, back):
        self.ends = []
        for _ in range(count):
            mine, its = context.Pipe()
            context.Process(target=partner, args=(its, queue, back), daemon=True).start()
            its.close()
            self.ends.append(mine)

    def tell(self, producers, consumers, size, times):
        """So many of them put, and so many get, `times` in all."""
        for index in range(producers + consumers):
            role, among = ("put", producers) if index < producers else ("get", consumers)
            self.ends[index].send((role, size, times // among))

    def wait(self, count):
        for end in self.ends[:count]:
            end.recv()


def main():
    context = multiprocessing.get_context("spawn")
    queue, back = context.Queue(), context.Queue()
    partners = Partners(context, 6, queue, back)
    for line in sys.stdin:
        row, argument = line.split()
        times = int(argument)
        kind, size = row.split(":")
        begin = time.perf_counter()
        if kind == "1to1":
            partners.ends[0].send(("get", size, times))
            item = item_of(size)
            for _ in range(times):
                queue.put(item)
            partners.wait(1)
        elif kind == "4to2":
            partners.tell(4, 2, size, times)
            partners.wait(6)
        else:
            partners.ends[0].send(("echo", size, times))
            for _ in range(times):
                queue.put(0)
                back.get()
            partners.wait(1)
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
