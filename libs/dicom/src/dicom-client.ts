import { type DicomTarget, openAssociation, type Proposal } from './requestor.ts';
import { verificationSopClass } from './sop-classes.ts';
import { explicitLittleEndian } from './transfer-syntax.ts';

/** A composite object to send: a data set without file meta information, in the transfer syntax it is proposed with. */
export type ObjectToSend = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly dataSet: Uint8Array;
};

/**
 * Sends objects over one association, one after the other, and gives the C-STORE statuses in their order; a C-ECHO when there are none.
 * Small on purpose: for demonstrations and tests. Rejects when the association is refused or ends early.
 */
export async function sendObjects(target: DicomTarget, objects: readonly ObjectToSend[]): Promise<number[]> {
  const kinds = new Map<string, Proposal>([
    ['', { abstractSyntax: verificationSopClass, transferSyntaxes: [explicitLittleEndian] }],
  ]);
  for (const { sopClassUid, transferSyntax } of objects) {
    kinds.set(`${sopClassUid} ${transferSyntax}`, { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] });
  }
  const association = await openAssociation(target, [...kinds.values()]);
  try {
    const statuses: number[] = [];
    for (const object of objects) statuses.push((await association.ask({ operation: 'C-STORE', ...object })).status);
    if (objects.length === 0) {
      statuses.push((await association.ask({ operation: 'C-ECHO', sopClassUid: verificationSopClass })).status);
    }
    await association.release();
    return statuses;
  } catch (error) {
    association.abort();
    throw error;
  }
}
