/** What the programs remote_*.ts have in common: a manager with one queue, where it is, and the key. */
import { BaseManager, type Creator, type Queue } from "@multiprocessing/deno";

export class QueueManager extends BaseManager {
  declare getQueue: Creator<() => Queue<string>>;
}

/** Where the server is; the host of another machine if it is there. */
export const address: [host: string, port: number] = ["127.0.0.1", Number(Deno.args[0] ?? 50_000)];

/** What all of them know, and nobody else. */
export const authKey = "abracadabra";
