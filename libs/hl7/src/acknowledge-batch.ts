import {
  type AcknowledgeOptions,
  acknowledge,
  outcomeOf,
  standardDelimiters,
  timestamp,
  trimEnd,
} from './acknowledge.ts';
import type { Batch, EnvelopeHeader } from './batch.ts';

/**
 * The one answer to a batch: a batch of the acknowledgements of its messages (HL7 v2.5.1 §2.10.3.3), in a file where a file was sent. `answers` holds for
 * each message of the batch what `acknowledge` gave, none where the sender wants none; without any there is no answer at all. An empty batch is answered by an
 * empty one. Where not even one message was found, one `AR` with an empty MSA-2 says why.
 * BHS-12 and FHS-12 name the batch and file that are answered; BTS-1 counts the acknowledgements.
 */
export function acknowledgeBatch(
  batch: Batch,
  answers: readonly (readonly Uint8Array[])[],
  options: Pick<AcknowledgeOptions, 'nextControlId' | 'at'>,
): Uint8Array[] {
  const perBatch: Uint8Array[][] = batch.headers.map(() => []);
  for (const [index, { batch: which }] of batch.messages.entries())
    perBatch[which - 1]?.push(...(answers[index] ?? []));
  if (batch.messages.length === 0 && batch.problem !== null) {
    const refusal = acknowledge(null, outcomeOf([batch.problem]), options);
    if (perBatch.length === 0) perBatch.push(refusal);
    else perBatch[0]?.push(...refusal);
  }
  if (batch.messages.length > 0 && perBatch.every((each) => each.length === 0)) return [];
  const inner = perBatch.flatMap((each, index) => {
    const header = batch.headers[index] ?? null;
    return [segment('BHS', header, options), ...each, trailer('BTS', header, each.length)];
  });
  const { file } = batch;
  const all = file === null ? inner : [segment('FHS', file, options), ...inner, trailer('FTS', file, perBatch.length)];
  return [Buffer.concat(all)];
}

/** BHS and FHS have the same fields: 3 to 6 from whom to whom, 7 time, 11 own control id, 12 that of what is answered. */
function segment(
  name: 'BHS' | 'FHS',
  header: EnvelopeHeader | null,
  { nextControlId, at }: Pick<AcknowledgeOptions, 'nextControlId' | 'at'>,
): Uint8Array {
  const raw = (field: number): string => header?.raw(field) ?? '';
  const [field, encoding] = header === null ? [standardDelimiters.field, '^~\\&'] : [raw(1), raw(2)];
  const parties = [raw(5), raw(6), raw(3), raw(4)];
  const fields = [name, encoding, ...parties, timestamp(at), '', '', '', nextControlId(), raw(11)];
  return line(fields, field);
}

const trailer = (name: 'BTS' | 'FTS', header: EnvelopeHeader | null, count: number): Uint8Array =>
  line([name, String(count)], header?.raw(1) ?? standardDelimiters.field);

const line = (fields: readonly string[], separator: string): Uint8Array =>
  Buffer.from(`${trimEnd(fields).join(separator)}\r`, 'latin1');
