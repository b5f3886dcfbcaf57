import type { AiDisplay, Row } from '@voorrang/contracts';
import type { Labels } from '../../shared/labels/en.ts';
import type { Language } from '../../shared/language.tsx';
import { ageAt, clockText, dateText, durationText } from '../../shared/time.ts';

/** How a display is drawn. `absent`: no usable AI answer; never drawn like `negative`, and `negative` is never reassuring. */
export type AiTone = 'positive' | 'negative' | 'absent' | 'absent-warning';

export const aiTones: Readonly<Record<AiDisplay, AiTone>> = {
  positive: 'positive',
  negative: 'negative',
  expected: 'absent',
  'not-eligible': 'absent',
  waived: 'absent',
  late: 'absent-warning',
  failed: 'absent-warning',
  inconclusive: 'absent-warning',
  suspended: 'absent-warning',
};

export type AiView = {
  readonly key: string;
  readonly tone: AiTone;
  readonly display: AiDisplay;
  readonly chip: string;
  readonly mark: string;
  readonly text: string;
  readonly note: string | null;
};

const toneOrder: readonly AiTone[] = ['positive', 'absent-warning', 'absent', 'negative'];

/** AI displays of a row: what raises first, then what is missing, then what reports nothing. */
export function aiViews(row: Pick<Row, 'ai'>, labels: Labels, now: number): readonly AiView[] {
  return row.ai
    .map((ai): AiView => {
      const finding = labels.findings[ai.finding] ?? unknownFinding(ai.finding);
      const at = ai.dueAt === null ? null : clockText(ai.dueAt, now, labels);
      const notes = [
        ai.severity === null ? null : labels.ai.severity(labels.severities[ai.severity]),
        ai.confidence === null ? null : labels.ai.confidence(Math.round(ai.confidence * 100)),
        ai.arrivedAt === null ? null : clockText(ai.arrivedAt, now, labels),
      ].filter((note) => note !== null);
      return {
        key: `${ai.detector} ${ai.finding}`,
        tone: aiTones[ai.display],
        display: ai.display,
        chip: finding.short,
        mark: labels.ai.marks[ai.display],
        text: labels.ai.texts[ai.display]({ at, reason: ai.reason, finding }),
        note: ai.display === 'positive' && notes.length > 0 ? notes.join(', ') : null,
      };
    })
    .sort((a, b) => toneOrder.indexOf(a.tone) - toneOrder.indexOf(b.tone));
}

const unknownFinding = (code: string) => {
  const name = code.toLowerCase().replaceAll('_', ' ');
  return { short: name, possible: name, negative: name, notRuledOut: name };
};

export type DueTone = 'overdue' | 'soon' | 'later' | 'none';
export type DueView = { readonly tone: DueTone; readonly text: string; readonly detail: string | null };

const soonMs = 15 * 60_000;

/** "Read before 21:40 (12 min left)", "18 min overdue". On the done list nothing is due any more. */
export function dueView(row: Pick<Row, 'dueAt' | 'maxWaitAt' | 'list'>, labels: Labels, now: number): DueView {
  if (row.dueAt === null || row.list === 'done')
    return { tone: 'none', text: row.list === 'done' ? '' : labels.due.none, detail: null };
  const at = clockText(row.dueAt, now, labels);
  if (now >= row.dueAt) {
    const text = labels.due.overdue(durationText(now - row.dueAt, labels));
    return { tone: 'overdue', text, detail: labels.due.was(at) };
  }
  const text = labels.due.before(at, durationText(row.dueAt - now, labels));
  const tone = row.dueAt - now <= soonMs ? 'soon' : 'later';
  return {
    tone,
    text,
    detail: row.maxWaitAt === null ? null : labels.due.maximum(clockText(row.maxWaitAt, now, labels)),
  };
}

export type ClassTone = 'acute' | 'acute-ai' | 'emergency' | 'urgent' | 'routine' | 'unknown';

export function classView(
  row: Pick<Row, 'urgencyClass' | 'band'>,
  labels: Labels,
): { readonly tone: ClassTone; readonly text: string } {
  if (row.urgencyClass === null) return { tone: 'unknown', text: labels.classUnknown };
  if (row.urgencyClass === 'acute' && row.band === 1) return { tone: 'acute-ai', text: labels.acuteByAi };
  return { tone: row.urgencyClass, text: labels.classes[row.urgencyClass] };
}

/** "Place 3: AI reports a possible embolism. Without AI: place 9." */
export function whyView(
  row: Pick<Row, 'reasons' | 'rank' | 'rankWithoutAi'>,
  labels: Labels,
  language: Language,
): { readonly reason: string; readonly sentence: string; readonly withoutAi: string; readonly raised: boolean } {
  const reasons = row.reasons.map(({ text }) => text[language].replace(/[.\s]+$/, ''));
  const reason = reasons[0] ?? labels.why.noReason;
  const raised = row.rank < row.rankWithoutAi;
  const withoutAi = row.rank === row.rankWithoutAi ? labels.why.sameWithoutAi : labels.why.withoutAi(row.rankWithoutAi);
  return { reason, sentence: `${labels.why.place(row.rank, reason)} ${withoutAi}`, withoutAi, raised };
}

export type PatientView = { readonly name: string; readonly facts: string };

export function patientView({ patient }: Pick<Row, 'patient'>, labels: Labels, now: number): PatientView {
  const age = ageAt(patient.birthDate, now);
  const sex = patient.sex === null ? null : (labels.sexes[patient.sex as keyof Labels['sexes']] ?? patient.sex);
  const facts = [
    [sex, age === null ? null : String(age)].filter((part) => part !== null).join(' '),
    patient.birthDate === null ? '' : dateText(patient.birthDate, labels),
    patient.id ?? '',
  ];
  return { name: patient.name ?? labels.unknown, facts: facts.filter((fact) => fact !== '').join(' · ') };
}

export function studyView(
  row: Pick<Row, 'modality' | 'description' | 'bodyParts' | 'accessionNumbers'>,
  labels: Labels,
) {
  const parts = row.bodyParts.filter((part) => !(row.description ?? '').toLowerCase().includes(part.toLowerCase()));
  return {
    modality: row.modality ?? '?',
    title: row.description ?? (parts.join(', ') || labels.unknown),
    facts: [...(row.description === null ? [] : parts), ...row.accessionNumbers].join(' · '),
  };
}

export function locationView(row: Pick<Row, 'location' | 'patientClass' | 'orderPriority'>, labels: Labels) {
  const facts = [
    row.patientClass === null ? null : labels.patientClasses[row.patientClass],
    row.orderPriority === null ? null : labels.priorities[row.orderPriority],
  ];
  return {
    title: row.location ?? '',
    facts: facts.filter((fact) => fact !== null && fact !== row.location).join(' · '),
  };
}

/** Flags worth a mark of their own; `overdue` is what the due column says already. */
export const flagViews = (
  row: Pick<Row, 'flags'>,
  labels: Labels,
): readonly { readonly flag: string; readonly text: string }[] =>
  row.flags.filter((flag) => flag !== 'overdue').map((flag) => ({ flag, text: labels.flags[flag] ?? flag }));

/** The claim that still holds. */
export function claimView(row: Pick<Row, 'claim'>, labels: Labels, now: number, user: string | null) {
  if (row.claim === null || row.claim.until <= now) return null;
  const isMine = row.claim.by === user;
  return { isMine, text: isMine ? labels.claim.mine : labels.claim.by(row.claim.by) };
}
