import { listNames, opaqueSchema, siteSchema, uidSchema } from '@voorrang/contracts';
import { type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { parseQuery } from '@voorrang/platform';
import type { ListRef, RankedRow, StudyDocument, WorklistReader } from '@voorrang/worklist-store';
import type { Request } from 'express';
import { z } from 'zod';

export type Lookup = {
  readonly store: WorklistReader;
  readonly keys: OpaqueKeys;
  readonly site: string;
  /** All sites whose studies are in the store. */
  readonly sites: readonly string[];
};
export type FoundStudy = { readonly document: StudyDocument; readonly ranked: RankedRow };

/** `?site=&list=` of the worklist calls. */
export const listQuery = (site: string) => ({
  site: siteSchema.default(site),
  list: z.enum(listNames).default('reading'),
});

export const listOf = ({ site, list }: ListRef): ListRef => ({ site, list });

const siteQuery = z.strictObject({ site: siteSchema.optional() });

/**
 * The study that `{study}` names, to look at: an opaque id, or a Study Instance UID with `?site=`; without it the own site's study goes first.
 * Throws `VRG_STUDY_UNKNOWN`, and `VRG_STUDY_STATE` when only others know the UID, and more than one does.
 */
export async function studyOf(request: Request, lookup: Lookup): Promise<FoundStudy> {
  const found = await studiesNamed(request, lookup);
  return found.find(({ ranked }) => ranked.site === lookup.site) ?? theOne(found);
}

/** As `studyOf`, to act on: a UID without `?site=` that several sites know is refused, because the act may be meant for either patient. */
export async function studyToChange(request: Request, lookup: Lookup): Promise<FoundStudy> {
  return theOne(await studiesNamed(request, lookup));
}

async function studiesNamed(request: Request, { store, keys, sites }: Lookup): Promise<readonly FoundStudy[]> {
  const named = String(request.params.study);
  const { site } = parseQuery(siteQuery, request);
  const found = await Promise.all(idsOf(named, site === undefined ? sites : [site], keys).map((id) => store.study(id)));
  return found.flatMap((study) => study ?? []);
}

function idsOf(named: string, sites: readonly string[], keys: OpaqueKeys): readonly string[] {
  if (opaqueSchema.safeParse(named).success) return [named];
  return uidSchema.safeParse(named).success ? sites.map((site) => keys.study(site, named)) : [];
}

function theOne([found, ...others]: readonly FoundStudy[]): FoundStudy {
  if (found === undefined) throw new VoorrangError('VRG_STUDY_UNKNOWN');
  if (others.length > 0)
    throw new VoorrangError('VRG_STUDY_STATE', 'several sites know this Study Instance UID: name one with ?site=');
  return found;
}
