// The command `bench`: room for one call in flight. Made once for many calls: a call costs no closure and no timer
// here.

/** Where calls go. */
export interface Link {
  /** Makes the call. */
  readonly call: () => Promise<unknown>;
  /** Whether no call can be made here any more, after one that failed. */
  readonly over: (error: unknown) => boolean;
}

/** Told how the lane's call ended. */
export interface LaneOwner {
  returned(lane: Lane): void;
  failed(lane: Lane, error: unknown): void;
}

export class Lane {
  readonly link: Link;
  /** When its call's time began, in milliseconds since the load did: when it was made, or was due. */
  since = 0;
  readonly #returned: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(link: Link, owner: LaneOwner) {
    this.link = link;
    this.#returned = () => owner.returned(this);
    this.#failed = (error) => owner.failed(this, error);
  }

  begin(since: number): void {
    this.since = since;
    void this.link.call().then(this.#returned, this.#failed);
  }
}
