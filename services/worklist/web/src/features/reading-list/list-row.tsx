import { memo } from 'react';
import { useLanguage } from '../../shared/language.tsx';
import { AiDisplays } from './ai-display.tsx';
import type { LiveRow, Move } from './live-list.ts';
import {
  aiViews,
  claimView,
  classView,
  dueView,
  flagViews,
  locationView,
  patientView,
  studyView,
  whyView,
} from './view-model.ts';

export type ListRowProps = {
  readonly row: LiveRow;
  readonly index: number;
  /** Time of the service, to the minute: a row is drawn again when it changes. */
  readonly now: number;
  readonly user: string | null;
  readonly selected: boolean;
  readonly move: Move | undefined;
  readonly confirming: boolean;
  readonly measure: (element: HTMLTableRowElement | null) => void;
  readonly onSelect: (studyId: string) => void;
  readonly onOpen: (studyId: string) => void;
};

export const ListRow = memo(function ListRow(props: ListRowProps) {
  const { row, index, now, user, selected, move, confirming, measure, onSelect, onOpen } = props;
  const { labels, language } = useLanguage();
  const due = dueView(row, labels, now);
  const urgency = classView(row, labels);
  const patient = patientView(row, labels, now);
  const study = studyView(row, labels);
  const location = locationView(row, labels);
  const why = whyView(row, labels, language);
  const claim = claimView(row, labels, now, user);
  const flags = flagViews(row, labels);
  const moved = move === undefined ? '' : `moved-${move.kind}`;
  return (
    <tr
      ref={measure}
      data-index={index}
      data-study-id={row.studyId}
      data-rank={row.rank}
      data-band={row.band}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={selected ? 0 : -1}
      className={`row class-${urgency.tone} ${moved}`}
      onClick={() => onSelect(row.studyId)}
      onDoubleClick={() => onOpen(row.studyId)}
    >
      <td className="cell-rank">
        <span className="rank">{row.rank}</span>
        {why.raised ? <span className="rank-before">{labels.why.shortWithoutAi(row.rankWithoutAi)}</span> : null}
        {move === undefined ? null : (
          <span className="move">
            {move.kind === 'fresh' ? labels.moved.fresh : labels.moved[move.kind](move.from)}
          </span>
        )}
      </td>
      <td className="cell-due">
        <span className={`class-chip chip-${urgency.tone}`}>{urgency.text}</span>
        <span className={`due due-${due.tone}`}>{due.text}</span>
        {due.detail === null ? null : <span className="quiet">{due.detail}</span>}
      </td>
      <td>
        <a
          className="strong row-link"
          href={`/studies/${row.studyId}`}
          tabIndex={-1}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(row.studyId);
          }}
        >
          {patient.name}
        </a>
        <span className="quiet">{patient.facts}</span>
      </td>
      <td>
        <span className="strong">
          <span className="modality">{study.modality}</span> {study.title}
        </span>
        <span className="quiet">{study.facts}</span>
      </td>
      <td>
        <span className="strong">{location.title}</span>
        <span className="quiet">{location.facts}</span>
      </td>
      <td>
        <AiDisplays views={aiViews(row, labels, now)} none={labels.ai.none} />
      </td>
      <td className="cell-why" title={why.sentence}>
        {why.reason}
      </td>
      <td className="cell-status">
        {confirming ? <span className="confirm">{labels.list.confirmRead}</span> : null}
        {claim === null ? null : <span className={claim.isMine ? 'claim mine' : 'claim'}>{claim.text}</span>}
        {flags.map(({ flag, text }) => (
          <span key={flag} className={`flag flag-${flag}`}>
            {text}
          </span>
        ))}
      </td>
    </tr>
  );
});
