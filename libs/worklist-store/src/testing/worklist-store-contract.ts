import { describe } from '@jest/globals';
import type { MakeStore } from './desk.ts';
import { orderLaws } from './order-laws.ts';
import { readLaws } from './read-laws.ts';
import { writeLaws } from './write-laws.ts';

/** The laws of the worklist store; every adapter runs them. */
export function worklistStoreContract(name: string, make: MakeStore): void {
  describe(`the worklist store ${name}`, () => {
    orderLaws(make);
    writeLaws(make);
    readLaws(make);
  });
}
