import { compareStamps, type Stamp } from '@voorrang/kernel';

/** What is known of a series beside its instances. `contrast` is the agent, `studyDescription` that of the study as this series names it. */
export const attributeNames = [
  'modality',
  'description',
  'protocol',
  'bodyPart',
  'kernel',
  'sliceThicknessMm',
  'contrast',
  'studyDescription',
] as const;
export type AttributeName = (typeof attributeNames)[number];

/** A value with the stamp of the fact that said it. */
export type Said = { readonly value: string | number; readonly stamp: Stamp };
export type SeriesAttributes = Readonly<Partial<Record<AttributeName, Said>>>;

export type AttributeValues = Readonly<Partial<Record<AttributeName, string | number | null>>>;

/** Empty values say nothing, so an earlier word stays. */
export function saidAt(values: AttributeValues, stamp: Stamp): SeriesAttributes {
  const said: Partial<Record<AttributeName, Said>> = {};
  for (const name of attributeNames) {
    const value = values[name];
    if (value !== undefined && value !== null && value !== '') said[name] = { value, stamp };
  }
  return said;
}

/** Last writer by stamp, per attribute: the same for any order and repetition. */
export function mergeAttributes(known: SeriesAttributes, told: SeriesAttributes): SeriesAttributes {
  const merged: Partial<Record<AttributeName, Said>> = { ...known };
  for (const name of attributeNames) {
    const [before, next] = [known[name], told[name]];
    if (next !== undefined && (before === undefined || compareStamps(next.stamp, before.stamp) > 0))
      merged[name] = next;
  }
  return merged;
}

export function textOf(attributes: SeriesAttributes, name: Exclude<AttributeName, 'sliceThicknessMm'>): string {
  const value = attributes[name]?.value;
  return typeof value === 'string' ? value : '';
}

export function numberOf(attributes: SeriesAttributes, name: 'sliceThicknessMm'): number {
  const value = attributes[name]?.value;
  return typeof value === 'number' ? value : -1;
}
