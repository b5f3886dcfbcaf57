/** An order as a RIS sends it, under the control id given. */
export const order = (control: string, filler = 'F1'): string =>
  [
    `MSH|^~\\&|EXRIS|EXHOSP|VOORRANG|EX|20260303080000+0100||ORM^O01|${control}|P|2.5.1|||||NL|UNICODE UTF-8`,
    'PID|||100001^^^EXHOSP^PI||Jansen^Jan||19500131|M',
    'PV1||E|SEH^^^EX',
    `ORC|NW|PL1|${filler}||SC||^^^20260303080000^^S`,
    `OBR|1|PL1|${filler}|CTHEAD^CT hersenen^L||||||||||||||ACC1||||||CT`,
  ].join('\r');

/** An order without any number: its content is at fault. */
export const unusable = (control: string): string =>
  order(control).replace('ORC|NW|PL1|F1', 'ORC|NW||').replace('OBR|1|PL1|F1', 'OBR|1||');

/** `AA M1` of each answer. */
export const codesOf = (answers: readonly string[]): string[] =>
  answers.map((answer) => (/MSA\|(\w\w)\|?(\w*)/.exec(answer) ?? []).slice(1).join(' '));
