import { describe, expect, test } from '@jest/globals';
import { hours } from '@voorrang/kernel';
import { defaultReceiptLimits } from '../domain/receipts.ts';
import { ReceiptBook } from './receipt-book.ts';

const book = (count = 100): ReceiptBook => new ReceiptBook({ ...defaultReceiptLimits, count });

describe('the book of receipts', () => {
  test('the first content of a control id is still the same message after a second one came', () => {
    const receipts = book();
    receipts.note({ key: 'k', content: 'first', at: 1 });
    expect(receipts.find('k', 'second', 2).kind).toBe('reused');
    receipts.note({ key: 'k', content: 'second', at: 2 });
    expect(receipts.find('k', 'first', 3)).toMatchObject({ kind: 'repeated', receipt: { at: 1 } });
    expect(receipts.find('k', 'second', 3)).toMatchObject({ kind: 'repeated', receipt: { at: 2 } });
  });

  test('a control id is free again after half a day', () => {
    const receipts = book();
    receipts.note({ key: 'k', content: 'first', at: 0 });
    expect(receipts.find('k', 'second', hours(12)).kind).toBe('reused');
    expect(receipts.find('k', 'second', hours(13)).kind).toBe('new');
  });

  test('the oldest go first when there are too many', () => {
    const receipts = book(2);
    for (const [at, key] of ['a', 'b', 'c'].entries()) receipts.note({ key, content: key, at });
    expect(receipts.size).toBe(2);
    expect(receipts.find('a', 'a', 3).kind).toBe('new');
    expect(receipts.find('a', 'other', 3).kind).toBe('new');
    expect(receipts.find('c', 'c', 3).kind).toBe('repeated');
  });
});
