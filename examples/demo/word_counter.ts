const LINE_FEED = 0x0a;

/** What a character does: it ends a word, it belongs to one, or neither. */
const SEPARATOR = 1;
const PRINTABLE = 2;
const OTHER = 3;

/** The kinds of the characters met so far, by code point; 0 for those not met. */
const kinds = new Uint8Array(0x110000);

/**
 * Counts lines and words of UTF-8 text that comes in pieces, as `wc` of GNU coreutils 9.1 does in the locale C.UTF-8.
 *
 * A word is what stands between white space and has a printable character. Bytes that are no character are passed over.
 */
export class WordCounter {
  /** Line feeds, as `wc -l` counts them. */
  lines = 0;
  /** Words, as `wc -w` counts them. */
  words = 0;

  #inWord = false;
  /** A character of several bytes, half read: its bits so far, the least it may be, and how many bytes are to come. */
  #bits = 0;
  #least = 0;
  #missing = 0;

  /** Counts on, from where the piece before ended. */
  add(bytes: Uint8Array): void {
    // Much faster than `for … of`, and this is the demo's hot loop.
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < 0x80) this.#takeCharacter(byte);
      else this.#takePart(byte);
    }
  }

  #takeCharacter(character: number): void {
    this.#missing = 0;
    if (character === LINE_FEED) this.lines++;
    const kind = kinds[character] || (kinds[character] = kindOf(character));
    if (kind === SEPARATOR) this.#inWord = false;
    else if (kind === PRINTABLE && !this.#inWord) {
      this.#inWord = true;
      this.words++;
    }
  }

  #takePart(byte: number): void {
    if (byte >= 0xc0) return this.#beginCharacter(byte);
    if (this.#missing === 0) return;
    this.#bits = this.#bits << 6 | byte & 0x3f;
    if (--this.#missing > 0) return;
    // What is written in more bytes than it needs is no character.
    if (this.#bits >= this.#least && this.#bits < kinds.length) this.#takeCharacter(this.#bits);
  }

  #beginCharacter(byte: number): void {
    if (byte < 0xe0) [this.#bits, this.#least, this.#missing] = [byte & 0x1f, 0x80, 1];
    else if (byte < 0xf0) [this.#bits, this.#least, this.#missing] = [byte & 0x0f, 0x800, 2];
    else if (byte < 0xf8) [this.#bits, this.#least, this.#missing] = [byte & 0x07, 0x10000, 3];
    else this.#missing = 0;
  }
}

function kindOf(character: number): number {
  const text = String.fromCodePoint(character);
  if (/[\t-\r\p{Zs}\u2060]/u.test(text)) return SEPARATOR;
  return /[\p{Cn}\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) ? OTHER : PRINTABLE;
}
