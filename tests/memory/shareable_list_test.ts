import { assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../src/base/errors.ts";
import type { ShareableItem } from "../../src/memory/shareable_layout.ts";
import { ShareableList } from "../../src/memory/shareable_list.ts";
import { SharedMemory } from "../../src/memory/shared_memory.ts";
import { PYTHONS, runPython } from "../helpers/python.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const SEVEN: ShareableItem[] = ["howdy", utf8("HoWdY"), -273.154, 100, null, true, 42];

function withList(items: ShareableItem[], test: (list: ShareableList) => void): void {
  using list = new ShareableList(items);
  try {
    test(list);
  } finally {
    list.shm.unlink();
  }
}

Deno.test("ShareableList gives what it was made of [SL-01]", () => {
  withList(SEVEN, (list) => {
    assertEquals([...list], SEVEN);
    assertEquals([list.length, list.get(-1), list.at(-7), list.at(7)], [7, 42, "howdy", undefined]);
    assertEquals([list.count(42), list.count("none"), list.count(utf8("HoWdY")), list.count(42n)], [1, 0, 1, 1]);
    assertEquals([list.index(true), list.index(null), list.index(utf8("HoWdY"))], [5, 4, 1]);
    assertThrows(() => list.index("none"), RangeError, "not in this list");
  });
});

Deno.test("ShareableList has Python's format and size [SL-02] [SL-08]", () => {
  withList(SEVEN, (list) => {
    assertEquals(list.format, "8s8sdqxxxxxx?xxxxxxxx?q");
    using same = new SharedMemory({ name: list.shm.name });
    assertEquals(same.size, 191);
  });
});

Deno.test("ShareableList refuses an index out of range; an empty one has no items [SL-03]", () => {
  withList(SEVEN, (list) => {
    for (const index of [7, -8, 0.5, NaN]) {
      assertThrows(() => list.get(index), RangeError, "out of range");
      assertThrows(() => list.set(index, 1), RangeError, "assignment index");
    }
  });
  withList([], (list) => assertEquals([list.length, list.format, [...list]], [0, "", []]));
});

Deno.test("ShareableList has items by index, as RawArray [SL-01] [SL-03]", () => {
  withList(SEVEN, (list) => {
    assertEquals([list[0], list[3], list[4]], ["howdy", 100, null]);
    list[3] = "encodés";
    list[6]! = 43;
    assertEquals([list.get(3), list[3], list.at(-1)], ["encodés", "encodés", 43]);
    for (const index of [7, -1, 1.5]) {
      assertThrows(() => list[index], RangeError, `index ${index}`);
      assertThrows(() => list[index] = 1, RangeError, `index ${index}`);
    }
    assertThrows(() => list[0] = "too long for it", RangeError, "exceeds available storage");
    assertThrows(() => list[0] = undefined as never, TypeError, "undefined");
    assertEquals([list[0], list[6]], ["howdy", 43]);
    assertEquals([0 in list, list instanceof ShareableList, Object.keys(list)], [false, true, ["shm"]]);
    assertEquals((ShareableList.prototype as ShareableList)[0], undefined);
    list.shm.close();
    assertThrows(() => list[0], InvalidStateError, list.shm.name);
  });
});

Deno.test("ShareableList.set() changes types within the room of an item [SL-04]", () => {
  withList(SEVEN, (list) => {
    list.set(3, "encodés");
    list.set(2, utf8("12345678"));
    list.set(0, 1.5);
    list.set(1, null);
    assertEquals([...list], [1.5, null, utf8("12345678"), "encodés", null, true, 42]);
    assertEquals(list.format, "dxxxxxx?x8s8sxxxxxx?xxxxxxxx?q");
    const before = [...list.shm.buf];
    assertThrows(() => list.set(3, "encodées"), RangeError, "exceeds available storage");
    assertEquals([...list.shm.buf], before);
  });
});

Deno.test("ShareableList loses zeros at the end, and measures text in bytes [SL-05]", () => {
  withList(["a\0\0", utf8("b\0"), "é".repeat(7), "\ufeffx", ""], (list) => {
    assertEquals([...list], ["a", utf8("b"), "é".repeat(7), "\ufeffx", ""]);
  });
});

Deno.test("ShareableList keeps integers and floats apart", () => {
  const numbers = [2 ** 53 - 1, -(2n ** 63n), 2n ** 63n - 1n, 2 ** 60, -0, NaN, -Infinity];
  withList(numbers, (list) => {
    assertEquals([...list], numbers);
    assertEquals(list.format, "qqqdddd");
    list.set(3, 1);
    assertEquals([list.get(3), list.format], [1, "qqqdddd"]);
    assertThrows(() => list.set(0, 2n ** 63n), RangeError, "64 bits");
    assertThrows(() => list.set(0, "\ud800"), RangeError, "surrogate");
    assertThrows(() => list.set(0, undefined as never), TypeError, "undefined");
  });
});

Deno.test("ShareableList copies another, and attaches by name [SL-06]", () => {
  withList(SEVEN, (list) => {
    const name = `mp_copy_${Deno.pid}`;
    using copy = new ShareableList(list, { name });
    using same = new ShareableList(undefined, { name });
    same.set(6, 43);
    assertEquals([copy.get(6), list.get(6), copy.shm.name], [43, 42, name]);
    copy.shm.unlink();
    assertThrows(() => new ShareableList(5 as never), TypeError, "iterable");
    assertThrows(() => new ShareableList([1], null as never), TypeError, "options must be an object");
  });
});

Deno.test("ShareableList of nothing is empty [SL-03]", () => {
  for (const nothing of [undefined, null, []]) {
    using list = new ShareableList(nothing);
    assertEquals([list.length, list.format, [...list]], [0, "", []]);
    list.shm.unlink();
  }
});

Deno.test("ShareableList of text is one of its characters", () => {
  using list = new ShareableList("aé😀");
  assertEquals([...list], ["a", "é", "😀"]);
  list.shm.unlink();
});

Deno.test("ShareableList refuses memory in which there is no list, and use after closing", () => {
  using block = new SharedMemory({ create: true, size: 100 });
  new DataView(block.buf.buffer).setBigInt64(0, 2n ** 40n, true);
  assertThrows(() => new ShareableList(null, { name: block.name }), RangeError, "no list");
  block.unlink();
  withList([1], (list) => {
    list.shm.close();
    assertThrows(() => list.get(0), InvalidStateError, list.shm.name);
    assertEquals(list.length, 1);
  });
});

for (const python of PYTHONS) {
  Deno.test(`ShareableList and SharedMemory are those of ${python.name}, both ways [SL-08]`, async () => {
    using list = new ShareableList(SEVEN);
    const out = await runPython(
      python,
      `
import sys
from multiprocessing import shared_memory, resource_tracker
resource_tracker.register = lambda *a: None
theirs = shared_memory.ShareableList(name=sys.argv[1])
print(list(theirs), theirs.format, theirs.shm.size)
theirs[3] = 'encodés'
theirs[6] = 2**60
theirs[2] = 1.0
theirs.shm.close()
own = shared_memory.ShareableList(['né', b'\\0a', 2.0, 2**62, None, False])
print(own.shm.name, flush=True)
sys.stdin.readline()
print(list(own))
own.shm.close()
import _posixshmem
_posixshmem.shm_unlink('/' + own.shm.name)
`,
      [list.shm.name],
      (name) => {
        using own = new ShareableList(null, { name });
        assertEquals([...own], ["né", utf8("\0a"), 2, 2n ** 62n, null, false]);
        own.set(2, 3);
        own.set(5, "sechs");
      },
    );
    assertEquals(out, [
      "['howdy', b'HoWdY', -273.154, 100, None, True, 42] 8s8sdqxxxxxx?xxxxxxxx?q 191",
      "['né', b'\\x00a', 3.0, 4611686018427387904, None, 'sechs']",
    ]);
    assertEquals([...list], ["howdy", utf8("HoWdY"), 1, "encodés", null, true, 2n ** 60n]);
    list.shm.unlink();
  });
}
