import { vrDictionary } from './vr-dictionary.ts';

let known: ReadonlyMap<number, string> | undefined;

function read(): ReadonlyMap<number, string> {
  const vrs = new Map<number, string>();
  for (const [group, text] of Object.entries(vrDictionary)) {
    for (const part of text.split(';')) {
      for (const element of part.slice(2).split(',')) {
        vrs.set(Number.parseInt(group + element, 16), part.slice(0, 2));
      }
    }
  }
  return vrs;
}

const isRepeating = (group: number): boolean => (group & 0xff01) === 0x5000 || (group & 0xff01) === 0x6000;

/** VR of an attribute by PS3.6, `XS` for US or SS by Pixel Representation; `undefined` for private and unknown ones. Private creators are LO (PS3.5 §7.8.1). */
export function vrOfTag(tag: number): string | undefined {
  const group = tag >>> 16;
  const element = tag & 0xffff;
  if (element === 0) return 'UL';
  if (group % 2 === 1) return element >= 0x10 && element <= 0xff ? 'LO' : undefined;
  known ??= read();
  return known.get(isRepeating(group) ? (((group & 0xff00) << 16) | element) >>> 0 : tag);
}
