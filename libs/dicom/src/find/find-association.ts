import { VoorrangError } from '@voorrang/kernel';
import { statuses } from '../command-set.ts';
import type { DicomJson } from '../data-set/dicom-json.ts';
import { readDataSet } from '../data-set/read-data-set.ts';
import { writeDataSet } from '../data-set/write-data-set.ts';
import { type DicomTarget, openAssociation, type RequestorAssociation } from '../requestor.ts';
import { explicitLittleEndian, implicitLittleEndian } from '../transfer-syntax.ts';

/** Study Root Query/Retrieve Information Model - FIND (PS3.4 §C.6.2). */
const studyRootFind = '1.2.840.10008.5.1.4.1.2.2.1';

/** An association for C-FIND in the study root. One query at a time. */
export interface FindAssociation {
  /**
   * The matches of an identifier (PS3.4 §C.4.1): keys with a value are matched, empty ones are asked for; Query/Retrieve Level is among them. Throws
   * `VRG_DICOM_PEER_REFUSED` for a failure status and for more matches than `limit`, which are then cancelled.
   */
  find(identifier: DicomJson, limit: number): Promise<readonly DicomJson[]>;
  close(): Promise<void>;
}

/** Throws as `openAssociation`, and `VRG_DICOM_PEER_REFUSED` when the peer does not take the study root. */
export async function openFind(target: DicomTarget): Promise<FindAssociation> {
  const transferSyntaxes = [explicitLittleEndian, implicitLittleEndian];
  const association = await openAssociation(target, [{ abstractSyntax: studyRootFind, transferSyntaxes }]);
  const transferSyntax = association.transferSyntaxOf(studyRootFind);
  if (transferSyntax === undefined) {
    await association.release();
    throw new VoorrangError('VRG_DICOM_PEER_REFUSED', undefined, { details: { sopClassUid: studyRootFind } });
  }
  return {
    find: (identifier, limit) => findAll(association, identifier, { limit, transferSyntax }),
    close: () => association.release(),
  };
}

async function findAll(
  association: RequestorAssociation,
  identifier: DicomJson,
  { limit, transferSyntax }: { readonly limit: number; readonly transferSyntax: string },
): Promise<readonly DicomJson[]> {
  const matches: DicomJson[] = [];
  const dataSet = writeDataSet(identifier, transferSyntax);
  for await (const response of association.request({ operation: 'C-FIND', sopClassUid: studyRootFind, dataSet })) {
    const isPending = response.status === statuses.pending || response.status === statuses.pendingWithWarning;
    if (isPending && response.dataSet !== null) {
      if (matches.length === limit) throw refused({ limit });
      matches.push(readDataSet(response.dataSet, transferSyntax));
    } else if (!isPending && response.status !== statuses.success) {
      throw refused({ status: response.status.toString(16) });
    }
  }
  return matches;
}

const refused = (details: Readonly<Record<string, unknown>>): VoorrangError =>
  new VoorrangError('VRG_DICOM_PEER_REFUSED', 'the query was not answered', { details });
