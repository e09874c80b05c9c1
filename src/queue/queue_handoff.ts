/**
 * How queues cross to another process: as all that lies in shared words.
 *
 * @module
 */

import { registerPrimitive } from "../channel/shared_handoff.ts";
import { JoinableQueue, Queue, queuePort, SimpleQueue } from "./queue.ts";

registerPrimitive(Queue, queuePort, () => new Queue());
registerPrimitive(JoinableQueue, queuePort, () => new JoinableQueue());
registerPrimitive(SimpleQueue, queuePort, () => new SimpleQueue());
