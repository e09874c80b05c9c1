/** Which shared object is which in C: a number, a structure, and arrays by their length or by their elements. */
import { c_double, c_int, c_short, RawArray, RawValue, Structure } from "@multiprocessing/deno";
import { assertEquals } from "@std/assert";

export class MyStruct extends Structure({ x: "i", y: "i" }) {}

if (import.meta.main) {
  // double x = 2.4
  assertEquals(new RawValue(c_double, 2.4).value, new RawValue("d", 2.4).value);
  console.log(new RawValue(c_double, 2.4));

  // struct MyStruct s = {4, 6}
  console.log(new RawValue(MyStruct, 4, 6));

  // short a[7]
  assertEquals([...new RawArray(c_short, 7)], [...new RawArray("h", 7)]);
  console.log(new RawArray(c_short, 7));

  // int a[3] = {9, 2, 8}
  assertEquals([...new RawArray(c_int, [9, 2, 8])], [...new RawArray("i", [9, 2, 8])]);
  console.log(new RawArray(c_int, [9, 2, 8]));
}

/* Output:
c_double(2.4)
MyStruct(x=4, y=6)
c_short_Array_7(0, 0, 0, 0, 0, 0, 0)
c_int_Array_3(9, 2, 8)
*/

// Catalogue: EX-18
