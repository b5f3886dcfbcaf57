/** What one association owes: one answer after the other, in the order of the requests. */
export class AnswerQueue<Request, Answer> {
  readonly #waiting: Request[] = [];
  readonly #deps: QueueDeps<Request, Answer>;
  #answering: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: QueueDeps<Request, Answer>) {
    this.#deps = deps;
  }

  /** The work in hand, `undefined` when nothing is owed. */
  get answering(): Promise<void> | undefined {
    return this.#answering;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#deps.limit;
  }

  push(request: Request): void {
    if (this.#stopped) return;
    this.#waiting.push(request);
    this.#answering ??= this.#answerAll();
  }

  /** The one in hand is still answered, no other is begun. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
  }

  async #answerAll(): Promise<void> {
    const { answer, send, onRoom, onIdle } = this.#deps;
    for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
      send(request, await answer(request));
      if (!this.#stopped && !this.isFull) onRoom();
    }
    this.#answering = undefined;
    onIdle();
  }
}

export type QueueDeps<Request, Answer> = {
  /** Requests that may wait before their sender should not be read any further. */
  readonly limit: number;
  /** Never rejects. */
  readonly answer: (request: Request) => Promise<Answer>;
  readonly send: (request: Request, answer: Answer) => void;
  readonly onRoom: () => void;
  /** Nothing is owed any more. */
  readonly onIdle: () => void;
};
