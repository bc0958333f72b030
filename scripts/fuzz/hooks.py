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
    if path_parameters and "authorization_id" in path_parameters and lucky():
        path_parameters["authorization_id"] = "seed"
    if path_parameters and "line" in path_parameters and lucky():
        path_parameters["line"] = 1
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        # Business time in the future, of which random times consist, is refused before anything else, too.
        if lucky():
            body.pop("effective_at", None)
        for name, seed in (("customer_id", "customer"), ("account_id", "account")):
            if name in body and seed in SEEDS and lucky():
                body[name] = SEEDS[seed]
        lead_to_money(body)
    return body


def lead_to_money(value):
    """Amounts in the currency that the seeds have, most of them small: another one is refused before anything else is looked at."""
    if isinstance(value, dict):
        if "currency" in value and lucky():
            value["currency"] = "EUR"
        if "amount" in value and isinstance(value["amount"], str) and lucky():
            value["amount"] = f"{chance.randrange(1, 500)}.{chance.randrange(100):02}"
        for member in value.values():
            lead_to_money(member)


@schemathesis.hook
def map_headers(context, headers):
    # To wait for a position that never comes ends in 503 after five seconds, as promised.
    if headers and not str(headers.get("Khata-Min-Position", "0")).isdigit() or headers and int(headers.get("Khata-Min-Position", 0)) > 0:
        headers.pop("Khata-Min-Position")
    return headers


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return json.dumps(value).encode()
