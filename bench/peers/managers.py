"""Python's managers as a peer: `row times` on stdin is answered with seconds on stdout."""

import multiprocessing
import sys
import time

ITEMS = 100_000
CLIENTS = 4


def client(orders, mapping):
    """Gets from the dict as often as it is told, and says so."""
    while True:
        try:
            times = orders.recv()
        except EOFError:
            return
        for _ in range(times):
            mapping.get("a")
        orders.send(None)


def main():
    context = multiprocessing.get_context("spawn")
    manager = context.Manager()
    mapping = manager.dict({"a": 1})
    numbers = manager.list(range(ITEMS))
    ends = []
    for _ in range(CLIENTS):
        mine, its = context.Pipe()
        context.Process(target=client, args=(its, mapping), daemon=True).start()
        its.close()
        ends.append(mine)
    for line in sys.stdin:
        row, argument = line.split()
        times = int(argument)
        begin = time.perf_counter()
        if row == "get":
            for _ in range(times):
                mapping.get("a")
        elif row == "set":
            for number in range(times):
                mapping["a"] = number
        elif row == "clients":
            for end in ends:
                end.send(times // CLIENTS)
            for end in ends:
                end.recv()
        else:
            for _ in range(times):
                numbers[:]
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
