import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ObjectToSend, readPart10, sendObjects } from '@voorrang/dicom';
import { mllpBlock } from '@voorrang/hl7';
import type { Clock } from '@voorrang/kernel';
import { type Attributes, withAttributes } from './data-set.ts';
import type { Happening, SyntheticRun, SyntheticStudy } from './evening.ts';
import { cancelMessage, mergeMessage, orderMessage, reportMessage } from './messages.ts';

/** Where the product listens, as any sender would be told. */
export type Ports = {
  readonly base: string;
  readonly dicom: number;
  readonly mllp: number;
  readonly token: string;
  readonly aeTitle: string;
};

const fixture = join(import.meta.dirname, 'fixtures/CT_small.dcm');
const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
const instancesPerSeries = 3;

/** Plays the happenings at their minutes of `clock`'s time through the real ports. Resolves at the end of the evening, or when the signal aborts. */
export async function play(
  evening: readonly Happening[],
  ports: Ports,
  clock: Clock,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { dataSet, transferSyntax } = readPart10(await readFile(fixture));
  const begin = clock.now();
  for (const happening of evening) {
    await clock.wait(begin + happening.minute * 60_000 - clock.now(), signal);
    if (signal.aborted) return;
    await happen(happening, ports, dataSet, transferSyntax, clock);
    tell(`${String(Math.floor(happening.minute)).padStart(3)} min  ${describe(happening)}`);
  }
}

async function happen(
  happening: Happening,
  ports: Ports,
  dataSet: Buffer,
  transferSyntax: string,
  clock: Clock,
): Promise<void> {
  const { study } = happening;
  switch (happening.kind) {
    case 'order':
      return sendHl7(ports.mllp, orderMessage(study, clock.now()));
    case 'cancel':
      return sendHl7(ports.mllp, cancelMessage(study, clock.now()));
    case 'report':
      return sendHl7(ports.mllp, reportMessage(study, clock.now()));
    case 'merge':
      return sendHl7(ports.mllp, mergeMessage(study, happening.temporaryId, clock.now()));
    case 'images':
      return sendSeries(ports, study, 1, dataSet, transferSyntax);
    case 'late-series':
      return sendSeries(ports, study, 2, dataSet, transferSyntax);
    case 'run':
      return callApi(ports, 'POST', '/api/v1/results', runBody(study, happening.run, clock.now()));
    case 'withdrawal':
      return callApi(ports, 'DELETE', `/api/v1/results/${encodeURIComponent(happening.resultId)}`);
  }
}

async function sendSeries(
  ports: Ports,
  study: SyntheticStudy,
  series: number,
  dataSet: Buffer,
  transferSyntax: string,
): Promise<void> {
  const objects: ObjectToSend[] = Array.from({ length: instancesPerSeries }, (_, index) => {
    const sopInstanceUid = `${study.uid}.${series}.${index + 1}`;
    return {
      sopClassUid: ctImageStorage,
      sopInstanceUid,
      transferSyntax,
      dataSet: withAttributes(dataSet, headerOf(study, series, sopInstanceUid)),
    };
  });
  const statuses = await sendObjects(
    { host: '127.0.0.1', port: ports.dicom, calledAe: ports.aeTitle, callingAe: 'DEMOCT' },
    objects,
  );
  if (statuses.some((status) => status !== 0))
    throw new Error(`C-STORE answered ${statuses.map((status) => status.toString(16)).join()}`);
}

const headerOf = (study: SyntheticStudy, series: number, sopInstanceUid: string): Attributes => ({
  '00080018': { vr: 'UI', value: sopInstanceUid },
  '00080050': { vr: 'SH', value: study.accession },
  '00081030': { vr: 'LO', value: study.procedure },
  '0008103e': { vr: 'LO', value: series === 1 ? 'axiaal' : 'reconstructie' },
  '00100010': { vr: 'PN', value: study.patient.name },
  '00100020': { vr: 'LO', value: study.patient.id },
  '00100030': { vr: 'DA', value: study.patient.birthDate },
  '00100040': { vr: 'CS', value: study.patient.sex },
  '00180015': { vr: 'CS', value: study.bodyPart },
  '0020000d': { vr: 'UI', value: study.uid },
  '0020000e': { vr: 'UI', value: `${study.uid}.${series}` },
});

const runBody = (study: SyntheticStudy, run: SyntheticRun, now: number): unknown => ({
  resultId: run.resultId,
  detector: { id: run.detector, version: '1.0.0' },
  studyInstanceUid: study.uid,
  status: run.status,
  ...(run.reason === undefined ? {} : { reason: run.reason }),
  findings:
    run.outcome === undefined
      ? []
      : [
          {
            finding: run.finding,
            outcome: run.outcome,
            confidence: run.outcome === 'positive' ? 0.92 : 0.1,
            ...(run.severity === undefined ? {} : { severity: run.severity }),
            ...(run.location === undefined ? {} : { location: run.location }),
          },
        ],
  producedAt: new Date(now).toISOString(),
});

async function callApi(ports: Ports, method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${ports.base}${path}`, {
    method,
    headers: { authorization: `Bearer ${ports.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} answered ${response.status}`);
}

function sendHl7(port: number, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () =>
      socket.write(mllpBlock(Buffer.from(message))),
    );
    let answer = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an acknowledgement')));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('utf8');
      if (!answer.endsWith('\x1c\r')) return;
      if (answer.includes('MSA|AA|')) resolve();
      else reject(new Error('the message was not acknowledged with AA'));
      socket.destroy();
    });
  });
}

function describe(happening: Happening): string {
  const what = `study ${happening.study.number}`;
  if (happening.kind !== 'run') return `${happening.kind.padEnd(12)} ${what}`;
  return `${'run'.padEnd(12)} ${what} ${happening.run.detector} ${happening.run.outcome ?? happening.run.status}`;
}
