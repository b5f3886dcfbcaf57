/** Value per tag as `ggggeeee`; a text becomes the element's whole value. */
export type Attributes = Readonly<
  Record<string, { readonly vr: 'CS' | 'DA' | 'LO' | 'PN' | 'SH' | 'TM' | 'UI'; readonly value: string }>
>;

type Element = { readonly tag: string; readonly bytes: Buffer };

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);

/**
 * A data set (Explicit VR Little Endian, PS3.5 §7.1.2) with some attributes replaced or added and the pixel data left out.
 * For demonstrations: the source is a fixture of ours without undefined lengths before its pixel data.
 */
export function withAttributes(dataSet: Buffer, attributes: Attributes): Buffer {
  const kept = elementsOf(dataSet).filter(({ tag }) => tag < '7fe00010' && !(tag in attributes));
  const added = Object.entries(attributes).map(([tag, { vr, value }]) => ({ tag, bytes: encode(tag, vr, value) }));
  return Buffer.concat([...kept, ...added].sort((a, b) => (a.tag < b.tag ? -1 : 1)).map(({ bytes }) => bytes));
}

function elementsOf(dataSet: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 8 <= dataSet.length; ) {
    const tag =
      dataSet.readUInt16LE(at).toString(16).padStart(4, '0') +
      dataSet
        .readUInt16LE(at + 2)
        .toString(16)
        .padStart(4, '0');
    const isLong = longVrs.has(dataSet.toString('latin1', at + 4, at + 6));
    const end = isLong ? at + 12 + dataSet.readUInt32LE(at + 8) : at + 8 + dataSet.readUInt16LE(at + 6);
    elements.push({ tag, bytes: dataSet.subarray(at, end) });
    at = end;
  }
  return elements;
}

function encode(tag: string, vr: string, value: string): Buffer {
  const text = Buffer.from(value, 'latin1');
  const padded = text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(padded.length, 6);
  return Buffer.concat([head, padded]);
}
