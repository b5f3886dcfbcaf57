import { getCACertificates } from 'node:tls';
import { type DicomElement, type DicomJson, type FindAssociation, openFind } from '@voorrang/dicom';
import { seconds } from '@voorrang/kernel';
import type { PacsPeer } from '@voorrang/protocol';
import {
  mostMatches,
  type PacsQuery,
  pacsSeriesOf,
  pacsStudyOf,
  pacsTags,
  withModalities,
} from '../../application/watch/pacs.ts';

type FindPeer = Extract<PacsPeer['query'], { kind: 'c-find' }>;

const timeoutMs = seconds(60);
const asked = (vr: string, value?: string): DicomElement => (value === undefined ? { vr } : { vr, Value: [value] });

/** C-FIND in the study root. With TLS the certificate of the PACS must come from an authority that this host trusts (`NODE_EXTRA_CA_CERTS` adds one). */
export async function findPacs(peer: FindPeer, signal: AbortSignal): Promise<PacsQuery> {
  const { host, port, calledAe, callingAe } = peer;
  const association = await openFind({
    host,
    port,
    calledAe,
    callingAe,
    timeoutMs,
    signal,
    ...(peer.tls ? { tls: { ca: getCACertificates('default').join('\n') } } : {}),
  });
  const series: PacsQuery['series'] = async (uid) =>
    (await association.find(seriesKeys(uid), mostMatches)).flatMap((match) => pacsSeriesOf(match) ?? []);
  return {
    studiesOf: async (date, modalities) => {
      const found = [];
      for (const modality of modalities) found.push(...(await studies(association, { date, modality })));
      return withModalities(found, modalities, series);
    },
    study: async (uid) => (await studies(association, { uid })).find((one) => one.studyInstanceUid === uid) ?? null,
    series,
    close: () => association.close(),
  };
}

async function studies(
  association: FindAssociation,
  { date, modality, uid }: { readonly date?: string; readonly modality?: string; readonly uid?: string },
) {
  const identifier: DicomJson = {
    [pacsTags.level]: asked('CS', 'STUDY'),
    // A range of one day: a range is what every peer must match (PS3.4 §C.2.2.2.5).
    [pacsTags.studyDate]: asked('DA', date === undefined ? undefined : `${date}-${date}`),
    [pacsTags.studyTime]: asked('TM'),
    [pacsTags.accessionNumber]: asked('SH'),
    [pacsTags.modalitiesInStudy]: asked('CS', modality),
    [pacsTags.studyDescription]: asked('LO'),
    [pacsTags.studyInstanceUid]: asked('UI', uid),
    [pacsTags.studyInstances]: asked('IS'),
  };
  return (await association.find(identifier, mostMatches)).flatMap((match) => pacsStudyOf(match) ?? []);
}

const seriesKeys = (uid: string): DicomJson => ({
  [pacsTags.level]: asked('CS', 'SERIES'),
  [pacsTags.studyInstanceUid]: asked('UI', uid),
  [pacsTags.seriesInstanceUid]: asked('UI'),
  [pacsTags.modality]: asked('CS'),
  [pacsTags.seriesDescription]: asked('LO'),
  [pacsTags.seriesInstances]: asked('IS'),
  [pacsTags.retrieveAe]: asked('AE'),
});
