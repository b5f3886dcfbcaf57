/** Modalities of PS3.3 C.7.3.1.1.1 that a radiology order asks for. OBR-24 also holds section codes (RAD, CUS), which are no modality. */
export const orderedModalities = [
  'CT',
  'MR',
  'CR',
  'DX',
  'US',
  'XA',
  'RF',
  'NM',
  'PT',
  'MG',
  'BMD',
  'IVUS',
  'IO',
  'PX',
  'RG',
  'OT',
] as const;

const known: ReadonlySet<string> = new Set(orderedModalities);
export const isModality = (code: string): boolean => known.has(code);
