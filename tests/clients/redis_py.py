"""redis-py against a server: RESP2 and RESP3, pipelines, transactions,
scripts, Pub/Sub, blocking commands, streams, scanning, introspection.

Run by tests/clients/run.sh; the server's port is the only argument. Every
check is an assertion; silence and exit code 0 mean that all held.
"""

import sys
import threading

import redis


def check(client, resp):
    client.flushall()
    assert client.ping()
    assert client.set("k", "v", ex=100, nx=True)
    assert client.get("k") == b"v"
    assert 0 < client.ttl("k") <= 100
    assert client.set("k", "w", get=True) == b"v"
    assert client.incrbyfloat("f", 1.5) == 1.5
    assert client.mset({"a": 1, "b": 2}) and client.mget("a", "b", "c") == [b"1", b"2", None]
    assert client.hset("h", mapping={"x": 1, "y": 2}) == 2
    assert client.hgetall("h") == {b"x": b"1", b"y": b"2"}
    assert client.rpush("l", *range(10)) == 10
    assert client.lrange("l", 0, 2) == [b"0", b"1", b"2"]
    assert client.blpop("l", timeout=1) in ((b"l", b"0"), [b"l", b"0"])
    assert client.sadd("s", "a", "b") == 2 and client.smembers("s") == {b"a", b"b"}
    client.zadd("z", {"one": 1, "two": 2.5})
    pairs = client.zrange("z", 0, -1, withscores=True)
    assert [tuple(p) for p in pairs] == [(b"one", 1.0), (b"two", 2.5)], pairs
    assert sorted(client.scan_iter(match="[ab]")) == [b"a", b"b"]
    assert dict(client.hscan_iter("h")) == {b"x": b"1", b"y": b"2"}

    with client.pipeline() as pipe:
        pipe.incr("n").incr("n").lpush("n", "wrong")
        results = pipe.execute(raise_on_error=False)
        assert results[:2] == [1, 2] and isinstance(results[2], redis.ResponseError)

    def increment(pipe):
        current = int(pipe.get("n"))
        pipe.multi()
        pipe.set("n", current + 1)

    assert client.transaction(increment, "n") == [True] and client.get("n") == b"3"

    script = client.register_script("return {KEYS[1], ARGV[1], redis.call('incr', KEYS[1])}")
    assert script(keys=["n"], args=["x"]) == [b"n", b"x", 4]
    client.function_load("#!lua name=lib\nredis.register_function('f', function(k, a) return a[1] end)", replace=True)
    assert client.fcall("f", 0, "hello") == b"hello"
    assert client.function_delete("lib")

    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("ch")
    while pubsub.get_message(timeout=0.2):
        pass
    assert client.publish("ch", "message") == 1
    message = None
    for _ in range(50):
        message = message or pubsub.get_message(timeout=0.2)
    assert message and message["data"] == b"message", message
    pubsub.close()

    client.xgroup_create("st", "g", id="0", mkstream=True)
    entry = client.xadd("st", {"field": "value"})
    read = client.xreadgroup("g", "ala", {"st": ">"}, count=1)
    assert entry in str(read).encode() or entry.decode() in str(read), read
    assert client.xpending("st", "g")["pending"] == 1
    assert client.xack("st", "g", entry) == 1
    assert client.xinfo_stream("st")["length"] == 1
    assert client.xinfo_groups("st")[0]["name"] == b"g"

    waiting = threading.Thread(target=lambda: results.append(client.brpop("later", timeout=5)))
    waiting.start()
    client.rpush("later", "now")
    waiting.join()
    assert tuple(results[-1]) == (b"later", b"now")

    info = client.info()
    assert info["redis_version"].startswith("8.") and info["connected_clients"] >= 1
    assert client.info("keyspace")["db0"]["keys"] == client.dbsize()
    assert client.config_get("maxmemory") == {"maxmemory": "0"}
    assert client.config_set("slowlog-log-slower-than", 10000)
    assert client.client_list()[0]["user"] == "default"
    assert client.client_setname("tester") and client.client_getname() in ("tester", b"tester")
    assert client.command_count() > 100 and "get" in client.command()
    assert client.slowlog_get() is not None and client.memory_usage("k") > 0
    assert client.object("encoding", "n") in (b"int", "int")
    assert len(client.time()) == 2 and client.lastsave()
    assert client.dump("k") and client.restore("copy", 0, client.dump("k")) and client.get("copy") == b"w"
    client.geoadd("geo", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
    assert client.geosearch("geo", longitude=15, latitude=37, radius=100, unit="km") == [b"Catania"]
    client.pfadd("hll", *range(100))
    assert 90 <= client.pfcount("hll") <= 110
    lock = client.lock("lock", timeout=5)
    assert lock.acquire(blocking=False) and lock.owned()
    lock.release()
    try:
        client.lpush("k", 1)
        raise AssertionError("a string is no list")
    except redis.ResponseError as error:
        assert str(error).startswith("WRONGTYPE") or "wrong kind" in str(error)
    client.flushall()


for protocol in (2, 3):
    check(redis.Redis(port=int(sys.argv[1]), protocol=protocol), protocol)
