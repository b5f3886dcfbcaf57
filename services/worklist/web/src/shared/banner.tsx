import type { ReactNode } from 'react';

/** A statement about the whole page that must not be missed. */
export function Banner({ tone, children }: { readonly tone: 'alarm' | 'warning'; readonly children: ReactNode }) {
  return (
    <div role="alert" className={`banner banner-${tone}`}>
      {children}
    </div>
  );
}
