import { useEffect, useRef } from 'react';
import { useLabels } from './language.tsx';

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const labels = useLabels();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="help" onClose={onClose} aria-labelledby="help-title">
      <h2 id="help-title">{labels.help.title}</h2>
      <dl>
        {labels.help.rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" className="button">
          {labels.help.close}
        </button>
      </form>
    </dialog>
  );
}
