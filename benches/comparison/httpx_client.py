"""Python's httpx.Client, kept for all requests, as one client of the comparison: httpx_client.py OPERATION COUNT.

Sends what a read and a write take, and nothing else. What a process imports is there before the start.
"""

import json
import os
import ssl
import sys
import time

import httpx


def memory(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


def connect():
    environment = os.environ
    return httpx.Client(
        # As httpx does it by default, with certifi's bundle, to which the fake's authority was added.
        verify=ssl.create_default_context(cafile=environment["BUNDLE"]),
        auth=(environment["SP_CLIENT_ID"], environment["SP_API_KEY"]),
        timeout=30,
    )


def ask(client, method, body=None):
    url = f"{os.environ['SP_BASE_URL']}/apps/{os.environ['SP_APP_ID']}"
    return client.request(method, url, json=body).raise_for_status().json()["data"]


def change(client, add, remove):
    domains = ask(client, "GET")["domains"]
    wanted = [name for name in domains if name not in remove]
    wanted += [name for name in add if name not in wanted]
    if wanted != domains:
        ask(client, "POST", {"domains": wanted})


def operate(client, operation, count):
    names = [f"name{n}.example.org" for n in range(count)]
    if operation == "at-once":
        change(client, names, [])
        return
    for name in names:
        if operation == "present":
            change(client, ["present.example.org"], [])
        elif operation == "add":
            change(client, [name], [])
        elif operation == "remove":
            change(client, [], [name])
        else:
            raise SystemExit(f"no operation {operation}")


def main():
    _, operation, count = sys.argv
    client = None
    if "WARM" in os.environ:
        client = connect()
        operate(client, "present", 1)
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    before = memory("VmRSS")
    print("ready", flush=True)
    sys.stdin.readline()
    wall, cpu = time.monotonic(), time.process_time()
    client = client or connect()
    operate(client, operation, int(count))
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    print(json.dumps({"wall_ms": wall * 1e3, "cpu_ms": cpu * 1e3, "memory_kib": memory("VmHWM") - before}))


main()
