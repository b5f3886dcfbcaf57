export const usage = `Usage: voorrang COMMAND

  start [SERVICE]        all five services in one process, or one of them:
                         ingest, ai-results, prioritisation, notifier, worklist
  demo [--speed N]       starts and plays a synthetic evening through the real ports
  rebuild                forgets the snapshot of the reading list; the next start folds the log anew
  journal check DIR      verifies every record of a journal; --repair cuts what does not verify, keeping it aside
  policy check DIR       checks a local protocol directory and names every mistake with file and line

Settings come from the environment (VOORRANG_...) or the file that VOORRANG_CONFIG names; see the README.
Voorrang re-orders and notifies. It is not a certified medical device.
`;
