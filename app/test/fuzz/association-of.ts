import { readHeader } from '@voorrang/dicom';

const applicationContext = '1.2.840.10008.3.1.1.1';
const anySopClass = '1.2.840.10008.5.1.4.1.1.7';

export type ToSend = {
  readonly dataSet: Buffer;
  readonly transferSyntax: string;
  /** What the command names; default: what the data set itself names. */
  readonly command?: { readonly sopClassUid: string; readonly sopInstanceUid: string };
};

/** A whole association that sends one data set: request, C-STORE, release (PS3.8 §9.3, PS3.7 §9.3.1); PDV sizes are random. */
export function associationOf({ dataSet, transferSyntax, command: given }: ToSend, random: () => number): Buffer {
  const { sopClassUid, sopInstanceUid } = given ?? named(dataSet, transferSyntax);
  const command = commandSet([
    [0x0002, padded(sopClassUid)],
    [0x0100, uint16(0x0001)],
    [0x0110, uint16(1)],
    [0x0700, uint16(0)],
    [0x0800, uint16(1)],
    [0x1000, padded(sopInstanceUid)],
  ]);
  const most = random() < 0.5 ? 16_372 : 2 + Math.floor(random() * 600);
  return Buffer.concat([
    request(sopClassUid, transferSyntax),
    pdv(3, command),
    ...pieces(dataSet, most).map(({ bytes, last }) => pdv(last ? 2 : 0, bytes)),
    Buffer.from([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]),
  ]);
}

/** The class and instance that the data set itself names, so that only what was mutated is at fault. */
function named(dataSet: Buffer, transferSyntax: string) {
  try {
    return readHeader(dataSet, transferSyntax);
  } catch {
    return { sopClassUid: anySopClass, sopInstanceUid: '1.2.3' };
  }
}

function request(abstractSyntax: string, transferSyntax: string): Buffer {
  const context = item(0x20, [Buffer.from([1, 0, 0, 0]), item(0x30, abstractSyntax), item(0x40, transferSyntax)]);
  const user = item(0x50, [item(0x51, [Buffer.from([0, 0, 0x40, 0])]), item(0x52, '1.2.826.0.1.3680043.10.999')]);
  const titles = Buffer.from('VOORRANG        FUZZER          ', 'latin1');
  const head = Buffer.concat([Buffer.from([0, 1, 0, 0]), titles, Buffer.alloc(32)]);
  return pdu(1, Buffer.concat([head, item(0x10, applicationContext), context, user]));
}

function pdu(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function pdv(flags: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(bytes.length + 2, 0);
  head.writeUInt8(1, 4);
  head.writeUInt8(flags, 5);
  return pdu(4, Buffer.concat([head, bytes]));
}

function item(type: number, content: string | readonly Buffer[]): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content, 'latin1') : Buffer.concat(content);
  const head = Buffer.alloc(4);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function commandSet(values: readonly (readonly [number, Buffer])[]): Buffer {
  const elements = values.map(([element, value]) => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(element, 2);
    head.writeUInt32LE(value.length, 4);
    return Buffer.concat([head, value]);
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(elements.reduce((sum, { byteLength }) => sum + byteLength, 0));
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 4, 0, 0, 0]), length, ...elements]);
}

const uint16 = (value: number): Buffer => Buffer.from([value & 0xff, value >>> 8]);
const padded = (uid: string): Buffer => Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`, 'latin1');

function pieces(bytes: Buffer, most: number): { readonly bytes: Buffer; readonly last: boolean }[] {
  const found: { bytes: Buffer; last: boolean }[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += most)
    found.push({ bytes: bytes.subarray(at, at + most), last: at + most >= bytes.length });
  return found;
}
