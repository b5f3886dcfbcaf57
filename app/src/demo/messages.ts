import type { SyntheticStudy } from './evening.ts';

const authority = 'HOSPITAL';
const time = (at: number): string => new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);

const message = (type: string, study: SyntheticStudy, at: number, segments: readonly string[]): string =>
  [
    `MSH|^~\\&|RIS|${authority}|VOORRANG|${authority}|${time(at)}||${type}|D${at}-${study.number}|P|2.5.1|||||NLD|UNICODE UTF-8`,
    ...segments,
    '',
  ].join('\r');

const pid = ({ patient }: SyntheticStudy): string =>
  `PID|1||${patient.id}^^^${authority}^PI||${patient.name}||${patient.birthDate}|${patient.sex}`;
const pv1 = (study: SyntheticStudy): string =>
  `PV1|1|${study.patientClass}|${study.location}^^^${authority}||||||||||||||||V${study.patient.id}^^^${authority}`;
const obr = (study: SyntheticStudy, status = ''): string =>
  `OBR|1|P${study.accession}|F${study.accession}|CT^${study.procedure}^L||||||||||||||${study.accession}||||||CT|${status}||^^^^^${study.priority}||||^${study.indication}`;

const order = (control: string, study: SyntheticStudy, at: number): string =>
  message('ORM^O01^ORM_O01', study, at, [
    pid(study),
    pv1(study),
    `ORC|${control}|P${study.accession}|F${study.accession}||SC||^^^${time(at)}^^${study.priority}`,
    obr(study),
  ]);

/** `ORM^O01`, new order. */
export const orderMessage = (study: SyntheticStudy, at: number): string => order('NW', study, at);
/** `ORM^O01`, cancelled. */
export const cancelMessage = (study: SyntheticStudy, at: number): string => order('CA', study, at);
/** `ORU^R01`, final report without its text. */
export const reportMessage = (study: SyntheticStudy, at: number): string =>
  message('ORU^R01^ORU_R01', study, at, [
    pid(study),
    pv1(study),
    `ORC|RE|P${study.accession}|F${study.accession}`,
    obr(study, 'F'),
    'OBX|1|TX|REPORT^Verslag^L||verslag beschikbaar||||||F',
  ]);
/** `ADT^A40`: a temporary number of the emergency department is merged into the patient. */
export const mergeMessage = (study: SyntheticStudy, temporaryId: string, at: number): string =>
  message('ADT^A40^ADT_A39', study, at, [pid(study), `MRG|${temporaryId}^^^${authority}^PI`]);
