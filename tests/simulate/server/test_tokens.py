"""A ServiceAccount gets tokens that say whose they are and how long they last."""

from __future__ import annotations

import base64
import json

from reconcile.simulate import ApiServer

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"


def asked(**spec: object) -> dict:
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {},
        "spec": spec,
    }


def server() -> ApiServer:
    made = ApiServer()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}}
    assert made.request("POST", ACCOUNTS, body=account).status == 201
    return made


def test_a_token_tells_whose_it_is() -> None:
    one = server()
    world = one.world
    answer = one.request("POST", f"{ACCOUNTS}/bot/token", body=asked(audiences=["vault"]))
    assert answer.status == 201
    assert answer.body["spec"]["expirationSeconds"] == 3600
    claims = answer.body["status"]["token"].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert told["sub"] == "system:serviceaccount:default:bot"
    assert told["aud"] == ["vault"]
    assert told["exp"] - told["iat"] == 3600
    assert one.world is world


def test_a_token_of_nobody_is_none() -> None:
    answer = server().request("POST", f"{ACCOUNTS}/nobody/token", body=asked())
    assert (answer.status, answer.body["reason"]) == (404, "NotFound")


def test_a_token_lasts_ten_minutes_at_least() -> None:
    answer = server().request("POST", f"{ACCOUNTS}/bot/token", body=asked(expirationSeconds=10))
    assert answer.status == 422
    assert answer.body["details"]["causes"] == [
        {
            "reason": "FieldValueInvalid",
            "message": "Invalid value: 10: may not specify a duration less than 10 minutes",
            "field": "spec.expirationSeconds",
        }
    ]
