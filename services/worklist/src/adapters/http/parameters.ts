import { listNames, opaqueSchema, siteSchema, uidSchema } from '@voorrang/contracts';
import { type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { parseQuery } from '@voorrang/platform';
import type { ListRef, RankedRow, StudyDocument, WorklistReader } from '@voorrang/worklist-store';
import type { Request } from 'express';
import { z } from 'zod';

export type Lookup = { readonly store: WorklistReader; readonly keys: OpaqueKeys; readonly site: string };
export type FoundStudy = { readonly document: StudyDocument; readonly ranked: RankedRow };

/** `?site=&list=` of the worklist calls. */
export const listQuery = (site: string) => ({
  site: siteSchema.default(site),
  list: z.enum(listNames).default('reading'),
});

export const listOf = ({ site, list }: ListRef): ListRef => ({ site, list });

/** The study that `{study}` names: an opaque id, or a Study Instance UID with `?site=`. Throws `VRG_STUDY_UNKNOWN`. */
export async function studyOf(request: Request, { store, keys, site }: Lookup): Promise<FoundStudy> {
  const named = String(request.params.study);
  const query = parseQuery(z.strictObject({ site: siteSchema.default(site) }), request);
  const studyId = opaqueSchema.safeParse(named).success
    ? named
    : uidSchema.safeParse(named).success
      ? keys.study(query.site, named)
      : undefined;
  const found = studyId === undefined ? undefined : await store.study(studyId);
  if (!found) throw new VoorrangError('VRG_STUDY_UNKNOWN');
  return found;
}
