// The colour theme: light, dark, or the system's. The choice is kept in this browser only.
import { useEffect, useState } from 'preact/hooks';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'wallet-console-theme';

export function storedTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return themes.find((theme) => theme === stored) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  document.documentElement.dataset.theme = theme;
}

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/**
 * The theme, a function that changes it, and whether it is dark now: plots must be drawn again when that
 * changes.
 */
export function useTheme(): { theme: Theme; choose: (theme: Theme) => void; isDark: boolean } {
  const [theme, setTheme] = useState(storedTheme);
  const [systemDark, setSystemDark] = useState(systemIsDark.matches);
  useEffect(() => {
    const onChange = () => {
      setSystemDark(systemIsDark.matches);
    };
    systemIsDark.addEventListener('change', onChange);
    return () => {
      systemIsDark.removeEventListener('change', onChange);
    };
  }, []);
  return {
    theme,
    choose: (chosen) => {
      applyTheme(chosen);
      setTheme(chosen);
    },
    isDark: theme === 'dark' || (theme === 'system' && systemDark),
  };
}
