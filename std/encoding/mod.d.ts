type Source = ArrayBuffer | Uint8Array | string;

export const MaxUint64: bigint;
export const MaxVarintLen64: number;
export const MaxVarintLen32: number;

export function decodeAscii85(ascii85: string): Uint8Array<ArrayBuffer>;
export function decodeBase32(b32: string): Uint8Array<ArrayBuffer>;
export function decodeBase58(b58: string): Uint8Array<ArrayBuffer>;
export function decodeBase64(b64: string): Uint8Array<ArrayBuffer>;
export function decodeBase64Url(b64url: string): Uint8Array<ArrayBuffer>;
export function decodeHex(src: string): Uint8Array<ArrayBuffer>;
export function decodeVarint(buf: Uint8Array, offset?: number): [bigint, number];
export function decodeVarint32(buf: Uint8Array, offset?: number): [number, number];
export function encodeAscii85(data: Source): string;
export function encodeBase32(data: Source): string;
export function encodeBase58(data: Source): string;
export function encodeBase64(data: Source): string;
export function encodeBase64Url(data: Source): string;
export function encodeHex(src: Source): string;
export function encodeVarint(
  num: number | bigint,
  buf?: Uint8Array,
  offset?: number,
): [Uint8Array<ArrayBuffer>, number];
