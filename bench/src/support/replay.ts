import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readHeader, readPart10 } from '@voorrang/dicom';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./replay-main.ts', import.meta.url));

/** One object on the wire, for receivers and for a sink. */
export type Wire = { readonly path: string; readonly sinkPath: string; readonly objectBytes: number };

/** Bytes of a P-DATA-TF: what every receiver here takes. */
const pduBytes = 16_384;
const headBytes = 4_096;

/** Writes what the sender sends of a file: an association with one context, then C-STORE-RQ and data set. */
export async function writeWire(path: string, file: Buffer): Promise<Wire> {
  const { dataSet, transferSyntax } = readPart10(file);
  const { sopClassUid } = readHeader(dataSet, transferSyntax);
  const uid = '1.2.826.0.1.3680043.10.999.1.00000000';
  const head = withInstance(dataSet.subarray(0, headBytes), uid);
  const command = commandSet(sopClassUid, uid);
  const rest = dataSet.subarray(headBytes);
  const pieces: Buffer[] = [];
  for (let at = 0; at < rest.length; at += pduBytes - 6)
    pieces.push(pdv(at + pduBytes - 6 >= rest.length ? 2 : 0, rest.subarray(at, at + pduBytes - 6)));
  const first = Buffer.concat([pdv(3, command), pdv(rest.length === 0 ? 2 : 0, head)]);
  const tail = Buffer.concat(pieces);
  const uidAt: number[] = [];
  for (let at = first.indexOf(uid); at >= 0; at = first.indexOf(uid, at + 1)) uidAt.push(at + uid.length - 8);
  const wire = { request: '', head: first.toString('base64'), uidAt, tail: tail.toString('base64') };
  const request = associateRequest(sopClassUid, transferSyntax).toString('base64');
  const sinkPath = `${path}.sink`;
  await writeFile(path, JSON.stringify({ ...wire, request }));
  await writeFile(sinkPath, JSON.stringify(wire));
  return { path, sinkPath, objectBytes: first.length + tail.length };
}

/** Seconds from the first object to the last answer. */
export async function replay(port: number, connections: number, objects: number, wirePath: string): Promise<number> {
  const { stdout } = await run(process.execPath, [
    program,
    String(port),
    String(connections),
    String(objects),
    wirePath,
  ]);
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}

/** The data set with another SOP Instance UID (0008,0018), Explicit VR Little Endian. */
function withInstance(dataSet: Buffer, uid: string): Buffer {
  const at = dataSet.indexOf(Buffer.from([0x08, 0x00, 0x18, 0x00, 0x55, 0x49]));
  const value = padded(uid);
  const head = Buffer.from(dataSet.subarray(at, at + 8));
  const old = head.readUInt16LE(6);
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([dataSet.subarray(0, at), head, value, dataSet.subarray(at + 8 + old)]);
}

function associateRequest(sopClassUid: string, transferSyntax: string): Buffer {
  const context = item(
    0x20,
    Buffer.concat([Buffer.from([1, 0, 0, 0]), item(0x30, sopClassUid), item(0x40, transferSyntax)]),
  );
  const user = item(
    0x50,
    Buffer.concat([item(0x51, Buffer.from([0, 0, 0x40, 0])), item(0x52, '1.2.826.0.1.3680043.10.999')]),
  );
  const titles = Buffer.from('VOORRANG        BENCH           ', 'latin1');
  const fixed = Buffer.concat([Buffer.from([0, 1, 0, 0]), titles, Buffer.alloc(32)]);
  return pdu(1, Buffer.concat([fixed, item(0x10, '1.2.840.10008.3.1.1.1'), context, user]));
}

function commandSet(sopClassUid: string, sopInstanceUid: string): Buffer {
  const short = (element: number, value: number) => elementOf(element, Buffer.from([value & 0xff, value >> 8]));
  const body = Buffer.concat([
    elementOf(0x0002, padded(sopClassUid)),
    short(0x0100, 1),
    short(0x0110, 1),
    short(0x0700, 0),
    short(0x0800, 1),
    elementOf(0x1000, padded(sopInstanceUid)),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([elementOf(0x0000, length), body]);
}

function elementOf(element: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

function item(type: number, content: Buffer | string): Buffer {
  const body = Buffer.from(content as string, 'latin1');
  const head = Buffer.from([type, 0, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, body]);
}

function pdv(flags: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(bytes.length + 2, 0);
  head.writeUInt8(1, 4);
  head.writeUInt8(flags, 5);
  return pdu(4, Buffer.concat([head, bytes]));
}

function pdu(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const padded = (uid: string): Buffer => Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`, 'latin1');
