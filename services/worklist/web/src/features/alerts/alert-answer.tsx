import type { Alert } from '@voorrang/contracts';
import { useState } from 'react';
import { actOnAlert } from '../../shared/actions.ts';
import { useLabels } from '../../shared/language.tsx';
import { needsSomebody } from './view-model.ts';

type Props = { readonly alert: Alert; readonly big?: boolean; readonly onAnswered: () => void };

/** Acknowledge and decline. What could not be sent says so in red and stays: an answer that is believed sent and was not is the worst case. */
export function AlertAnswer({ alert, big = false, onAnswered }: Props) {
  const labels = useLabels();
  const [state, setState] = useState<'idle' | 'sending' | 'failed'>('idle');
  if (alert.state === 'acknowledged') {
    return <p className="acknowledged">{labels.alerts.acknowledgedBy(alert.acknowledgedBy ?? labels.unknown)}</p>;
  }
  if (!needsSomebody(alert)) return null;
  const answer = async (action: 'acknowledge' | 'decline'): Promise<void> => {
    setState('sending');
    const outcome = await actOnAlert(alert.id, action);
    setState(outcome.kind === 'done' ? 'idle' : 'failed');
    onAnswered();
  };
  const busy = state === 'sending';
  return (
    <div className={big ? 'answer big' : 'answer'}>
      <button type="button" className="button acknowledge" disabled={busy} onClick={() => void answer('acknowledge')}>
        {busy ? labels.alerts.sending : big ? labels.alerts.acknowledge : labels.alerts.acknowledgeShort}
      </button>
      <button type="button" className="button decline" disabled={busy} onClick={() => void answer('decline')}>
        {big ? labels.alerts.decline : labels.alerts.declineShort}
      </button>
      {state === 'failed' ? (
        <p role="alert" className="not-sent">
          {labels.alerts.notSent}
        </p>
      ) : null}
    </div>
  );
}
