import { useCallback, useRef, useState } from 'react';

/** The same array while its content is the same: a new revision that moves nothing must not count as a move. */
export function useStable(ids: readonly string[]): readonly string[] {
  const last = useRef(ids);
  if (last.current.length !== ids.length || last.current.some((id, index) => id !== ids[index])) last.current = ids;
  return last.current;
}

/** Selection by study, not by place: it stays with its study when that moves. */
export function useSelection(
  ids: readonly string[],
  virtualizer: { scrollToIndex: (index: number, options: { align: 'auto' }) => void },
  scroller: { readonly current: HTMLElement | null },
) {
  const [selected, setSelected] = useState<string | null>(null);
  const goTo = (index: number): void => {
    const id = ids[index];
    if (id === undefined) return;
    setSelected(id);
    virtualizer.scrollToIndex(index, { align: 'auto' });
    window.requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`tr[data-study-id="${CSS.escape(id)}"]`)
        ?.focus({ preventScroll: true }),
    );
  };
  const step = (by: 1 | -1): void => {
    const at = selected === null ? -1 : ids.indexOf(selected);
    goTo(at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by)));
  };
  const select = useCallback((studyId: string) => setSelected(studyId), []);
  return { selected, select, step, toFirst: () => goTo(0) };
}
