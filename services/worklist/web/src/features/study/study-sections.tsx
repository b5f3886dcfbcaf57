import type { StudyDetail, TimelineEntry } from '@voorrang/contracts';
import type { ReactNode } from 'react';
import { Banner } from '../../shared/banner.tsx';
import { useLabels, useLanguage } from '../../shared/language.tsx';
import { clockText } from '../../shared/time.ts';
import { clockLines, conflictLines, runLines } from './view-model.ts';

type SectionProps = { readonly detail: StudyDetail };
type TimedProps = SectionProps & { readonly now: number };

export function ClockSection({ detail, now }: TimedProps) {
  const labels = useLabels();
  const lines = clockLines(detail.clocks, labels, now);
  return (
    <section>
      <h2>{labels.study.clocks}</h2>
      <table className="facts">
        <tbody>
          {lines.map(({ key, label, at, since }) => (
            <tr key={key}>
              <th scope="row">{label}</th>
              <td className="time">{at}</td>
              <td className="quiet">{since}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function ConflictSection({ detail }: SectionProps) {
  const labels = useLabels();
  // A document of an older version has none.
  const lines = conflictLines(detail.conflicts ?? [], labels);
  if (lines.length === 0) return null;
  return (
    <Banner tone="alarm">
      <strong>{labels.study.conflicts}</strong>
      <ul>
        {lines.map(({ key, text }) => (
          <li key={key}>{text}</li>
        ))}
      </ul>
    </Banner>
  );
}

export function OrderSection({ detail }: SectionProps) {
  const labels = useLabels();
  const { order } = labels.study;
  return (
    <section>
      <h2>{labels.study.orders}</h2>
      {detail.orders.length === 0 ? <p className="quiet">{labels.study.none}</p> : null}
      {detail.orders.map((one) => (
        <dl key={one.orderId} className={one.cancelled ? 'order cancelled' : 'order'}>
          <Fact label={order.procedure}>{one.procedure}</Fact>
          <Fact label={order.indication}>{one.indication}</Fact>
          <Fact label={order.priority}>{one.priority === null ? null : labels.priorities[one.priority]}</Fact>
          <Fact label={order.accession}>{one.accessionNumbers.join(', ') || null}</Fact>
          <Fact label={order.number}>{[one.fillerNumber, one.placerNumber].filter(Boolean).join(' / ') || null}</Fact>
          <Fact label={order.status}>
            {[one.status, one.cancelled ? labels.study.cancelled : null, one.strokeCode ? labels.study.stroke : null]
              .filter(Boolean)
              .join(', ') || null}
          </Fact>
        </dl>
      ))}
    </section>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  if (children === null) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function RunSection({ detail, now }: TimedProps) {
  const labels = useLabels();
  const runs = runLines(detail.runs, labels, now);
  return (
    <section>
      <h2>{labels.study.runs}</h2>
      {runs.length === 0 && detail.expectedRuns.length === 0 ? <p className="quiet">{labels.study.none}</p> : null}
      <ul className="runs">
        {runs.map((run) => (
          <li key={run.key}>
            <span className="time">{run.at}</span> <strong>{run.title}</strong>
            {run.marks.map((mark) => (
              <span key={mark} className="flag">
                {mark}
              </span>
            ))}
            <ul>
              {run.findings.map(({ key, text, positive }) => (
                <li key={key} className={positive ? 'finding-positive' : ''}>
                  {text}
                </li>
              ))}
            </ul>
          </li>
        ))}
        {detail.expectedRuns.map((run) => (
          <li key={run.detector} className="run-expected">
            <strong>{run.detector}</strong>{' '}
            <span className="quiet">
              {labels.study.expectedRuns}, {labels.study.dueBy(clockText(run.dueAt, now, labels))}
            </span>
            {run.overdue ? <span className="flag">{labels.study.overdue}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function SeriesSection({ detail, now }: TimedProps) {
  const labels = useLabels();
  return (
    <section>
      <h2>{labels.study.series}</h2>
      {detail.series.length === 0 ? <p className="quiet">{labels.study.none}</p> : null}
      <ul className="series">
        {detail.series.map((series) => (
          <li key={series.seriesInstanceUid}>
            <span className="modality">{series.modality ?? '?'}</span> {series.description ?? labels.unknown}{' '}
            <span className="quiet">
              {labels.study.images(series.instanceCount)}, {clockText(series.lastAt, now, labels, true)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function TimelineSection({
  entries,
  now,
}: {
  readonly entries: readonly TimelineEntry[];
  readonly now: number;
}) {
  const { labels, language } = useLanguage();
  return (
    <section>
      <h2>{labels.study.timeline}</h2>
      <ol className="timeline">
        {entries.map((entry) => (
          <li key={entry.id}>
            <span className="time">{clockText(entry.at, now, labels, true)}</span> {entry.summary[language]}{' '}
            <span className="quiet">{entry.type}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
