/**
 * C types as they are told to other processes: by name, by parts, and classes of structures by themselves, which the codec sends by
 * reference.
 *
 * @module
 */

import { type CType, describe } from "./ctype.ts";
import { arrayType, arrayTypeParts } from "./raw_array.ts";
import { isStructureClass } from "./structure.ts";
import { isScalarType, scalarTypeNamed } from "./typecode.ts";

/** A C type as a value that can be sent. */
export type TypeReference =
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "array"; readonly element: TypeReference; readonly length: number }
  | { readonly kind: "structure"; readonly cls: CType<unknown> };

/**
 * Says a type.
 *
 * @throws {TypeError} If it is none of this module's.
 */
export function typeReference(type: CType<unknown>): TypeReference {
  if (isScalarType(type)) return { kind: "scalar", name: type.name };
  const array = arrayTypeParts(type);
  if (array !== undefined) return { kind: "array", element: typeReference(array.element), length: array.length };
  if (isStructureClass(type)) return { kind: "structure", cls: type };
  throw new TypeError(`Cannot send ${describe(type)}: it is not a type of this module`);
}

/**
 * The type that was said.
 *
 * @throws {TypeError} If there is none.
 */
export function referencedType(reference: TypeReference): CType<unknown> {
  switch (reference.kind) {
    case "scalar": {
      const type = scalarTypeNamed(reference.name);
      if (type !== undefined) return type;
      throw new TypeError(`Cannot receive a value of type ${reference.name}: there is no such type`);
    }
    case "array":
      return arrayType(referencedType(reference.element), reference.length);
    case "structure":
      if (isStructureClass(reference.cls)) return reference.cls;
      throw new TypeError(`Cannot receive a structure of ${describe(reference.cls)}: it is not a class of structures`);
  }
}
