// The part of a browser's EventSource that the official client uses, over the fetch of this process.

/** Reads events of a stream until it ends or is closed. */
export class TestEventSource {
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  onerror: ((event: { message: string }) => void) | undefined;
  readonly #abort = new AbortController();

  constructor(url: string) {
    void this.#read(url);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(url: string): Promise<void> {
    try {
      const response = await fetch(url, { signal: this.#abort.signal });
      this.onopen?.();
      let text = '';
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) this.onmessage?.({ data: event.trim().replace(/^data: /, '') });
      }
      this.onerror?.({ message: 'ended' });
    } catch (error) {
      if (!this.#abort.signal.aborted) this.onerror?.({ message: String(error) });
    }
  }
}
