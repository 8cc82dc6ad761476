# SPDX-License-Identifier: Apache-2.0
"""Tokens for tests, HS256 alone: what the standard library can sign."""

import base64
import hashlib
import hmac
import json
import time

SECRET = b"0123456789abcdef0123456789abcdef"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_set(secret=SECRET, kid="k1"):
    return json.dumps({"keys": [{"kty": "oct", "kid": kid, "alg": "HS256", "k": encode(secret)}]})


def sign(claims, secret=SECRET, header=None):
    head = {"alg": "HS256", "kid": "k1", "typ": "JWT"} if header is None else header
    signed = encode(json.dumps(head).encode()) + "." + encode(json.dumps(claims).encode())
    return signed + "." + encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def token(user, seconds=60, **claims):
    return sign({"sub": user, "exp": int(time.time()) + seconds, **claims})
