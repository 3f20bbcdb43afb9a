// Measures BullMQ the way `redis-lab thumbnail bench` measures redis-lab: the
// queue alone, for it makes no thumbnails.
//
//   npm install --prefix target/bullmq bullmq ioredis
//   NODE_PATH=$PWD/target/bullmq/node_modules node benches/bullmq/bench.js [JOBS]
//
// Starts a redis-server of its own on a Unix socket, and the worker in a
// process of its own.
"use strict";

const { Queue, QueueEvents, Worker } = require("bullmq");
const { fork, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const name = "bench";
const connection = { path: process.env.BENCH_SOCKET, maxRetriesPerRequest: null };
// Ours forgets finished jobs after a day; this keeps the latest thousand.
const options = { removeOnComplete: 1000 };

function figure(what, value, unit) {
  console.log(`${what.padEnd(38)} ${value.toFixed(2).padStart(12)} ${unit}`);
}

/** In the child process: a worker of so many slots. */
async function work(concurrency) {
  const worker = new Worker(name, async () => null, { connection, concurrency });
  await worker.waitUntilReady();
  process.send("ready");
}

/** Starts such a process, and waits until it is ready. */
function startWorker(concurrency) {
  const child = fork(__filename, ["worker", String(concurrency)]);
  return new Promise((resolve) => child.once("message", () => resolve(child)));
}

async function untilEmpty(queue) {
  for (;;) {
    const counts = await queue.getJobCounts("waiting", "active", "delayed");
    if (counts.waiting + counts.active + counts.delayed === 0) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function measure(jobs) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  await events.waitUntilReady();

  let worker = await startWorker(2);
  const times = [];
  for (let i = 0; i < 220; i++) {
    const began = performance.now();
    const job = await queue.add("noop", {}, options);
    await job.waitUntilFinished(events);
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  worker.kill("SIGKILL");
  times.splice(0, 20);
  times.sort((a, b) => a - b);
  figure("enqueue to result, p50", times[Math.ceil(times.length * 0.5) - 1], "ms");
  figure("enqueue to result, p99", times[Math.ceil(times.length * 0.99) - 1], "ms");

  for (const inFlight of [2, 64]) {
    worker = await startWorker(inFlight);
    const began = performance.now();
    await addAll(queue, jobs);
    await untilEmpty(queue);
    figure(`no-op jobs, ${inFlight} in flight`, jobs / ((performance.now() - began) / 1000), "jobs/s");
    worker.kill("SIGKILL");
  }

  let began = performance.now();
  for (let i = 0; i < jobs; i++) {
    await queue.add("noop", {}, options);
  }
  figure("enqueue one by one", jobs / ((performance.now() - began) / 1000), "jobs/s");
  began = performance.now();
  await addAll(queue, jobs);
  figure("enqueue pipelined", jobs / ((performance.now() - began) / 1000), "jobs/s");
  await events.close();
  await queue.close();
}

async function addAll(queue, jobs) {
  for (let done = 0; done < jobs; done += 1000) {
    const count = Math.min(1000, jobs - done);
    await queue.addBulk(Array.from({ length: count }, () => ({ name: "noop", data: {}, opts: options })));
  }
}

async function main() {
  if (process.argv[2] === "worker") {
    return work(Number(process.argv[3]));
  }
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "bullmq-"));
  connection.path = process.env.BENCH_SOCKET = path.join(dir, "redis.sock");
  const server = spawn("redis-server", ["--port", "0", "--unixsocket", connection.path, "--save", "",
    "--maxmemory-policy", "noeviction"], { stdio: "ignore" });
  while (!fs.existsSync(connection.path)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  try {
    await measure(Number(process.argv[2] || 5000));
  } finally {
    server.kill();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
