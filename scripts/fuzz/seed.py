"""Makes one of everything through the API, and writes the ids down: `seed.py URL FILE`.

What each seed is made with stands in SEEDS: the path it is posted to, its body, and the commands that bring it into the state in which
most commands are possible. `{customer}` and the like stand for the ids of seeds made before.
"""

import json
import sys
import urllib.request

DOCUMENTS = [{"type": "passport", "number": "P1"}, {"type": "driving_licence", "number": "D1"}]
MONEY = {"amount": "5000.00", "currency": "EUR"}
ITEM = {"product_id": "11", "seller_id": "5", "name": "Queso Cabrales", "quantity": 12, "unit_price": {"amount": "14.00", "currency": "EUR"}}
ADDRESS = {"recipient": "Asha Rao", "line1": "12 MG Road", "city": "Pune", "country": "IN"}
PRICE = {"amount": "12.50", "currency": "EUR"}
SEEDS = {
    "customer": (
        "/v1/customers",
        {"name": "Asha Rao", "email": "asha@khata.example", "phone": "+91 98450 12345", "type": "business", "documents": DOCUMENTS},
        [("kyc", {"verdict": "verified"})],
    ),
    "account": ("/v1/accounts", {"customer_id": "{customer}", "account_type": "business", "currency": "EUR", "initial_deposit": MONEY}, []),
    "loan": (
        "/v1/loans",
        {
            "customer_id": "{customer}",
            "loan_type": "business",
            "principal": MONEY,
            "annual_rate": "9.5",
            "term_months": 24,
            "day_count": "ACT/365",
        },
        [
            ("assessment", {"credit_score": 780, "income_verified": True}),
            ("approve", {"approver": "fuzz", "role": "loan_officer"}),
            ("disburse", {}),
        ],
    ),
    "card": (
        "/v1/cards",
        {"customer_id": "{customer}", "limit": MONEY},
        [
            ("activate", {}),
            ("authorizations", {"authorization_id": "seed", "amount": PRICE, "merchant_id": "m-1", "category": "grocery", "channel": "pos"}),
            ("authorizations/seed/capture", {"amount": PRICE}),
        ],
    ),
    "order": (
        "/v1/orders",
        {"customer_id": "{customer}", "currency": "EUR", "customer_tier": "regular"},
        [
            ("items", ITEM),
            ("shipping-address", ADDRESS),
        ],
    ),
}


def post(url, path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main(url, file):
    made = {}
    for name, (path, body, commands) in SEEDS.items():
        filled = json.loads(json.dumps(body).replace("{customer}", made.get("customer", "")))
        made[name] = post(url, path, filled)["id"]
        for command, body in commands:
            post(url, f"{path}/{made[name]}/{command}", body)
    with open(file, "w", encoding="utf-8") as out:
        json.dump(made, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
