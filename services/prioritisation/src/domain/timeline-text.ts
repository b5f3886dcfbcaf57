import type { KnownEvent, OrderPriority, UrgencyClass } from '@voorrang/contracts';
import { assertNever } from '@voorrang/kernel';
import type { Bilingual } from '@voorrang/protocol';
import type { Fact } from './facts.ts';
import { findingName } from './finding-names.ts';
import { imagesIn } from './image-facts.ts';

type ConflictKind = Fact<'study.conflicted'>['data']['kind'];

const say = (en: string, nl: string): Bilingual => ({ en, nl });

/** One line per fact: codes, counts and account names only, never text of a message. */
export function summaryOf(fact: KnownEvent): Bilingual {
  switch (fact.type) {
    case 'run.recorded':
      return ofRun(fact);
    case 'study.settled': {
      const { version, by } = fact.data;
      return say(
        `Images complete, version ${version} (${by})`,
        `Beelden compleet, versie ${version} (${settledNl[by]})`,
      );
    }
    case 'order.placed':
      return fact.data.priority === null
        ? say('Order placed', 'Aanvraag ontvangen')
        : say(`Order placed (${fact.data.priority})`, `Aanvraag ontvangen (${priorityNl[fact.data.priority]})`);
    case 'report.issued':
      return say(`Report: ${fact.data.status}`, `Verslag: ${reportNl[fact.data.status]}`);
    case 'run.withdrawn':
      return say('AI result withdrawn', 'AI-uitslag ingetrokken');
    case 'run.expected':
      return say(`AI result expected from ${fact.data.detector}`, `AI-uitslag verwacht van ${fact.data.detector}`);
    case 'run.overdue':
      return say(`AI result of ${fact.data.detector} is late`, `AI-uitslag van ${fact.data.detector} is te laat`);
    case 'verdict.given': {
      const { verdict, by, finding } = fact.data;
      const name = findingName(finding);
      return say(`${by} on AI (${name.en}): ${verdict}`, `${by} over AI (${name.nl}): ${verdictNl[verdict]}`);
    }
    case 'images.announced':
      return ofAnnouncement(fact);
    case 'study.conflicted':
      return conflictText(fact.data.kind, fact.data.otherSite);
    case 'visit.changed':
      return fact.data.discharged
        ? say('Patient discharged', 'Patiënt ontslagen')
        : say('Visit changed', 'Opname of bezoek gewijzigd');
    default:
      return ofReading(fact);
  }
}

function ofReading(fact: KnownEvent): Bilingual {
  switch (fact.type) {
    case 'study.claimed':
      return say(`Opened by ${fact.data.by}`, `Geopend door ${fact.data.by}`);
    case 'study.released':
      return say(`Released by ${fact.data.by}`, `Vrijgegeven door ${fact.data.by}`);
    case 'study.raised':
      return fact.data.class === null
        ? say(`Raise undone by ${fact.data.by}`, `Naar voren halen ongedaan gemaakt door ${fact.data.by}`)
        : say(
            `Raised to ${fact.data.class} by ${fact.data.by}`,
            `Naar voren gehaald (${classNl[fact.data.class]}) door ${fact.data.by}`,
          );
    case 'study.held':
      return fact.data.until === null
        ? say(`Hold ended by ${fact.data.by}`, `Aanhouden beëindigd door ${fact.data.by}`)
        : say(`Held by ${fact.data.by}`, `Aangehouden door ${fact.data.by}`);
    case 'study.read':
      return say(`Read by ${fact.data.by}`, `Beoordeeld door ${fact.data.by}`);
    default:
      return ofAlert(fact);
  }
}

function ofAlert(fact: KnownEvent): Bilingual {
  const known = plain[fact.type];
  if (fact.type.startsWith('page.') && 'channel' in fact.data)
    return say(`${known?.en ?? fact.type} (${fact.data.channel})`, `${known?.nl ?? fact.type} (${fact.data.channel})`);
  if (fact.type.startsWith('alert.') && 'team' in fact.data)
    return say(`${known?.en ?? fact.type} (${fact.data.team})`, `${known?.nl ?? fact.type} (${fact.data.team})`);
  return known ?? say(fact.type, fact.type);
}

function ofRun({ data: { run, shadow } }: Fact<'run.recorded'>): Bilingual {
  const { id } = run.detector;
  const tail = shadow ? { en: ', in shadow', nl: ', in schaduw' } : { en: '', nl: '' };
  if (run.status === 'failed') return say(`AI failed: ${id}${tail.en}`, `AI niet gelukt: ${id}${tail.nl}`);
  if (run.status === 'not-eligible')
    return say(`AI not applicable: ${id}${tail.en}`, `AI niet van toepassing: ${id}${tail.nl}`);
  const list = (language: 'en' | 'nl'): string =>
    run.findings
      .map(({ finding, outcome }) => `${findingName(finding)[language]} ${outcomes[outcome][language]}`)
      .join(', ');
  return say(`AI result of ${id}${tail.en}: ${list('en')}`, `AI-uitslag van ${id}${tail.nl}: ${list('nl')}`);
}

function ofAnnouncement({ data: { by, status, series } }: Fact<'images.announced'>): Bilingual {
  const count = series.reduce((sum, one) => sum + imagesIn(one), 0);
  const images = imagesOf(count);
  switch (status) {
    case 'available':
      return by === 'pacs-comparison'
        ? say(`${count} ${images.en} found in the PACS`, `${count} ${images.nl} gevonden in het PACS`)
        : say(`${count} ${images.en} available in the PACS`, `${count} ${images.nl} beschikbaar in het PACS`);
    case 'unavailable':
      return say(`${count} ${images.en} not available`, `${count} ${images.nl} niet beschikbaar`);
    case 'in-progress':
      return say('Examination in progress', 'Onderzoek wordt gemaakt');
    case 'completed':
      return say(
        `Examination completed, ${count} ${images.en} made`,
        `Onderzoek afgerond, ${count} ${images.nl} gemaakt`,
      );
    case 'discontinued':
      return say('Examination discontinued', 'Onderzoek afgebroken');
    default:
      return assertNever(status);
  }
}

export function conflictText(kind: ConflictKind, otherSite: string | null): Bilingual {
  switch (kind) {
    case 'instance-content':
      return say('An image came with two contents', 'Een beeld kwam met twee inhouden');
    case 'two-sites':
      return say(
        `The study is also known at ${otherSite ?? '?'}`,
        `Het onderzoek is ook bekend bij ${otherSite ?? '?'}`,
      );
    case 'two-patients':
      return say('The study names two patients', 'Het onderzoek noemt twee patiënten');
    default:
      return assertNever(kind);
  }
}

const imagesOf = (count: number): Bilingual => (count === 1 ? say('image', 'beeld') : say('images', 'beelden'));

export function imagesReceived(count: number, modality: string | null): Bilingual {
  const images = imagesOf(count);
  return modality === null
    ? say(`${count} ${images.en} received`, `${count} ${images.nl} ontvangen`)
    : say(`${count} ${modality} ${images.en} received`, `${count} ${modality}-${images.nl} ontvangen`);
}

const outcomes = {
  positive: say('positive', 'positief'),
  negative: say('negative', 'negatief'),
  inconclusive: say('inconclusive', 'niet te beoordelen'),
};
const settledNl = {
  'required-series': 'vereiste series',
  'completed-by-technologist': 'door laborant afgesloten',
  quiet: 'rust',
  'hard-limit': 'uiterste tijd',
};
const reportNl = {
  preliminary: 'voorlopig',
  final: 'definitief',
  corrected: 'gecorrigeerd',
  addendum: 'aanvulling',
  cancelled: 'ingetrokken',
};
const priorityNl: Readonly<Record<OrderPriority, string>> = {
  stat: 'CITO',
  asap: 'zo snel mogelijk',
  'timing-critical': 'tijdkritisch',
  preoperative: 'preoperatief',
  callback: 'terugbellen',
  routine: 'regulier',
};
const classNl: Readonly<Record<UrgencyClass, string>> = {
  acute: 'acuut',
  emergency: 'spoed',
  urgent: 'dringend',
  routine: 'regulier',
};
const verdictNl = { agree: 'eens', disagree: 'oneens', doubt: 'twijfel', known: 'bekend' };

const plain: Readonly<Record<string, Bilingual>> = {
  'evidence.received': say('Evidence object received', 'Bewijsobject ontvangen'),
  'order.changed': say('Order changed', 'Aanvraag gewijzigd'),
  'order.cancelled': say('Order cancelled', 'Aanvraag geannuleerd'),
  'patient.updated': say('Patient data updated', 'Patiëntgegevens bijgewerkt'),
  'patient.unmerged': say('Merge of patient records undone', 'Samenvoeging van patiëntdossiers ongedaan gemaakt'),
  'patient.merged': say('Patient records merged', 'Patiëntdossiers samengevoegd'),
  'alert.raised': say('Alert raised', 'Alarm gegeven'),
  'alert.updated': say('Alert updated', 'Alarm bijgewerkt'),
  'alert.superseded': say('Alert superseded', 'Alarm vervangen'),
  'alert.recalled': say('Alert recalled', 'Alarm ingetrokken'),
  'alert.escalated': say('Alert escalated', 'Alarm opgeschaald'),
  'alert.fallback-reached': say('Alert reached its fallback', 'Alarm bij het vangnet aangekomen'),
  'alert.closed': say('Alert closed', 'Alarm gesloten'),
  'alert.acknowledged': say('Alert acknowledged', 'Alarm bevestigd'),
  'alert.declined': say('Alert declined', 'Alarm geweigerd'),
  'alert.handed-over': say('Alert handed over', 'Alarm overgedragen'),
  'page.sent': say('Page sent', 'Oproep verzonden'),
  'page.failed': say('Page failed', 'Oproep mislukt'),
  'page.received': say('Page received', 'Oproep ontvangen'),
};
