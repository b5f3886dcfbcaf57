export type StreamedRow = { readonly studyInstanceUid: string | null; readonly receivedAt: number | null };

/** Reads `row` events of a list; `onRow` is called with the local time of arrival. Ends with the signal. */
export async function streamRows(
  base: string,
  headers: Readonly<Record<string, string>>,
  onRow: (row: StreamedRow, at: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${base}/api/v1/worklist/events?site=EX&list=reading`, { headers, signal });
  let text = '';
  try {
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const at = Date.now();
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        if (!/^event: ?row$/m.test(event)) continue;
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        if (data !== undefined) onRow(JSON.parse(data) as StreamedRow, at);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
