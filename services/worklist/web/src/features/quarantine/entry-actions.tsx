import type { QuarantineEntry } from '@voorrang/contracts';
import { type FormEvent, useState } from 'react';
import { useLabels } from '../../shared/language.tsx';
import { type Acted, dismissEntry, replayEntry } from './use-quarantine.ts';
import { problemText } from './view-model.ts';

type Props = { readonly entry: QuarantineEntry; readonly onActed: () => void };

/** Correct and replay, or dismiss. What was dealt with shows its state only. */
export function EntryActions({ entry, onActed }: Props) {
  const { quarantine } = useLabels();
  const [content, setContent] = useState(entry.content);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [acted, setActed] = useState<Acted | null>(null);
  const isChanged = content !== entry.content;
  const mayAct = entry.state === 'open' || entry.state === 'flagged';

  const act = async (work: Promise<Acted>): Promise<void> => {
    setBusy(true);
    const done = await work;
    setBusy(false);
    setActed(done);
    if (done.kind === 'dismissed' || (done.kind === 'replayed' && done.outcome.outcome === 'accepted')) onActed();
  };
  const dismiss = (event: FormEvent): void => {
    event.preventDefault();
    if (reason.trim() !== '') void act(dismissEntry(entry.id, reason.trim()));
  };
  if (!mayAct) return entry.state === 'replayed' ? <p className="strong">{quarantine.accepted}</p> : null;
  return (
    <section className="entry-actions">
      {entry.kind === 'hl7' ? (
        <label>
          {quarantine.correct}
          <textarea
            value={content}
            onChange={(event) => setContent(event.target.value)}
            rows={Math.min(20, content.split('\n').length + 1)}
            spellCheck={false}
            wrap="off"
          />
          <span className="quiet">{quarantine.hint}</span>
        </label>
      ) : null}
      {entry.kind === 'hl7' ? (
        <p className="answer">
          <button
            type="button"
            className="button primary"
            disabled={busy}
            onClick={() => void act(replayEntry(entry.id, isChanged ? content : undefined))}
          >
            {busy ? quarantine.sending : isChanged ? quarantine.replayCorrected : quarantine.replay}
          </button>
          {isChanged ? (
            <button type="button" className="button" onClick={() => setContent(entry.content)}>
              {quarantine.reset}
            </button>
          ) : null}
        </p>
      ) : null}
      <div role="alert">
        <Outcome acted={acted} />
      </div>
      <form className="answer" onSubmit={dismiss}>
        <label>
          {quarantine.reason}{' '}
          <input value={reason} maxLength={1024} onChange={(event) => setReason(event.target.value)} />
        </label>
        <button type="submit" className="button" disabled={busy || reason.trim() === ''}>
          {quarantine.dismiss}
        </button>
      </form>
    </section>
  );
}

function Outcome({ acted }: { readonly acted: Acted | null }) {
  const { quarantine } = useLabels();
  if (acted === null || acted.kind === 'dismissed') return null;
  if (acted.kind === 'failed') return <p className="not-sent">{quarantine.failed(acted.what)}</p>;
  if (acted.outcome.outcome === 'accepted') return <p className="strong">{quarantine.accepted}</p>;
  return (
    <div className="not-sent">
      {quarantine.refused}
      <ul>
        {acted.outcome.problems.map((problem) => (
          <li key={`${problem.location} ${problem.condition}`}>{problemText(problem)}</li>
        ))}
      </ul>
    </div>
  );
}
