/**
 * Every place where the product makes something durable or sends something to the outside.
 * A proof run names one (`VOORRANG_FAULT_POINT=name` or `name:n` for the n-th passage) and the process kills itself there with SIGKILL.
 * A point in this list without a passing kill story fails the build.
 */
export const faultPoints = {
  'journal.append.written': 'records written to the segment, not yet synced',
  'journal.append.synced': 'records durable, waiting writers not yet told',
  'spool.relay.published': 'facts published to the bus, spool position not yet moved',
  'spool.position.written': 'spool position written',
  'bus.offsets.written': 'consumer positions of the journal bus written',
  'sql.transaction.before-commit': 'all statements done, not yet committed',
  'sql.transaction.committed': 'committed, caller not yet told',
  'outbox.relay.published': 'outbox events published, rows not yet removed',
  'snapshot.written': 'projection snapshot written, not yet renamed into place',
  'evidence.claim.written': 'content of large evidence durable, its fact not yet accepted',
  'worklist.applied': 'worklist store applied a change, position not yet known to the consumer',
  'page.before-send': 'page recorded as due, provider not yet called',
  'page.sent': 'provider accepted the page, acceptance not yet recorded',
  'wire.dicom.before-answer': 'fact durable, C-STORE response not yet written',
  'wire.hl7.before-answer': 'fact durable, HL7 acknowledgement not yet written',
  'wire.http.before-answer': 'fact durable, HTTP response not yet written',
} as const;

export type FaultPoint = keyof typeof faultPoints;

let armed: { readonly point: string; remaining: number } | undefined;

/** Arms one point for this process; called once by the composition root from configuration. `undefined` disarms. */
export function armFaultPoint(setting: string | undefined): void {
  if (!setting) {
    armed = undefined;
    return;
  }
  const [point = '', count = '1'] = setting.split(':');
  if (!(point in faultPoints)) throw new Error(`unknown fault point ${point}`);
  armed = { point, remaining: Number(count) };
}

/** Marks a durable write or a send. Does nothing unless armed. */
export function faultPoint(point: FaultPoint): void {
  if (armed === undefined || armed.point !== point) return;
  armed.remaining -= 1;
  if (armed.remaining === 0) process.kill(process.pid, 'SIGKILL');
}
