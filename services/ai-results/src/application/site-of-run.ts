import type { Run } from '@voorrang/contracts';
import { err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import type { Deps } from './deps.ts';

/**
 * The site of a run: the one it names, else where it was taken before (so that the same again is the same), else the one site whose images carry its
 * Study Instance UID, else the default. Refused with `VRG_STUDY_STATE` when several know the UID: it would be a guess which patient is meant.
 */
export async function siteOfRun(
  { store, keys }: Pick<Deps, 'store' | 'keys'>,
  { site, resultId, studyInstanceUid }: Run,
  sites: readonly string[],
  defaultSite: string,
): Promise<Result<string, VoorrangError>> {
  if (site !== undefined) return ok(site);
  const earlier = (await store.runsNamed(resultId)).filter((run) => run.studyInstanceUid === studyInstanceUid);
  const known =
    earlier.length > 0
      ? earlier.map((run) => run.site)
      : await store.sitesOf(sites.map((each) => keys.study(each, studyInstanceUid)));
  const [only, ...others] = known;
  if (others.length === 0) return ok(only ?? defaultSite);
  const problems = [{ path: 'body.site', message: 'the site of the study: several know its UID' }];
  const detail = 'several sites know this Study Instance UID: name one as site';
  return err(new VoorrangError('VRG_STUDY_STATE', detail, { details: { problems } }));
}
