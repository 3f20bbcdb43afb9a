// ioredis against a server: pipelines, transactions, scripts, Pub/Sub,
// streams, scanning. Run by tests/clients/run.sh; the port is the argument.
const assert = require("node:assert");
const Redis = require("ioredis");

const port = Number(process.argv[2]);

async function main() {
  const client = new Redis(port);
  await client.flushall();
  assert.equal(await client.set("k", "v", "EX", 100), "OK");
  assert.equal(await client.get("k"), "v");
  assert.equal(await client.getBuffer("k").then(String), "v");
  await client.hset("h", { a: 1, b: 2 });
  assert.deepEqual(await client.hgetall("h"), { a: "1", b: "2" });
  assert.deepEqual(await client.pipeline().incr("n").incr("n").exec(), [[null, 1], [null, 2]]);
  const [[, one], [wrong]] = await client.multi().set("m", 1).lpush("m", 2).exec();
  assert.equal(one, "OK");
  assert.match(wrong.message, /^WRONGTYPE/);
  client.defineCommand("add", { numberOfKeys: 1, lua: "return redis.call('incrby', KEYS[1], ARGV[1])" });
  assert.equal(await client.add("n", 5), 7);
  assert.equal(await client.add("n", 5), 12);

  const subscriber = new Redis(port);
  const received = new Promise((resolve) => subscriber.on("message", (...message) => resolve(message)));
  await subscriber.subscribe("ch");
  assert.equal(await client.publish("ch", "hello"), 1);
  assert.deepEqual(await received, ["ch", "hello"]);
  subscriber.disconnect();

  await client.xgroup("CREATE", "st", "g", "0", "MKSTREAM");
  const id = await client.xadd("st", "*", "field", "value");
  const read = await client.xreadgroup("GROUP", "g", "ala", "COUNT", 1, "STREAMS", "st", ">");
  assert.deepEqual(read, [["st", [[id, ["field", "value"]]]]]);
  assert.equal(await client.xack("st", "g", id), 1);

  await client.zadd("z", 1, "a", 2.5, "b");
  assert.deepEqual(await client.zrange("z", 0, -1, "WITHSCORES"), ["a", "1", "b", "2.5"]);
  const blocked = client.duplicate();
  const popped = blocked.blpop("later", 5);
  await client.rpush("later", "x");
  assert.deepEqual(await popped, ["later", "x"]);
  blocked.disconnect();

  let keys = [];
  for await (const batch of client.scanStream({ match: "*", count: 2 })) keys.push(...batch);
  assert.deepEqual([...new Set(keys)].sort(), ["h", "k", "m", "n", "st", "z"]);
  assert.match(await client.info("server"), /redis_version:8\./);
  await client.flushall();
  client.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
