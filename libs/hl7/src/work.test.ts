import { describe, expect, test } from '@jest/globals';
import { bytesOf, orderHeader, parsed, pid, settings } from '../test/helpers.ts';
import { problems } from '../test/mapped.ts';
import { mapMessage } from './index.ts';

/** Characters split and elements searched while `run` runs: what grows with the square of the input when something is read again and again. */
function workOf(run: () => unknown): number {
  let work = 0;
  const undo: (() => void)[] = [];
  const count = (target: object, name: string): void => {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') throw new Error(`no method ${name}`);
    undo.push(() => Reflect.set(target, name, original));
    Reflect.set(target, name, function counted(this: { length: number }, ...args: unknown[]): unknown {
      work += this.length;
      return Reflect.apply(original, this, args);
    });
  };
  count(String.prototype, 'split');
  count(Array.prototype, 'find');
  count(Array.prototype, 'filter');
  try {
    run();
  } finally {
    for (const restore of undo) restore();
  }
  return work;
}

const repeated = (count: number): string =>
  `PID|||${Array.from({ length: count }, (_, index) => `P${index}^^^OTHER^XX`).join('~')}||Jansen^Jan`;
const orders = (count: number): Uint8Array =>
  bytesOf(
    orderHeader,
    pid,
    ...Array.from({ length: count }, (_, index) => [`ORC|NW|O${index}`, `OBR|1|O${index}||CT^brain`]).flat(),
  );

describe('the work for one message', () => {
  test('reading every component of 10,000 repetitions splits each character a few times only', () => {
    const line = repeated(10_000);
    const segment = parsed(bytesOf(orderHeader, line)).first('PID');
    const work = workOf(() => {
      for (let index = 0; index < (segment?.repetitionCount(3) ?? 0); index += 1) {
        for (const component of [1, 4, 5]) segment?.text(3, component, 1, index);
      }
    });
    expect(work).toBeLessThan(5 * line.length);
  });

  test('it grows with the number of orders, not with its square', () => {
    const [few, many] = [orders(100), orders(400)].map((bytes) => workOf(() => mapMessage(parsed(bytes), settings)));
    expect(many).toBeLessThan(5 * (few ?? 0));
  });

  test('a long patient segment is read once, not once per order', () => {
    const withPid = (line: string): Uint8Array =>
      bytesOf(orderHeader, line, ...Array.from({ length: 400 }, (_, index) => `ORC|NW|O${index}`));
    const [short, long] = [pid, repeated(200)].map((line) => workOf(() => mapMessage(parsed(withPid(line)), settings)));
    expect(long).toBeLessThan(2 * (short ?? 0));
  });
});

describe('a message of more than anybody needs is refused with its place', () => {
  test('repetitions of the patient id', () => {
    expect(problems(bytesOf(orderHeader, repeated(201), 'ORC|NW|O1'))).toEqual(['102 PID-3']);
    expect(mapMessage(parsed(bytesOf(orderHeader, repeated(200), 'ORC|NW|O1')), settings).ok).toBe(true);
  });

  test('repetitions of the reason for study, in the segment where they stand', () => {
    const long = `OBR|1|O2${'|'.repeat(29)}${'a~'.repeat(300)}`;
    expect(problems(bytesOf(orderHeader, pid, 'OBR|1|O1', long))).toEqual(['102 OBR[2]-31']);
  });

  test('order groups', () => {
    expect(problems(orders(501))).toEqual(['100 ORC[501]']);
    expect(mapMessage(parsed(orders(500)), settings).ok).toBe(true);
  });

  test('a report text of many lines is no reason', () => {
    const report = orderHeader.replace('ORM^O01^ORM_O01', 'ORU^R01');
    const text = `OBX|1|TX|R^report||${'line~'.repeat(1000)}||||||F`;
    expect(mapMessage(parsed(bytesOf(report, pid, 'OBR|1|O1', text)), settings).ok).toBe(true);
  });
});
