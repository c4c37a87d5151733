/** One event on its way to a plugin, as text: nobody can change it for others. */
export interface QueuedEvent {
  readonly run: string;
  readonly text: string;
}

interface Bounds {
  events: number;
  text: number;
}

/** Events that wait for one plugin, bounded in number and size. */
export class EventQueue {
  readonly #bounds: Bounds;
  #events: QueuedEvent[] = [];
  /** Where the queue begins in `#events`: taking from the front of an array would move all of it. */
  #first = 0;
  #text = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#events.length - this.#first;
  }

  /** Whether another event may fit, as long as its size is not known. */
  get hasRoom(): boolean {
    return this.length < this.#bounds.events && this.#text < this.#bounds.text;
  }

  /** @returns false if the event does not fit. */
  add(event: QueuedEvent): boolean {
    if (!this.hasRoom || this.#text + event.text.length > this.#bounds.text) return false;
    this.#events.push(event);
    this.#text += event.text.length;
    return true;
  }

  /** Takes what came first: at least one event if there is any, then as many as the bounds allow. */
  take({ events, text }: Bounds): QueuedEvent[] {
    const taken: QueuedEvent[] = [];
    for (let size = 0; taken.length < events && this.length > 0; ) {
      const next = this.#events[this.#first];
      if (!next || (taken.length > 0 && size + next.text.length > text)) break;
      taken.push(next);
      size += next.text.length;
      this.#first += 1;
      this.#text -= next.text.length;
    }
    if (this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return taken;
  }

  /** Puts events back in front, even beyond the bounds: they had their place. */
  putBack(events: readonly QueuedEvent[]): void {
    this.#events = [...events, ...this.#events.slice(this.#first)];
    this.#first = 0;
    for (const { text } of events) this.#text += text.length;
  }

  clear(): void {
    this.#events = [];
    this.#first = 0;
    this.#text = 0;
  }
}
