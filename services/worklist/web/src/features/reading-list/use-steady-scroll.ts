import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** A pointer that has rested this long is nobody about to click. */
const restMs = 10_000;

type Steady = {
  /** Studies that came in above what is in view, while it was held. */
  readonly above: number;
  readonly toTop: () => void;
};

/**
 * Keeps the row under a moving pointer, or the one scrolled to, where it is when rows come in or move above it: a click must hit what was aimed at.
 * At the top and with the pointer away or at rest, the list follows its head, so that new urgent studies are seen.
 */
export function useSteadyScroll(
  scroller: RefObject<HTMLElement | null>,
  virtualizer: Virtualizer<HTMLElement, HTMLTableRowElement>,
  ids: readonly string[],
): Steady {
  const pointer = useRef<{ y: number; at: number } | null>(null);
  const before = useRef(ids);
  const held = useRef(false);
  const [above, setAbove] = useState(0);

  const toTop = useCallback(() => {
    held.current = false;
    setAbove(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const move = (event: PointerEvent): void => {
      pointer.current = { y: event.clientY, at: Date.now() };
    };
    const leave = (): void => {
      pointer.current = null;
      if (held.current) toTop();
    };
    const scrolled = (): void => {
      if (element.scrollTop > 0) return;
      held.current = false;
      setAbove(0);
    };
    const rest = window.setInterval(() => {
      const isResting = pointer.current === null || Date.now() - pointer.current.at > restMs;
      if (held.current && isResting) toTop();
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
    if (element === null || old === ids || old.length === 0 || ids.length === 0) return;
    const pointing = pointer.current !== null && Date.now() - pointer.current.at <= restMs ? pointer.current : null;
    const atTop = element.scrollTop <= 0;
    if (atTop && pointing === null) return;
    const y = pointing === null ? 0 : pointing.y - element.getBoundingClientRect().top;
    const anchorIndex = virtualizer.getVirtualItemForOffset(element.scrollTop + Math.max(0, y))?.index ?? 0;
    const anchor = old[anchorIndex];
    const now = anchor === undefined ? -1 : ids.indexOf(anchor);
    if (now < 0 || now === anchorIndex) return;
    const shift =
      (virtualizer.getOffsetForIndex(now, 'start')?.[0] ?? 0) -
      (virtualizer.getOffsetForIndex(anchorIndex, 'start')?.[0] ?? 0);
    if (atTop && shift > 0) held.current = true;
    element.scrollTop += shift;
    const known = new Set(old.slice(0, anchorIndex));
    const added = ids.slice(0, now).filter((id) => !known.has(id)).length;
    if (added > 0) setAbove((count) => count + added);
  }, [ids, scroller, virtualizer]);

  return { above, toTop };
}
