import type { AiTone, AiView } from './view-model.ts';

/** One mark per tone: shape says it too, not the colour alone. No tone is green and none is a tick. */
const symbols: Readonly<Record<AiTone, string>> = { positive: '▲', negative: '–', absent: '…', 'absent-warning': '!' };

export function AiDisplays({ views, none }: { readonly views: readonly AiView[]; readonly none: string }) {
  if (views.length === 0) return <p className="ai-none">{none}</p>;
  return (
    <ul className="ai">
      {views.map((view) => (
        <li key={view.key} className={`ai-item ai-${view.tone}`} data-display={view.display} title={view.text}>
          <span className="ai-chip">
            <span aria-hidden="true" className="ai-symbol">
              {symbols[view.tone]}
            </span>
            {view.chip}
          </span>
          <span className="ai-text">
            {view.text}
            {view.note === null ? null : <span className="ai-note"> ({view.note})</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
