/** HL7 table 0357, message error condition codes, as far as they are used. */
export const errorConditions = {
  100: 'Segment sequence error',
  101: 'Required field missing',
  102: 'Data type error',
  103: 'Table value not found',
  200: 'Unsupported message type',
  201: 'Unsupported event code',
  202: 'Unsupported processing id',
  203: 'Unsupported version id',
  207: 'Application internal error',
} as const;
export type ErrorCondition = keyof typeof errorConditions;

/** A place in a message. All numbers count from 1; `segment` is the name, `occurrence` which one of that name. */
export type Hl7Location = {
  readonly segment: string;
  readonly occurrence: number;
  readonly field?: number;
  readonly component?: number;
};

/** What is wrong and where. `text` goes to the sender and into logs: it never holds a value of the message. */
export type Hl7Problem = {
  readonly condition: ErrorCondition;
  readonly location: Hl7Location | null;
  readonly severity: 'error' | 'warning';
  readonly text: string;
};

export const problem = (
  condition: ErrorCondition,
  location: Hl7Location | null,
  text: string,
  severity: Hl7Problem['severity'] = 'error',
): Hl7Problem => ({ condition, location, severity, text });

/** `PID-3.1`, `ORC[2]-1`, `MSH`: for logs and the quarantine page. */
export function locationText(location: Hl7Location | null): string {
  if (location === null) return 'message';
  const occurrence = location.occurrence > 1 ? `[${location.occurrence}]` : '';
  const field = location.field === undefined ? '' : `-${location.field}`;
  const component = location.component === undefined ? '' : `.${location.component}`;
  return `${location.segment}${occurrence}${field}${component}`;
}

/** Types and conditions that are rejected (AR) instead of refused for their content (AE): `HL7 v2.5.1 §2.9.2.2`. */
export const isRejection = (condition: ErrorCondition): boolean => condition >= 200 && condition <= 203;
