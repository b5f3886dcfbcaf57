import { useEffect, useRef } from 'react';

/** Names of keys and what they do. An action that returns `false` leaves the key to the browser. */
export type KeyBinding = readonly [keys: readonly string[], action: (event: KeyboardEvent) => unknown];

/** Binds keys of the page, except while somebody types or holds a modifier. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // An open dialog has the keys to itself.
      if (document.querySelector('dialog[open]') !== null) return;
      const action = latest.current.find(([keys]) => keys.includes(event.key))?.[1];
      if (action !== undefined && action(event) !== false) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

/** True where Enter or Space belongs to the focused control. */
export const isOnControl = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('a, button, summary') !== null;
