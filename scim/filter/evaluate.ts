/** Conditions on JSON: whether a resource, or one value of it, is selected (RFC 7644, section 3.4.2.2). */
import { isObject, type Json, type JsonObject } from "../json.ts";
import { comparable, holds } from "./compare.ts";
import { type AttributePlace, type Condition, targetOf } from "./condition.ts";

export type Test = (object: JsonObject) => boolean;

/** The condition as a function, made once for many objects. */
export function testOf(condition: Condition): Test {
  switch (condition.op) {
    case "and": {
      const tests = condition.conditions.map(testOf);
      return (object) => tests.every((test) => test(object));
    }
    case "or": {
      const tests = condition.conditions.map(testOf);
      return (object) => tests.some((test) => test(object));
    }
    case "not": {
      const test = testOf(condition.condition);
      return (object) => !test(object);
    }
    case "[]": {
      const test = testOf(condition.condition);
      return (object) => someAt(object, condition.place, (value) => isObject(value) && test(value));
    }
    case "pr":
      return (object) => someAt(object, condition.place, isPresent);
    default: {
      const { op, place, wanted } = condition;
      const node = targetOf(place);
      const compare = holds[op];
      return (object) => {
        let isThere = false;
        const isMet = someAt(object, place, (value) => {
          const found = comparable(node, value);
          isThere ||= found !== undefined;
          return found !== undefined && compare(found, wanted);
        });
        // what is not there differs from every value, and compares with none
        return isMet || (op === "ne" && !isThere);
      };
    }
  }
}

/** Whether one of the values at a place is such: a multi-valued attribute has many, and one of them will do. */
function someAt(
  value: Json | undefined,
  place: AttributePlace,
  test: (value: Json) => boolean,
  from = 0,
): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.some((element) => someAt(element, place, test, from));
  const node = place[from];
  if (!node) return test(value);
  return (
    isObject(value) && Object.hasOwn(value, node.name) && someAt(value[node.name], place, test, from + 1)
  );
}

/** RFC 7644, table 3: a value that is not empty, or a complex one in which there is such a value. */
function isPresent(value: Json): boolean {
  if (Array.isArray(value)) return value.some(isPresent);
  return isObject(value) ? Object.values(value).some(isPresent) : value !== null && value !== "";
}
