import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env.VOORRANG_TEST_CHROMIUM ?? '/usr/bin/chromium';
/** What a story in the browser needs beside its senders. */
export const browserPrograms = process.env.VOORRANG_TEST_CHROMIUM === undefined ? ['chromium'] : [];

/** Kept beside the run; with this variable set to `docs/screenshots` the committed ones are made anew. */
const screenshots = join(
  import.meta.dirname,
  '../../../..',
  process.env.VOORRANG_TEST_SCREENSHOTS ?? 'test-results/screenshots',
);
export const screenshot = (name: string): string => join(screenshots, name);

export const dutch = { locale: 'nl-NL', timezoneId: 'Europe/Amsterdam' } as const;

export async function openBrowser(): Promise<{ readonly browser: Browser; readonly page: Page }> {
  await mkdir(screenshots, { recursive: true });
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return { browser, page: await browser.newPage({ viewport: { width: 1440, height: 900 }, ...dutch }) };
}
