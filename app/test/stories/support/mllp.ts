import { connect } from 'node:net';

/** Sends one message over a raw socket in MLLP framing and resolves with the text of the answer. */
export function sendHl7(port: number, segments: readonly string[] | Buffer): Promise<string> {
  const body = Buffer.isBuffer(segments) ? segments : Buffer.from(`${segments.join('\r')}\r`, 'utf8');
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.concat([Buffer.from([0x0b]), body, Buffer.from([0x1c, 0x0d])])),
    );
    const chunks: Buffer[] = [];
    socket.setTimeout(15_000, () => socket.destroy(new Error('no acknowledgement in 15 s')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an acknowledgement')));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.at(-2) !== 0x1c) return;
      resolve(all.subarray(1, -2).toString('utf8'));
      socket.destroy();
    });
  });
}

export type OrderMessage = {
  readonly controlId: string;
  readonly control?: string;
  readonly filler: string;
  readonly accession: string;
  readonly patientId: string;
  readonly name: string;
  readonly patientClass: 'E' | 'I' | 'O';
  readonly location: string;
  readonly priority: 'S' | 'A' | 'R';
  readonly procedure: string;
  readonly indication?: string;
  readonly visit: string;
  readonly studyInstanceUid?: string;
};

/** An `ORM^O01` as a RIS would send it (HL7 v2.5.1). */
export const orderMessage = (o: OrderMessage): string[] => [
  `MSH|^~\\&|RIS|HOSPITAL|VOORRANG|HOSPITAL|20261123031500||ORM^O01^ORM_O01|${o.controlId}|P|2.5.1|||||NLD|UNICODE UTF-8`,
  `PID|1||${o.patientId}^^^HOSPITAL^PI||${o.name}||19700115|F`,
  `PV1|1|${o.patientClass}|${o.location}^^^HOSPITAL||||||||||||||||${o.visit}^^^HOSPITAL`,
  `ORC|${o.control ?? 'NW'}|P${o.filler}|${o.filler}||SC||^^^20261123031500^^${o.priority}`,
  `OBR|1|P${o.filler}|${o.filler}|CTHEAD^${o.procedure}^L||||||||||||||${o.accession}||||||CT|||^^^^^${o.priority}||||^${o.indication ?? ''}`,
  ...(o.studyInstanceUid === undefined ? [] : [`ZDS|${o.studyInstanceUid}^VOORRANG^Application^DICOM`]),
];
