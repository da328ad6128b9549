/** The language of the page: chosen by the user, else by the browser. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { I18nProvider, type I18nProviderProps } from "@cloudscape-design/components/i18n";
import { en, type Texts } from "./en";

export const LANGUAGES = { ja: "日本語", en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
const KEY = "futago.language";

/** What a code means and what to do: why a tunnel failed, or why nothing says that it is up. */
export function explain(texts: Texts, code: string): [string, string] | undefined {
  return texts.reasons[code] ?? texts.health.causes[code];
}

interface Loaded {
  texts: Texts;
  kit: I18nProviderProps.Messages;
}

const LOADERS: Record<Language, () => Promise<Loaded>> = {
  en: async () => ({
    texts: en,
    kit: (await import("@cloudscape-design/components/i18n/messages/all.en")).default,
  }),
  ja: async () => ({
    texts: (await import("./ja")).ja,
    kit: (await import("@cloudscape-design/components/i18n/messages/all.ja")).default,
  }),
  zh: async () => ({
    texts: (await import("./zh")).zh,
    kit: (await import("@cloudscape-design/components/i18n/messages/all.zh-CN")).default,
  }),
};
const LOCALES: Record<Language, string> = { ja: "ja", en: "en", zh: "zh-CN" };

interface Spoken {
  texts: Texts;
  language: Language;
  speak: (language: Language) => void;
}

const Context = createContext<Spoken | null>(null);

export function firstLanguage(stored: string | null, wanted: readonly string[]): Language {
  if (stored && stored in LANGUAGES) return stored as Language;
  const found = wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each in LANGUAGES);
  return (found as Language | undefined) ?? "en";
}

export function Speaking({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() =>
    firstLanguage(localStorage.getItem(KEY), navigator.languages),
  );
  const [loaded, setLoaded] = useState<(Loaded & { language: Language }) | null>(null);
  useEffect(() => {
    let isMeant = true;
    void LOADERS[language]().then((found) => isMeant && setLoaded({ ...found, language }));
    return () => void (isMeant = false);
  }, [language]);
  useEffect(() => {
    document.documentElement.lang = LOCALES[language];
  }, [language]);
  const spoken = useMemo(
    () =>
      loaded && {
        texts: loaded.texts,
        language: loaded.language,
        speak: (next: Language) => {
          localStorage.setItem(KEY, next);
          setLanguage(next);
        },
      },
    [loaded],
  );
  if (!spoken || !loaded) return null;
  return (
    <Context.Provider value={spoken}>
      <I18nProvider locale={LOCALES[loaded.language]} messages={[loaded.kit]}>
        {children}
      </I18nProvider>
    </Context.Provider>
  );
}

export function useSpoken(): Spoken {
  const spoken = useContext(Context);
  if (!spoken) throw new Error("a text is needed outside of <Speaking>");
  return spoken;
}

/** The texts of the page's language. */
export function useTexts(): Texts {
  return useSpoken().texts;
}
