/** What can be wrong with a trace file. */
export type TraceErrorCode =
  | 'ERR_TRACE_UNREADABLE' // no such file, no permission, a folder
  | 'ERR_TRACE_GZIP' // gzip data that is cut short or damaged
  | 'ERR_TRACE_MAGIC' // neither gzip nor a trace
  | 'ERR_TRACE_VERSION' // a format version that this reader does not know
  | 'ERR_TRACE_HEADER' // counts that no trace can have
  | 'ERR_TRACE_TRUNCATED' // the file ends inside its header or inside an event
  | 'ERR_TRACE_EVENTS' // more or fewer events than the header says
  | 'ERR_TRACE_VARINT' // a number beyond 2^53 - 1
  | 'ERR_TRACE_SIZE' // a block that no heap can hold
  | 'ERR_TRACE_THREAD' // a thread that the header does not count
  | 'ERR_TRACE_SLOT' // a slot that the header does not count
  | 'ERR_TRACE_EMPTY_SLOT' // free or realloc of a slot without a block
  | 'ERR_TRACE_FULL_SLOT'; // malloc or calloc into a slot that has a block

/** A trace that cannot be replayed; the message says where it is broken. */
export class TraceError extends Error {
  override readonly name = 'TraceError';

  constructor(
    readonly code: TraceErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
