import { assertEquals } from "@std/assert";
import { WordCounter } from "../../examples/demo/word_counter.ts";

interface Case {
  readonly what: string;
  readonly bytes: string | readonly number[];
  readonly lines: number;
  readonly words: number;
}

/** The figures are those of `wc -lw`, GNU coreutils 9.1, in the locale C.UTF-8. */
const CASES: readonly Case[] = [
  { what: "nothing", bytes: "", lines: 0, words: 0 },
  { what: "a line without an end", bytes: "one two", lines: 0, words: 2 },
  { what: "all white space of ASCII", bytes: " a\tb\nc\vd\fe\rf ", lines: 1, words: 6 },
  { what: "letters, accents and pictures", bytes: "naïve 日本語 😀 e\u0301\n", lines: 1, words: 4 },
  { what: "spaces that do not break", bytes: "a\u00a0b\u2007c\u202fd\u2060e", lines: 0, words: 5 },
  { what: "wide spaces", bytes: "a\u2003b\u3000c\u1680d\u205fe", lines: 0, words: 5 },
  { what: "invisible characters that do not separate", bytes: "a\u200bb \u200b \u00ad", lines: 0, words: 3 },
  { what: "separators of lines that do not separate words", bytes: "a\u2028b \u2028 \u2029", lines: 0, words: 1 },
  { what: "control characters, which make no word", bytes: "\x01 \x7f \x85 a\x00b", lines: 0, words: 1 },
  { what: "a byte order mark", bytes: "\ufeff a", lines: 0, words: 2 },
  { what: "bytes that are no character", bytes: [0xff, 0x20, 0x61, 0xff, 0x62, 0x20, 0x80, 0x20], lines: 0, words: 1 },
  { what: "a character that breaks off", bytes: [0xe2, 0x82, 0x61, 0x20, 0xf0, 0x9f, 0x98], lines: 0, words: 1 },
  { what: "one character after half of another", bytes: [0xe2, 0x82, 0xc3, 0xa9], lines: 0, words: 1 },
  { what: "a space written in too many bytes", bytes: [0x61, 0xc0, 0xa0, 0x62, 0x20, 0xc1, 0xa1], lines: 0, words: 1 },
  { what: "half of a pair of surrogates", bytes: [0xed, 0xa0, 0x80], lines: 0, words: 0 },
  {
    what: "what lies beyond Unicode",
    bytes: [0xf4, 0x90, 0x80, 0x80, 0x20, 0xf8, 0x88, 0x80, 0x80],
    lines: 0,
    words: 0,
  },
];

for (const { what, bytes, lines, words } of CASES) {
  const whole = typeof bytes === "string" ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes);

  Deno.test(`WordCounter counts ${what} as wc does, cut anywhere`, () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const counter = new WordCounter();
      counter.add(whole.subarray(0, cut));
      counter.add(whole.subarray(cut));
      assertEquals({ lines: counter.lines, words: counter.words }, { lines, words }, `cut at ${cut}`);
    }
  });
}
