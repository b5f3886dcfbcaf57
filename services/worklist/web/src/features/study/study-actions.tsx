import type { Row, UrgencyClass } from '@voorrang/contracts';
import { type FormEvent, useState } from 'react';
import { type ActionOutcome, actOnStudy, type StudyAction } from '../../shared/actions.ts';
import { useLabels } from '../../shared/language.tsx';
import { classesAbove } from './view-model.ts';

type Props = { readonly row: Row; readonly isMine: boolean; readonly onActed: () => void };
type Asking = 'nothing' | 'read' | 'raise' | { readonly takeOver: StudyAction; readonly by: string };

/** Claim, release, read and raise. Reading takes two steps: it takes the study off the list. */
export function StudyActions({ row, isMine, onActed }: Props) {
  const labels = useLabels();
  const [asking, setAsking] = useState<Asking>('nothing');
  const [notice, setNotice] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const act = async (action: StudyAction, body: unknown = {}): Promise<void> => {
    setBusy(true);
    const outcome: ActionOutcome = await actOnStudy(row.studyId, action, body);
    setBusy(false);
    setNotice(outcome.kind === 'failed' ? labels.actions.failed(outcome.what) : null);
    setAsking(outcome.kind === 'held' ? { takeOver: action, by: outcome.by } : 'nothing');
    onActed();
  };
  const isDone = row.list === 'done';
  const higher = classesAbove(row);
  return (
    <section className="actions">
      {isMine ? (
        <button type="button" className="button" disabled={busy} onClick={() => void act('release')}>
          {labels.actions.release}
        </button>
      ) : (
        <button type="button" className="button primary" disabled={busy || isDone} onClick={() => void act('claim')}>
          {labels.actions.claim}
        </button>
      )}
      {asking === 'read' ? (
        <>
          <button type="button" className="button primary" disabled={busy} onClick={() => void act('read')}>
            {labels.actions.confirmRead}
          </button>
          <button type="button" className="button" onClick={() => setAsking('nothing')}>
            {labels.actions.cancel}
          </button>
        </>
      ) : (
        <button type="button" className="button" disabled={busy || isDone} onClick={() => setAsking('read')}>
          {labels.actions.read}
        </button>
      )}
      {higher.length === 0 || isDone || asking === 'raise' ? null : (
        <button type="button" className="button" disabled={busy} onClick={() => setAsking('raise')}>
          {labels.actions.raise}
        </button>
      )}
      {asking === 'raise' ? (
        <RaiseForm
          classes={higher}
          busy={busy}
          onCancel={() => setAsking('nothing')}
          onSend={(reason, urgency) => void act('raise', { reason, class: urgency })}
        />
      ) : null}
      {typeof asking === 'object' ? (
        <p className="held">
          {labels.actions.heldBy(asking.by)}{' '}
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void act(asking.takeOver, { takeOver: true })}
          >
            {labels.actions.takeOver}
          </button>
        </p>
      ) : null}
      <output className="notice">{notice}</output>
    </section>
  );
}

type RaiseProps = {
  readonly classes: readonly UrgencyClass[];
  readonly busy: boolean;
  readonly onCancel: () => void;
  readonly onSend: (reason: string, urgency: UrgencyClass) => void;
};

function RaiseForm({ classes, busy, onCancel, onSend }: RaiseProps) {
  const labels = useLabels();
  const [reason, setReason] = useState('');
  const [urgency, setUrgency] = useState(classes[0]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (reason.trim() !== '' && urgency !== undefined) onSend(reason.trim(), urgency);
  };
  return (
    <form className="raise" onSubmit={submit}>
      <label>
        {labels.actions.raiseClass}
        <select value={urgency} onChange={(event) => setUrgency(classes.find((one) => one === event.target.value))}>
          {classes.map((one) => (
            <option key={one} value={one}>
              {labels.classes[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {labels.actions.raiseReason}
        <input value={reason} maxLength={1024} onChange={(event) => setReason(event.target.value)} />
      </label>
      <button type="submit" className="button primary" disabled={busy || reason.trim() === ''}>
        {labels.actions.raiseSend}
      </button>
      <button type="button" className="button" onClick={onCancel}>
        {labels.actions.cancel}
      </button>
    </form>
  );
}
