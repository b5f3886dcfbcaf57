import type { Settings } from '@voorrang/platform';

export type NotifierConfig = {
  /** Address of the pages as phones reach it. */
  readonly publicUrl: string;
  /** HTTP gateway for SMS; without it nobody has an SMS address. */
  readonly smsGatewayUrl?: string | undefined;
  /** HTTP gateway for voice calls; without it nobody has a voice address. */
  readonly voiceGatewayUrl?: string | undefined;
  /** How soon work that another instance stored is found; default 1 s. Work of our own is done at the commit. */
  readonly idleMs?: number;
};

/** The notifier's part of the settings. Without a public URL links lead to this machine. */
export const notifierConfigOf = (settings: Settings): NotifierConfig => ({
  publicUrl: settings.VOORRANG_PUBLIC_URL ?? `http://127.0.0.1:${settings.VOORRANG_HTTP_PORT}`,
  smsGatewayUrl: settings.VOORRANG_SMS_GATEWAY_URL,
  voiceGatewayUrl: settings.VOORRANG_VOICE_GATEWAY_URL,
});
