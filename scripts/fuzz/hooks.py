"""Leads random requests to things that exist, three times out of four, and keeps them from what would only wait.

A request whose id names nothing tests one line of Khata; one that meets an account tests its rules.
"""

import json
import os
import random

import schemathesis

with open(os.environ["KHATA_FUZZ_SEEDS"], encoding="utf-8") as file:
    SEEDS = json.load(file)

# The collection in a path, and the seed that its `{id}` may stand for.
COLLECTIONS = {"customers": "customer", "accounts": "account", "loans": "loan", "cards": "card", "orders": "order"}
chance = random.Random(7)


def lucky():
    return chance.random() < 0.75


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    parts = context.operation.path.split("/")
    seed = SEEDS.get(COLLECTIONS.get(parts[2] if len(parts) > 2 else "", ""))
    if path_parameters and "id" in path_parameters and seed and lucky():
        path_parameters["id"] = seed
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        for name, seed in (("customer_id", "customer"), ("account_id", "account")):
            if name in body and seed in SEEDS and lucky():
                body[name] = SEEDS[seed]
        lead_to_currency(body)
    return body


def lead_to_currency(value):
    """Amounts in the currency that the seeds have: another one is refused before anything else is looked at."""
    if isinstance(value, dict):
        if "currency" in value and lucky():
            value["currency"] = "EUR"
        for member in value.values():
            lead_to_currency(member)


@schemathesis.hook
def map_headers(context, headers):
    # To wait for a position that never comes ends in 503 after five seconds, as promised.
    if headers and not str(headers.get("Khata-Min-Position", "0")).isdigit() or headers and int(headers.get("Khata-Min-Position", 0)) > 0:
        headers.pop("Khata-Min-Position")
    return headers


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return json.dumps(value).encode()
