import type { QuarantineItem, QuarantineProblem } from '@voorrang/contracts';
import type { Labels } from '../../shared/labels/en.ts';
import { clockText } from '../../shared/time.ts';

export type QuarantineLine = {
  readonly id: string;
  readonly at: string;
  readonly sender: string;
  readonly type: string;
  readonly answer: string;
  readonly problem: string;
  readonly count: number;
};

export const quarantineLine = (item: QuarantineItem, labels: Labels, now: number): QuarantineLine => ({
  id: item.id,
  at: clockText(item.receivedAt, now, labels, true),
  sender: item.sender === '' || item.sender === '|' ? labels.quarantine.unnamed : item.sender,
  type: [labels.quarantine.kinds[item.kind], item.messageType].filter((text) => text !== '').join(' '),
  answer: item.code,
  problem: item.problems.map(problemText).join('; '),
  count: item.count,
});

export const problemText = ({ location, text }: QuarantineProblem): string =>
  location === '' || location === 'message' ? text : `${location}: ${text}`;

export type SegmentView = {
  readonly key: string;
  /** The segment in pieces; `marked` is where something is wrong. */
  readonly parts: readonly { readonly key: string; readonly text: string; readonly marked: boolean }[];
  readonly problems: readonly QuarantineProblem[];
};

/** `OBR[2]-18.1` of a location. */
const place = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?/;

/**
 * The segments of a message with what is wrong in each. A problem without a usable place marks nothing and stands in the list of problems alone; one whose field is not there
 * marks the whole segment.
 */
export function markedSegments(content: string, problems: readonly QuarantineProblem[]): readonly SegmentView[] {
  const separator = content.startsWith('MSH') ? (content[3] ?? '|') : '|';
  const met = new Map<string, number>();
  return content.split('\n').map((line, index) => {
    const name = line.slice(0, 3);
    const occurrence = (met.get(name) ?? 0) + 1;
    met.set(name, occurrence);
    const mine = problems.filter(({ location }) => {
      const [, segment, number = '1'] = place.exec(location) ?? [];
      return segment === name && Number(number) === occurrence;
    });
    const fields = new Set(mine.map(({ location }) => Number(place.exec(location)?.[3] ?? 0)));
    return { key: `${index} ${name}`, parts: partsOf(line, separator, fields), problems: mine };
  });
}

function partsOf(line: string, separator: string, fields: ReadonlySet<number>): SegmentView['parts'] {
  if (fields.size === 0) return [{ key: 'all', text: line, marked: false }];
  const texts = line.split(separator);
  // MSH-1 is the separator itself.
  const partOf = (field: number): number => (line.startsWith('MSH') ? field - 1 : field);
  const marked = new Set([...fields].map(partOf));
  const whole = [...marked].some((part) => part <= 0 || (texts[part] ?? '') === '');
  if (whole) return [{ key: 'all', text: line, marked: true }];
  return texts.map((text, index) => ({
    key: String(index),
    text: index === 0 ? text : separator + text,
    marked: marked.has(index),
  }));
}
