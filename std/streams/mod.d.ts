type Bytes = Uint8Array<ArrayBuffer>;

export interface DelimiterStreamOptions {
  disposition?: "suffix" | "prefix" | "discard";
}

export interface TextLineStreamOptions {
  allowCR?: boolean;
}

export interface LimitedTransformStreamOptions {
  error?: boolean;
}

export class ByteSliceStream extends TransformStream<Uint8Array, Bytes> {
  constructor(start?: number, end?: number);
}

export class DelimiterStream extends TransformStream<Uint8Array, Bytes> {
  constructor(delimiter: Uint8Array, options?: DelimiterStreamOptions);
}

export class LimitedBytesTransformStream extends TransformStream<Uint8Array, Bytes> {
  constructor(size: number, options?: LimitedTransformStreamOptions);
}

export class LimitedTransformStream<T> extends TransformStream<T, T> {
  constructor(size: number, options?: LimitedTransformStreamOptions);
}

export class TextDelimiterStream extends TransformStream<string, string> {
  constructor(delimiter: string, options?: DelimiterStreamOptions);
}

export class TextLineStream extends TransformStream<string, string> {
  constructor(options?: TextLineStreamOptions);
}

export function concatReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
export function earlyZipReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
export function mergeReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
export function toArrayBuffer(readableStream: ReadableStream<Uint8Array>): Promise<ArrayBuffer>;
export function toBlob(stream: ReadableStream<Uint8Array>): Promise<Blob>;
export function toBytes(stream: ReadableStream<Uint8Array>): Promise<Bytes>;
export function toJson(stream: ReadableStream): Promise<unknown>;
export function toText(stream: ReadableStream): Promise<string>;
export function toTransformStream<I, O>(
  transformer: (src: ReadableStream<I>) => Iterable<O> | AsyncIterable<O>,
): TransformStream<I, O>;
export function zipReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
