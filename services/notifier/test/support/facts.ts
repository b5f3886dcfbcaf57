import type { OutgoingRecord } from '@voorrang/bus';
import { type EventData, type EventType, encodeEvent, eventIdOf, topicOf } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';

/** In every text that a sender gives of a patient: must never leave the database. */
export const canary = 'KANARIEPIET';
export const site = 'EX';
export const authority = 'HOSPITAL';

export const person = (id: string) => ({
  id: `${canary}-${id}`,
  authority,
  name: `${canary} Jan`,
  birthDate: '1950-05-05',
  sex: 'M' as const,
});
export const accession = (n: string): string => `${canary}${n}`;
export const studyUid = (study: string): string => `1.2.${[...study].map((letter) => letter.charCodeAt(0)).join('.')}`;

type RunWords = {
  readonly status?: 'completed' | 'failed' | 'not-eligible';
  readonly location?: string;
  readonly replaces?: string;
  readonly accession?: string;
  readonly shadow?: boolean;
  readonly detector?: string;
  readonly producedAt?: EpochMs;
};

/** Writes facts as the edges do: stamped, keyed, encoded. */
export class FactWriter {
  readonly #keys: OpaqueKeys;
  readonly #now: () => EpochMs;
  #seq = 0;

  constructor(keys: OpaqueKeys, now: () => EpochMs) {
    this.#keys = keys;
    this.#now = now;
  }

  fact<T extends EventType>(type: T, key: string, data: EventData<T>): OutgoingRecord {
    const stamp = { observedAt: this.#now(), ingestId: 'story', seq: this.#seq++ };
    const topic = topicOf(type);
    if (topic === undefined) throw new Error(`no topic for ${type}`);
    const value = encodeEvent({ id: eventIdOf(stamp), type, source: '/story', site, key, stamp, data });
    return { topic, key, value };
  }

  study = (study: string): string => this.#keys.study(site, studyUid(study));

  images(
    study: string,
    patient: string | null,
    more: { accession?: string; description?: string } = {},
  ): OutgoingRecord {
    return this.fact('series.observed', this.study(study), {
      studyInstanceUid: studyUid(study),
      seriesInstanceUid: `${studyUid(study)}.1`,
      instances: [{ sopInstanceUid: `${studyUid(study)}.1.1`, digest: 'd' }],
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      modality: 'CT',
      patient: patient === null ? null : person(patient),
      accessionNumbers: more.accession === undefined ? [] : [accession(more.accession)],
      studyDescription: more.description ?? `CT ${canary}`,
      seriesDescription: null,
      bodyPart: 'HEAD',
      laterality: null,
      acquiredAt: null,
      equipment: { manufacturer: null, model: null, station: null, softwareVersions: null },
      acquisition: { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null },
      sender: { callingAe: 'CT1', calledAe: 'VOORRANG' },
    });
  }

  settled(study: string): OutgoingRecord {
    const now = this.#now();
    return this.fact('study.settled', this.study(study), {
      studyInstanceUid: studyUid(study),
      version: 1,
      by: 'quiet',
      imagesCompleteAt: now,
      settledAt: now,
      modalities: ['CT'],
      bodyParts: ['HEAD'],
      seriesInstanceUids: [`${studyUid(study)}.1`],
    });
  }

  run(
    study: string,
    finding: string,
    outcome: 'positive' | 'negative' | 'inconclusive',
    words: RunWords = {},
  ): OutgoingRecord {
    return this.runWithId(`${study}-${finding}`, study, finding, outcome, words);
  }

  runWithId(
    resultId: string,
    study: string,
    finding: string,
    outcome: 'positive' | 'negative' | 'inconclusive',
    words: RunWords = {},
  ): OutgoingRecord {
    const status = words.status ?? 'completed';
    return this.fact('run.recorded', this.study(study), {
      run: {
        resultId,
        detector: { id: words.detector ?? detectorOf[finding] ?? 'example-ich', version: '1.0.0' },
        studyInstanceUid: studyUid(study),
        status,
        findings:
          status === 'completed'
            ? [{ finding, outcome, ...(words.location === undefined ? {} : { location: words.location }) }]
            : [],
        producedAt: new Date(words.producedAt ?? this.#now()).toISOString(),
        ...(words.replaces === undefined ? {} : { replaces: words.replaces }),
        ...(words.accession === undefined ? {} : { accessionNumber: accession(words.accession) }),
      },
      shadow: words.shadow ?? false,
      resultKey: this.#keys.of('result', resultId),
    });
  }

  withdrawn(study: string, resultId: string): OutgoingRecord {
    return this.fact('run.withdrawn', this.study(study), {
      resultId,
      studyInstanceUid: studyUid(study),
      reason: `${canary} wrong patient`,
    });
  }

  awaited(type: 'run.expected' | 'run.overdue', study: string, finding: string): OutgoingRecord {
    return this.fact(type, this.study(study), {
      studyInstanceUid: studyUid(study),
      studyVersion: 1,
      detector: detectorOf[finding] ?? 'example-ich',
      findings: [finding],
      dueAt: this.#now(),
    });
  }

  verdict(study: string, resultId: string, finding: string, verdict: 'agree' | 'disagree'): OutgoingRecord {
    const data = { studyInstanceUid: studyUid(study), resultId, finding, verdict, by: 'dr.rontgen' };
    return this.fact('verdict.given', this.study(study), data);
  }

  order(
    number: string,
    patient: string,
    words: {
      accession?: string;
      study?: string;
      visit?: string;
      strokeCode?: boolean;
      patientClass?: 'emergency' | 'inpatient';
      placer?: string;
    },
  ): OutgoingRecord {
    return this.#order(
      this.#keys.order(site, number),
      { filler: number, placer: words.placer ?? null },
      patient,
      words,
    );
  }

  /** An order before it has a filler number. */
  orderByPlacer(placer: string, patient: string, words: Parameters<FactWriter['order']>[2]): OutgoingRecord {
    return this.#order(this.#keys.order(site, `placer:${placer}`), { filler: null, placer }, patient, words);
  }

  #order(
    key: string,
    orderNumber: { filler: string | null; placer: string | null },
    patient: string,
    words: Parameters<FactWriter['order']>[2],
  ): OutgoingRecord {
    return this.fact('order.placed', key, {
      orderNumber,
      accessionNumbers: words.accession === undefined ? [] : [accession(words.accession)],
      studyInstanceUid: words.study === undefined ? null : studyUid(words.study),
      patient: person(patient),
      visit: { number: words.visit ?? null, patientClass: words.patientClass ?? null, location: canary },
      procedure: { code: 'CT-HEAD', text: canary, system: null },
      modality: 'CT',
      bodyPart: 'HEAD',
      indication: `${canary} fell down the stairs`,
      priority: 'stat',
      strokeCode: words.strokeCode ?? null,
      status: null,
      requestedAt: null,
    });
  }

  unmerged(prior: string, survivor: string): OutgoingRecord {
    return this.fact('patient.unmerged', this.#keys.patient(authority, person(survivor).id), {
      survivor: { id: person(survivor).id, authority },
      prior: { id: person(prior).id, authority },
    });
  }

  announced(
    study: string,
    patient: string | null,
    more: { accession?: string; status?: 'available' | 'in-progress' } = {},
  ): OutgoingRecord {
    return this.fact('images.announced', this.study(study), {
      studyInstanceUid: studyUid(study),
      by: more.status === 'in-progress' ? 'mpps' : 'ian',
      status: more.status ?? 'available',
      procedureStepUid: null,
      series: [],
      modality: 'CT',
      patient: patient === null ? null : person(patient),
      accessionNumbers: more.accession === undefined ? [] : [accession(more.accession)],
      studyDescription: `CT ${canary}`,
      startedAt: null,
      endedAt: null,
      station: null,
      sender: { callingAe: 'PACS', calledAe: 'VOORRANG' },
    });
  }

  conflicted(study: string): OutgoingRecord {
    return this.fact('study.conflicted', this.study(study), {
      studyInstanceUid: studyUid(study),
      kind: 'two-patients',
      otherSite: null,
      sopInstanceUid: null,
      count: 1,
      foundAt: this.#now(),
    });
  }

  read(study: string): OutgoingRecord {
    return this.fact('study.read', this.study(study), { studyInstanceUid: studyUid(study), by: 'dr.rontgen' });
  }

  reported(number: string, status: 'preliminary' | 'final' | 'addendum' | 'cancelled'): OutgoingRecord {
    return this.fact('report.issued', this.#keys.order(site, number), {
      orderNumber: { filler: number, placer: null },
      accessionNumbers: [],
      studyInstanceUid: null,
      patient: null,
      status,
      issuedAt: null,
    });
  }

  merged(prior: string, survivor: string): OutgoingRecord {
    return this.fact('patient.merged', this.#keys.patient(authority, person(survivor).id), {
      survivor: person(survivor),
      prior: { id: person(prior).id, authority },
    });
  }
}

const detectorOf: Readonly<Record<string, string>> = {
  ICH: 'example-ich',
  LVO: 'example-lvo',
  CT_PERFUSION_DEFICIT: 'example-ctp',
  PE: 'example-pe',
};
