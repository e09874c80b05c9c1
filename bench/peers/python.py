"""Python's multiprocessing as a peer: `row times` on stdin is answered with seconds on stdout."""

import multiprocessing
import sys
import time

SMALL = 123456
BLOCKS = {"64KiB": bytes(1 << 16), "1MiB": bytes(1 << 20), "small": SMALL}


def nothing():
    pass


def echo(end):
    try:
        while True:
            end.send(end.recv())
    except EOFError:
        pass


def swallow(end):
    try:
        while True:
            for _ in range(end.recv()):
                end.recv()
            end.send(None)
    except EOFError:
        pass


def partner(target, context):
    mine, its = context.Pipe()
    process = context.Process(target=target, args=(its,), daemon=True)
    process.start()
    its.close()
    return mine, process


def start(method, times):
    context = multiprocessing.get_context(method)
    for _ in range(times):
        process = context.Process(target=nothing)
        process.start()
        process.join()


def round_trip(end, value, times):
    for _ in range(times):
        end.send(value)
        end.recv()


def one_way(end, value, times):
    end.send(times)
    for _ in range(times):
        end.send(value)
    end.recv()


def resident(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        sizes = dict(line.split(":") for line in rollup if line.split(":")[0] in ("Rss", "Pss"))
    return int(sizes["Rss"].split()[0]) / 1024


def main():
    context = multiprocessing.get_context("spawn")
    echo_end, echo_process = partner(echo, context)
    swallow_end, _ = partner(swallow, context)
    round_trip(echo_end, SMALL, 1)
    for line in sys.stdin:
        row, argument = line.split()
        if row == "memory":
            print(resident(echo_process.pid), flush=True)
            continue
        kind, what = row.split(":")
        begin = time.perf_counter()
        if kind == "start":
            start(what, int(argument))
        elif kind == "round":
            round_trip(echo_end, BLOCKS[what], int(argument))
        else:
            one_way(swallow_end, BLOCKS[what], int(argument))
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
