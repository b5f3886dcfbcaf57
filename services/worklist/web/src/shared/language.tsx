import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { en, type Labels } from './labels/en.ts';
import { nl } from './labels/nl.ts';

export type Language = 'en' | 'nl';
const all: Readonly<Record<Language, Labels>> = { en, nl };
const storageKey = 'voorrang.language';

type LanguageValue = { readonly language: Language; readonly labels: Labels; readonly toggle: () => void };
const LanguageContext = createContext<LanguageValue>({ language: 'en', labels: en, toggle: () => undefined });

export const useLanguage = (): LanguageValue => useContext(LanguageContext);
export const useLabels = (): Labels => useContext(LanguageContext).labels;

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const toggle = useCallback(() => {
    setLanguage((now) => {
      const next = now === 'en' ? 'nl' : 'en';
      window.localStorage.setItem(storageKey, next);
      return next;
    });
  }, []);
  const value = useMemo(() => ({ language, labels: all[language], toggle }), [language, toggle]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

function firstLanguage(): Language {
  const stored = window.localStorage.getItem(storageKey);
  if (stored === 'en' || stored === 'nl') return stored;
  return navigator.language.toLowerCase().startsWith('nl') ? 'nl' : 'en';
}
