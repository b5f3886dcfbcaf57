import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** A pointer that has rested this long is nobody about to click. */
const restMs = 10_000;
/** Rows that come in are measured in the frames after they are drawn; the anchor is set right in each of them. */
const settleFrames = 3;

type Anchor = { readonly id: string; readonly top: number };
type Pointer = { readonly x: number; readonly y: number; readonly at: number };

type Steady = {
  /** Studies that came in above what is in view, while it was held. */
  readonly above: number;
  readonly toTop: () => void;
};

const rowSelector = 'tr[data-study-id]';
const anchorOf = (row: Element | null | undefined): Anchor | null => {
  const id = row?.getAttribute('data-study-id');
  return row && id ? { id, top: row.getBoundingClientRect().top } : null;
};

/**
 * Keeps the row under a moving pointer, or the first one in view after scrolling, where it is when rows come in or move above it: a click must hit what
 * was aimed at. At the top and with the pointer away or at rest, the list follows its head, so that new urgent studies are seen.
 */
export function useSteadyScroll(
  scroller: RefObject<HTMLElement | null>,
  virtualizer: Virtualizer<HTMLElement, HTMLTableRowElement>,
  ids: readonly string[],
): Steady {
  const pointer = useRef<Pointer | null>(null);
  const anchor = useRef<Anchor | null>(null);
  const before = useRef(ids);
  const held = useRef(false);
  const [above, setAbove] = useState(0);

  const toTop = useCallback(() => {
    held.current = false;
    anchor.current = null;
    setAbove(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const note = (): void => {
      const at = pointer.current;
      const isPointing = at !== null && Date.now() - at.at <= restMs;
      const pointed = isPointing ? document.elementFromPoint(at.x, at.y)?.closest(rowSelector) : null;
      const head = element.querySelector('thead')?.getBoundingClientRect().bottom ?? 0;
      const first = [...element.querySelectorAll(rowSelector)].find((row) => row.getBoundingClientRect().bottom > head);
      anchor.current = element.scrollTop <= 0 && !isPointing ? null : anchorOf(pointed ?? first);
    };
    const move = (event: PointerEvent): void => {
      pointer.current = { x: event.clientX, y: event.clientY, at: Date.now() };
      note();
    };
    const leave = (): void => {
      pointer.current = null;
      if (held.current) toTop();
      else note();
    };
    const scrolled = (): void => {
      note();
      if (element.scrollTop > 0) return;
      held.current = false;
      setAbove(0);
    };
    const rest = window.setInterval(() => {
      const isResting = pointer.current === null || Date.now() - pointer.current.at > restMs;
      if (!isResting) return;
      if (held.current) toTop();
      else if (element.scrollTop <= 0) anchor.current = null;
    }, 1_000);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerleave', leave);
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      window.clearInterval(rest);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
      element.removeEventListener('scroll', scrolled);
    };
  }, [scroller, toTop]);

  useLayoutEffect(() => {
    const element = scroller.current;
    const old = before.current;
    before.current = ids;
    const kept = anchor.current;
    if (element === null || kept === null || old === ids) return;
    const place = ids.indexOf(kept.id);
    const oldPlace = old.indexOf(kept.id);
    if (place < 0 || oldPlace < 0 || place === oldPlace) return;
    if (element.scrollTop <= 0 && place > oldPlace) held.current = true;
    const known = new Set(old.slice(0, oldPlace));
    const added = ids.slice(0, place).filter((id) => !known.has(id)).length;
    if (added > 0) setAbove((count) => count + added);
    return keepInPlace(element, virtualizer, kept, place);
  }, [ids, scroller, virtualizer]);

  return { above, toTop };
}

/** Scrolls until the anchor stands where it stood; returns what stops it. */
function keepInPlace(
  element: HTMLElement,
  virtualizer: Virtualizer<HTMLElement, HTMLTableRowElement>,
  { id, top }: Anchor,
  place: number,
): () => void {
  let frames = settleFrames;
  let next = 0;
  const correct = (): void => {
    const row = element.querySelector(`tr[data-study-id="${CSS.escape(id)}"]`);
    if (row !== null) element.scrollTop += row.getBoundingClientRect().top - top;
    else {
      // Too far away to be drawn: go near it, the next frame does the rest.
      const near = virtualizer.getOffsetForIndex(place, 'start')?.[0];
      if (near !== undefined) element.scrollTop = near;
    }
    frames -= 1;
    if (frames > 0) next = window.requestAnimationFrame(correct);
  };
  correct();
  return () => window.cancelAnimationFrame(next);
}
