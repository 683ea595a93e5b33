/** What queries rely on, whatever engine the store is on: an engine that passes this can serve an agent. */
import { describe } from "vitest";
import { keptTests } from "./conformance/kept.ts";
import { pageTests } from "./conformance/pages.ts";
import { type Place, Subject } from "./conformance/place.ts";
import { rowTests } from "./conformance/rows.ts";
import { textTests } from "./conformance/text.ts";
import { transactionTests } from "./conformance/transactions.ts";

/**
 * Registers the tests, each of which gets a store of its own.
 *
 * @param isKept whether a store is there when it is opened again, and is read while it is written
 */
export function conformance(name: string, makePlace: () => Promise<Place>, isKept: boolean): void {
  describe(name, () => {
    const subject = new Subject(makePlace);
    describe("rows", () => rowTests(subject));
    describe("text", () => textTests(subject));
    describe("pages", () => pageTests(subject));
    describe("a transaction", () => transactionTests(subject));
    if (isKept) describe("what is kept", () => keptTests(subject));
  });
}
